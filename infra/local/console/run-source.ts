/** Connects the console to the run: snapshots for the page, the page's orders, and the API. */
import { isKept, type TimeWindow } from '../../../src/counting/time-window.ts';
import type { Api } from '../emulator/http-api/api.ts';
import type { Reconcile } from '../local-reconcile.ts';
import type { LocalRun } from '../local-run.ts';
import { recount } from '../replay/drift.ts';
import type { KnownWindows } from '../replay/known-windows.ts';
import type { Gate } from '../replay/pace.ts';
import type { ReplayState } from '../replay/replay-state.ts';
import type { ConsoleSource } from './console-routes.ts';
import { faultStates, setFaults } from './fault-switches.ts';
import { listDeadLetters } from './list-dead-letters.ts';
import { createLiveMetrics, type LiveMetrics } from './live-metrics.ts';
import type { LoadGenerator } from './load-generator.ts';
import { ProblemError } from './problem.ts';
import type { RankedRow, Snapshot } from './protocol.ts';
import { readCounts } from './read-counts.ts';
import { type ReconcileWatch, watchReconcile } from './reconcile-watch.ts';
import { createRunWriters } from './run-writers.ts';
import { createTruthMeter, type TruthMeter } from './truth-meter.ts';

const TOP_LIMIT = 10;
/**
 * Grace period of a reconcile that the page starts. It is short, because the user waits for the result, but
 * longer than the lag of the pipe, because otherwise the reconcile would not start.
 */
const GRACE_MIN_MS = 2_000;
const GRACE_MAX_MS = 30_000;
const GRACE_PER_LAG = 1.5;

export interface RunSource extends ConsoleSource {
  /** The run's API; its writes pass the gate. */
  readonly api: Api;
  /** The run's reconcile, shown on the page. */
  readonly reconcile: Reconcile;
  /** Compares the counts with a recount; the next snapshots show the result. */
  recount(): Promise<void>;
  /** Resolves when the running writes have ended. */
  stopLoad(): Promise<void>;
  stop(): void;
}

interface RunSourceOptions {
  readonly run: LocalRun;
  readonly seed: number;
  readonly windows: KnownWindows;
  /** All writes to Favourites pass this gate. */
  readonly gate: Gate;
  readonly replayState: () => ReplayState;
  /** While true, only a recount that the user starts may pause the replay. */
  readonly isReplayInHurry: () => boolean;
}

export function createRunSource(options: RunSourceOptions): RunSource {
  const { run, seed, windows, gate, replayState } = options;
  const writers = createRunWriters(options);
  const { load } = writers;
  const written = (): number => replayState().written + writers.written();
  const reconciles = watchReconcile({ reconcile: run.reconcile, onEnded: () => void truth.recount() });
  const truth = createTruthMeter({
    pipe: run.pipe,
    async countAnew() {
      using recounted = await recount(run);
      const { driftCount: drift, countRows: countsCompared, rows, atMs } = recounted;
      return { drift, countsCompared, favourites: rows.countable + rows.uncounted + rows.uncountable, atMs };
    },
    gate,
    isHeldOff: options.isReplayInHurry,
    version() {
      const { recordsRead, recordsAnswered } = run.pipe.counters;
      return JSON.stringify([written(), recordsRead, recordsAnswered, reconciles.ended()]);
    },
  });
  const metrics = createLiveMetrics({ run, written, drift: () => truth.state().drift });

  return {
    windowCount: () => windows.size,
    windows: () => windows.list(),
    series: () => metrics.series(),
    deadLetters: () => listDeadLetters(run),
    order: orderHandler({ run, load, metrics, truth, reconciles, noLoad: writers.shown.noLoad }),
    api: writers.api,
    hearts: writers.hearts,
    counts: (restaurant, shown) => readCounts(run, restaurant, shown),
    recount: () => truth.recount(),
    reconcile: reconciles.reconcile,
    stopLoad: () => load.stop(),
    async snapshot(window) {
      return {
        window,
        top: await topOf(run, window),
        metrics: metrics.read(),
        replay: replayState(),
        truth: truth.state(),
        faults: faultStates(run.faults),
        load: load.state(),
        reconcile: reconciles.state(),
        ...writers.shown,
        run: shownRun(run, seed),
      };
    },
    stop() {
      truth.stop();
      metrics.stop();
    },
  };
}

function shownRun({ engineName, settings }: LocalRun, seed: number): Snapshot['run'] {
  return { engine: engineName, seed, batchSize: settings.pipe.batchSize, timeZone: settings.timeZone };
}

function orderHandler(parts: {
  readonly run: LocalRun;
  readonly load: LoadGenerator;
  readonly metrics: LiveMetrics;
  readonly truth: TruthMeter;
  readonly reconciles: ReconcileWatch;
  readonly noLoad: string | undefined;
}): ConsoleSource['order'] {
  const { run, load, metrics, truth, reconciles, noLoad } = parts;
  return ({ name, body }) => {
    switch (name) {
      case 'faults':
        return setFaults(run.faults, body);
      case 'load':
        if (noLoad !== undefined) throw new ProblemError(409, noLoad);
        return load.set(body);
      case 'recount':
        return void truth.recount();
      case 'reconcile': {
        if (reconciles.state().state === 'running') {
          throw new ProblemError(409, 'A reconcile is already running: wait until it ends');
        }
        const wantedMs = Math.round(GRACE_PER_LAG * metrics.read().lagP99Ms);
        const graceMs = Math.min(GRACE_MAX_MS, Math.max(GRACE_MIN_MS, wantedMs));
        return void reconciles.reconcile({ mode: body.mode, graceMs });
      }
    }
  };
}

/** Calls the API like any client, so that the page shows the API's order, also for equal counts. */
async function topOf({ api, settings }: LocalRun, window: TimeWindow): Promise<readonly RankedRow[]> {
  if (!isKept(window, settings.timeWindows)) return [];
  const target = `/restaurants?window=${window}&limit=${TOP_LIMIT}`;
  const { status, body } = await api({ method: 'GET', target, headers: {}, body: Buffer.alloc(0) });
  if (status !== 200) {
    throw new Error(`The API responded ${status} to GET ${target}: ${body.toString('utf8')}`);
  }
  const { restaurants } = JSON.parse(body.toString('utf8')) as {
    readonly restaurants: readonly {
      readonly restaurant_id: string;
      readonly favourite_count: number;
      readonly rank: number;
    }[];
  };
  return restaurants.map(({ restaurant_id: restaurantId, favourite_count: count, rank }) => ({
    restaurantId,
    count,
    rank,
  }));
}
