/**
 * One run of `npm run bench:scale`: writer, pipe and functions of a local run, with the relay before the
 * engine, because the engine itself never refuses a transaction that meets another one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unlessAborted } from '../../../infra/command-line/command.ts';
import { startEmbedded } from '../../../infra/local/emulator/engine/embedded-engine.ts';
import { selectEngine } from '../../../infra/local/emulator/engine/start-engine.ts';
import { type LocalRun, startLocalRun } from '../../../infra/local/local-run.ts';
import { recount } from '../../../infra/local/replay/drift.ts';
import { heldBackByLag, type Pace, pacedAt } from '../../../infra/local/replay/pace.ts';
import { metric, type ReplayReport, summarize } from '../../../infra/local/replay/report.ts';
import { writeFavourites } from '../../../infra/local/replay/write-favourites.ts';
import { settingsFor } from '../../../infra/settings/settings.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { Child } from '../contenders/child-process.ts';
import { tsx } from '../contenders/processes.ts';
import type { RelayRequest, Route } from '../contenders/relay.ts';
import { eventCount, scaleEvents, type ScaleLoad } from './scale-events.ts';

export interface ScaleOptions extends ScaleLoad {
  /** `pipe.parallelizationFactor`. */
  readonly lanes: number;
  /** Events a second, whatever the lag. Default: as many as the pipe follows. */
  readonly rate?: number | undefined;
  readonly sampleEveryMs: number;
  readonly onSample: (sample: Sample) => void;
  readonly signal: AbortSignal;
}

/** The state of the run at one time. What happened is counted since the sample before. */
export interface Sample {
  readonly seconds: number;
  /** Since the start. */
  readonly written: number;
  readonly counted: number;
  readonly eventsPerSecond: number;
  readonly transactions: number;
  /** Transactions that met an item of another one. */
  readonly conflicts: number;
  /** Records that the pipe has to deliver again. */
  readonly failed: number;
  /** Age of the oldest record that is not counted. */
  readonly lagMs: number;
  /** Resident memory of the process of writer, pipe and functions, and of the engine. */
  readonly processMb: number;
  readonly engineMb: number;
}

export interface ScaleResult {
  readonly conflicts: number;
  readonly failed: number;
  readonly peakProcessMb: number;
  readonly report: ReplayReport;
}

/** By default the writer waits while the lag is longer than this. */
const LAG_MAX_MS = 5_000;
const SEED = 1;

/** @throws when the embedded engine cannot run here, or when the run fails */
export async function runScale(options: ScaleOptions): Promise<ScaleResult> {
  await using stack = new AsyncDisposableStack();
  const { run, engine } = await start(options, stack);
  const sampler = createSampler(run, engine.processId, options);
  const timer = setInterval(() => sampler.take(), options.sampleEveryMs);
  stack.defer(() => clearInterval(timer));

  const startedAtMs = performance.now();
  // The run does not notice the end of the engine behind the relay.
  const failed = Promise.race([run.failed, engine.died]).then((error) => Promise.reject(error));
  await unlessAborted(options.signal, Promise.race([play(run, options, sampler.onWritten), failed]));
  const seconds = (performance.now() - startedAtMs) / 1000;
  clearInterval(timer);
  sampler.take();
  using recounted = await unlessAborted(options.signal, recount(run));
  const counters = run.counters();
  return {
    conflicts: metric(counters, 'TransactionConflicts'),
    failed: metric(counters, 'RecordsFailed'),
    peakProcessMb: memoryMb('self', 'VmHWM'),
    report: {
      ...summarize(run, {
        events: eventCount(options),
        seconds,
        rows: recounted.rows,
        drift: recounted.driftCount,
        seed: SEED,
        reconcile: [],
        damage: undefined,
      }),
      // The run itself knows only an endpoint.
      engine: 'embedded',
    },
  };
}

/** Starts engine, relay and the local run. The stack ends them. */
async function start({ lanes }: ScaleOptions, stack: AsyncDisposableStack) {
  const directory = stack.use(temporaryDirectory()).path;
  await selectEngine({ wanted: 'embedded', say: () => undefined });
  const engine = stack.adopt(await startEmbedded(directory), (it) => it.stop());
  const relay = stack.use(
    new Child<RelayRequest>(join(import.meta.dirname, '../contenders/relay.ts'), {
      execArgv: tsx,
      env: process.env,
    }),
  );
  const enginePort = Number(new URL(engine.endpoint).port);
  const route: Route = { name: 'ours', enginePort, delayMs: 0, hasConflicts: true };
  const { port } = await relay.ask<{ readonly port: number }>({ kind: 'open', route });
  const run = stack.use(
    await startLocalRun({
      settings: settingsFor('dev', { pipe: { parallelizationFactor: lanes } }),
      endpoint: `http://127.0.0.1:${port}`,
      // With a directory the run does not delete its tables at the end, which takes long for large ones.
      directory: join(directory, 'run'),
      seed: SEED,
      isPipeOff: true,
    }),
  );
  // Here the run cannot do it, because it does not know which engine is behind the endpoint.
  await engine.afterTablesCreated();
  await run.startPipe();
  return { run, engine };
}

async function play(
  run: LocalRun,
  options: ScaleOptions,
  onWritten: (written: number) => void,
): Promise<void> {
  const { rate, signal } = options;
  const pace: Pace =
    rate === undefined
      ? heldBackByLag({ lagMs: () => run.pipe.counters.lagMs, lagMaxMs: LAG_MAX_MS })
      : pacedAt(rate);
  await writeFavourites(run, { events: scaleEvents(options), pace, onWritten, signal });
  await run.pipe.drain();
}

function createSampler(
  run: LocalRun,
  engineId: number | undefined,
  { onSample }: Pick<ScaleOptions, 'onSample'>,
) {
  const startedAtMs = performance.now();
  let written = 0;
  let before = { atMs: startedAtMs, counted: 0, transactions: 0, conflicts: 0, failed: 0 };
  return {
    onWritten(next: number): void {
      written = next;
    },
    take(): void {
      const counters = run.counters();
      const now = {
        atMs: performance.now(),
        counted: metric(counters, 'RecordsApplied'),
        transactions: metric(counters, 'Transactions'),
        conflicts: metric(counters, 'TransactionConflicts'),
        failed: metric(counters, 'RecordsFailed'),
      };
      const since = (name: keyof typeof now): number => now[name] - before[name];
      onSample({
        seconds: Math.round((now.atMs - startedAtMs) / 1000),
        written,
        counted: now.counted,
        eventsPerSecond: Math.round((since('counted') * 1000) / Math.max(1, since('atMs'))),
        transactions: since('transactions'),
        conflicts: since('conflicts'),
        failed: since('failed'),
        lagMs: Math.round(run.pipe.counters.lagMs),
        processMb: memoryMb('self', 'VmRSS'),
        engineMb: engineId === undefined ? 0 : memoryMb(engineId, 'VmRSS'),
      });
      before = now;
    },
  };
}

/** Resident now, or at its peak. From Linux, the only system for which there is an embedded engine. */
function memoryMb(processId: number | 'self', name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
