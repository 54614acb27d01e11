/**
 * `npm run bench:reconcile` measures the speed of verify and seed, and whether verify's memory stays flat, on
 * the embedded engine. For each size one process fills and seeds the tables, and another one verifies them,
 * so that its peak memory is that of verify alone. CI does not run it: it takes a quarter of an hour, and its
 * times depend on the machine.
 */
import '../../infra/local/require-node.ts';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { seededRandom } from '../../infra/local/emulator/random.ts';
import { type Settings, settingsFor } from '../../infra/settings/settings.ts';
import type { ReconcileMode, ReconcileReport } from '../../src/reconcile/run.ts';
import { writeEvents } from '../support/write-events.ts';

const RESTAURANTS = 10_000;
const SIZES = { small: 100_000, large: 1_000_000 };
/**
 * Age of the oldest favourite. With the deployed windows, old favourites have months, and the newest have
 * days too.
 */
const SPAN_MS = 3 * 365 * 86_400_000;

/**
 * Each table is one segment at any size, because the engine takes as long to find a segment's rows as to scan
 * the table.
 */
const SEGMENT_MEGABYTES = 100_000;
/** Both directions of heal run at once. */
const AT_ONCE = 2;

interface Measured {
  readonly favourites: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** Memory of the process before the run: the CDK, the clients, the loader of the bundles. */
  readonly startMegabytes: number;
  readonly report: ReconcileReport;
}

async function main([step, directory, size]: readonly string[]): Promise<void> {
  if (step === 'fill' && directory !== undefined) return tell(await fill(directory, Number(size)));
  if (step === 'verify' && directory !== undefined)
    return tell(await measure(directory, Number(size), 'verify'));
  const sizes = { ...SIZES, ...(step !== undefined && { large: Number(step) }) };
  const small = await bench(sizes.small);
  const large = await bench(sizes.large);
  const ratio = large.verify.peakMegabytes / small.verify.peakMegabytes;
  process.stdout.write(
    [
      '',
      `peak memory of verify: ${ratio.toFixed(2)} times that of ` +
        `${count(small.verify.favourites)} favourites ` +
        '(1.3 at most)',
      `verify: ${count(rateOf(large.verify))} favourites a second (10,000 at least)`,
      `seed: ${count(rateOf(large.seed))} favourites a second`,
      '',
    ].join('\n'),
  );
  process.exitCode = ratio <= 1.3 && rateOf(large.verify) >= 10_000 ? 0 : 1;
}

async function bench(favourites: number): Promise<{ readonly seed: Measured; readonly verify: Measured }> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-reconcile-'));
  try {
    const seed = await inProcess('fill', directory, favourites);
    const verify = await inProcess('verify', directory, favourites);
    for (const [name, measured] of Object.entries({ seed, verify })) {
      const { seconds, peakMegabytes, startMegabytes, report } = measured;
      const units = `${count(report.readUnits)} read units, ${count(report.writeUnits)} write units`;
      process.stdout.write(
        `${count(favourites)} favourites, ${name}: ${seconds.toFixed(1)} s, ` +
          `${count(rateOf(measured))} a second, ` +
          `peak ${peakMegabytes} MB (${startMegabytes} MB at its start), ${units}\n`,
      );
    }
    return { seed, verify };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function inProcess(step: string, directory: string, favourites: number): Promise<Measured> {
  const words = [...process.execArgv, import.meta.filename, step, directory, String(favourites)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve, reject) => {
    child.once('close', (status) => {
      if (status === 0) resolve(JSON.parse(out) as Measured);
      else reject(new Error(`The ${step} of ${favourites} favourites ended with status ${status}`));
    });
  });
}

async function fill(directory: string, favourites: number): Promise<Measured> {
  const run = await startLocalRun({ settings: settings(), directory, seed: 1, isPipeOff: true });
  try {
    const startedAtMs = performance.now();
    await writeEvents(run, synthetic(favourites));
    const seconds = (performance.now() - startedAtMs) / 1000;
    process.stderr.write(`${count(favourites)} favourites written in ${seconds.toFixed(1)} s\n`);
    return await reconciled(run, favourites, 'seed');
  } finally {
    await run.stop();
  }
}

async function measure(directory: string, favourites: number, mode: ReconcileMode): Promise<Measured> {
  const run = await startLocalRun({ settings: settings(), directory, seed: 1, isPipeOff: true });
  try {
    return await reconciled(run, favourites, mode);
  } finally {
    await run.stop();
  }
}

async function reconciled(run: LocalRun, favourites: number, mode: ReconcileMode): Promise<Measured> {
  const startMegabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const outcome = await run.reconcile({ mode, graceMs: 1_000 });
  if (outcome.kind !== 'succeeded') throw new Error(`${mode} ended with ${JSON.stringify(outcome)}`);
  const { report, seconds } = outcome;
  const found =
    mode === 'seed' ? report.registersCorrected : favourites - report.registersFound - report.countsFound;
  if (found !== favourites) throw new Error(`${mode} gave an unexpected report: ${JSON.stringify(report)}`);
  return {
    favourites,
    seconds,
    // maxRSS is in kilobytes, for the whole process with its workers, since its start.
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    startMegabytes,
    report,
  };
}

function settings(): Settings {
  const base = replaySettings();
  const { timeWindows } = settingsFor('dev');
  return {
    ...base,
    timeWindows,
    reconcile: { ...base.reconcile, segmentMegabytes: SEGMENT_MEGABYTES, segmentsMax: AT_ONCE },
  };
}

/** Some restaurants have a hundred times as many favourites as others. */
function synthetic(favourites: number): readonly ReplayEvent[] {
  const random = seededRandom(1);
  const nowMs = Date.now();
  return Array.from({ length: favourites }, (_, i) => ({
    kind: 'mark',
    restaurantId: `restaurant-${Math.floor(RESTAURANTS * random() ** 1.5)}`,
    userId: `user-${i}`,
    createdAt: new Date(nowMs - Math.floor(random() * SPAN_MS)).toISOString(),
  }));
}

function rateOf({ favourites, seconds }: Measured): number {
  return favourites / seconds;
}

function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function tell(measured: Measured): void {
  process.stdout.write(JSON.stringify(measured));
}

await main(process.argv.slice(2));
