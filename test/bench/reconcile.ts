/**
 * `npm run bench:reconcile [-- --old REVISION] [--favourites N] [--changes N]`: how fast verify is, what it
 * reads, and whether its memory stays flat, on the embedded engine. It compares the work tree with a revision
 * that looked every favourite up, alternating between the two, at rest and beside changes. Each measurement
 * is a process of its own. CI does not run it: it takes half an hour, and its times depend on the machine.
 */
import '../../infra/local/require-node.ts';
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutOfRevision } from '../support/checkout-of-revision.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { Measured } from './reconcile-child.ts';

/** The last revision without digests. */
const OLD = '918f3d0';
const SMALL = 100_000;
const LARGE = 1_000_000;
const CHANGES_PER_SECOND = 100;
const child = 'test/bench/reconcile-child.ts';
const root = join(import.meta.dirname, '../..');

type Side = 'old' | 'new';
interface Run {
  readonly favourites: number;
  readonly changes: number;
  readonly side: Side;
  readonly measured: Measured;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      old: { type: 'string', default: OLD },
      favourites: { type: 'string', default: String(LARGE) },
      changes: { type: 'string', default: String(CHANGES_PER_SECOND) },
    },
  });
  const [large, changes] = [Number(values.favourites), Number(values.changes)];
  if (!Number.isInteger(large) || large < 1 || !Number.isInteger(changes) || changes < 1) {
    throw new Error('--favourites and --changes must be whole numbers from 1');
  }
  using directory = temporaryDirectory();
  const old = checkoutOfRevision(values.old, join(directory.path, 'old'));
  copyFileSync(join(root, child), join(old, child));
  const runs: Run[] = [];
  for (const favourites of new Set([Math.min(SMALL, large), large])) {
    const tables = join(directory.path, String(favourites));
    const seed = await measure(root, ['fill', tables, String(favourites)]);
    print(`${count(favourites)} favourites, seed: ${count(favourites / seed.seconds)} a second`);
    // The new one first and last, so that neither always runs on the warmer machine.
    for (const [side, load] of [
      ...([
        ['new', 0],
        ['old', 0],
        ['new', 0],
      ] as const),
      ...([
        ['new', changes],
        ['old', changes],
      ] as const),
    ]) {
      const measured = await measure(side === 'old' ? old : root, ['verify', tables, String(load)]);
      const run = { favourites, changes: load, side, measured };
      runs.push(run);
      print(describe(run));
    }
  }
  print(summary(runs));
}

function measure(checkout: string, words: readonly string[]): Promise<Measured> {
  const started = spawn(process.execPath, [...process.execArgv, join(checkout, child), ...words], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve, reject) => {
    started.once('close', (status) => {
      if (status === 0) resolve(JSON.parse(out) as Measured);
      else reject(new Error(`${words.join(' ')} ended with status ${status}`));
    });
  });
}

function describe({ favourites, changes, side, measured }: Run): string {
  const { rowBytes, registerBytes, report, peakMegabytes, startMegabytes, seconds } = measured;
  // The revision without digests has no such total.
  const { sumWriteUnits = 0, lookedUp = 0 } = report.stages.heal as Partial<typeof report.stages.heal>;
  return [
    `${count(favourites)} favourites, ${changes} changes a second, ${side}: ${seconds.toFixed(1)} s`,
    `${count(favourites / seconds)} a second`,
    `${(report.readUnits / favourites).toFixed(4)} read units each`,
    `(heal ${(report.stages.heal.readUnits / favourites).toFixed(4)})`,
    `${count(sumWriteUnits)} write units of sums`,
    `${count(lookedUp)} looked up`,
    `peak ${peakMegabytes} MB (${startMegabytes} MB at its start)`,
    `rows of ${rowBytes} and registers of ${registerBytes} bytes`,
  ].join(', ');
}

/** Each goal with what was reached. */
function summary(runs: readonly Run[]): string {
  const large = Math.max(...runs.map(({ favourites }) => favourites));
  const of = (side: Side, atRest: boolean, favourites = large) =>
    runs.filter(
      (run) => run.side === side && (run.changes === 0) === atRest && run.favourites === favourites,
    );
  const rate = (some: readonly Run[]) =>
    Math.max(...some.map(({ favourites, measured }) => favourites / measured.seconds));
  const units = (some: readonly Run[]) =>
    Math.max(...some.map(({ favourites, measured }) => measured.report.readUnits / favourites));
  const peak = (some: readonly Run[]) => Math.min(...some.map(({ measured }) => measured.peakMegabytes));
  const small = Math.min(...runs.map(({ favourites }) => favourites));
  const times = (rate(of('new', true)) / rate(of('old', true))).toFixed(1);
  const flat = (peak(of('new', true)) / peak(of('new', true, small))).toFixed(2);
  return [
    '',
    `verify at rest: ${times} times the rate of ${OLD} (goal: 3)`,
    `verify at rest: ${count(rate(of('new', true)))} favourites a second (goal: 25,000)`,
    `verify beside changes: ${count(rate(of('new', false)))} favourites a second (goal: 12,000)`,
    `read units a favourite at rest: ${units(of('new', true)).toFixed(4)} (goal: at most 0.1)`,
    `read units a favourite beside changes: ${units(of('new', false)).toFixed(4)} (goal: at most 0.2)`,
    `peak memory, ${count(large)} favourites over ${count(small)}: ${flat} times (goal: flat)`,
  ].join('\n');
}

function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
