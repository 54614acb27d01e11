/** The run as the console shows and drives it: the ranking, the metrics, the truth, and what the page's orders do. */
import { isKept, type TimeWindow } from '../../../src/counting/time-window.ts';
import type { LocalRun } from '../local-run.ts';
import type { Gate } from '../replay/gate.ts';
import type { KnownWindows } from '../replay/known-windows.ts';
import type { ReplayState } from '../replay/replay-state.ts';
import type { Reconcile } from '../local-reconcile.ts';
import type { ConsoleSource } from './console-routes.ts';
import { countAnew } from './count-anew.ts';
import { faultStates, setFaults } from './fault-switches.ts';
import { listDeadLetters } from './list-dead-letters.ts';
import { createLiveMetrics } from './live-metrics.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { Order } from './orders.ts';
import { ProblemError } from './problem.ts';
import type { RankedRow } from './protocol.ts';
import { watchReconcile } from './reconcile-watch.ts';
import { startSeries } from './series.ts';
import { createTruthMeter } from './truth-meter.ts';

const TOP_LIMIT = 10;
/**
 * How long a difference must stand in a reconcile of the page: short, because somebody waits for it, but longer than the
 * pipe lags, or the reconcile would not start.
 */
const GRACE_MIN_MS = 2_000;
const GRACE_MAX_MS = 30_000;
const GRACE_PER_LAG = 1.5;

export interface RunSource extends ConsoleSource {
  /** Counts anew and compares; its result is in the next snapshots. */
  recount(): Promise<void>;
  /** The run's, shown on the page: for a schedule. */
  readonly reconcile: Reconcile;
  stop(): void;
}

export function createRunSource(o: {
  readonly run: LocalRun;
  readonly seed: number;
  readonly windows: KnownWindows;
  /** Of all writes to Favourites. */
  readonly gate: Gate;
  readonly replayState: () => ReplayState;
  /** Whether the replay is in a hurry: then it is not held again and again for the truth. */
  readonly isReplayInHurry: () => boolean;
  readonly load: LoadGenerator;
  /** Events that were written through the API. */
  readonly writtenByApi: () => number;
}): RunSource {
  const { run, windows, load } = o;
  const written = (): number => o.replayState().written + load.state().written + o.writtenByApi();
  const metrics = createLiveMetrics(run, written);
  const reconciles = watchReconcile({ reconcile: run.reconcile, onEnded: () => void truth.recount() });
  const truth = createTruthMeter({
    pipe: run.pipe,
    countAnew: () => countAnew(run),
    gate: o.gate,
    isHeldOff: o.isReplayInHurry,
    version: () =>
      JSON.stringify([
        written(),
        run.pipe.counters.recordsRead,
        run.pipe.counters.recordsAnswered,
        reconciles.ended(),
      ]),
  });
  const series = startSeries({ run, metrics: () => metrics.read(), truth: () => truth.state() });

  const order = ({ name, body }: Order): void => {
    switch (name) {
      case 'faults':
        return setFaults(run.faults, body);
      case 'load':
        return load.set(body);
      case 'recount':
        return void truth.recount();
      case 'reconcile': {
        if (reconciles.state().state === 'running') {
          throw new ProblemError({ status: 409, message: 'A reconcile is under way: wait for its end' });
        }
        const graceMs = Math.round(
          Math.min(GRACE_MAX_MS, Math.max(GRACE_MIN_MS, GRACE_PER_LAG * metrics.read().lagP99Ms)),
        );
        return void reconciles.reconcile({ mode: body.mode, graceMs });
      }
    }
  };

  return {
    windowCount: () => windows.size,
    windows: () => windows.list(),
    series: () => series.points(),
    deadLetters: () => listDeadLetters(run.deadLetters()),
    order,
    recount: () => truth.recount(),
    reconcile: reconciles.reconcile,
    async snapshot(window) {
      return {
        window,
        top: await topOf(run, window),
        metrics: metrics.read(),
        replay: o.replayState(),
        truth: truth.state(),
        faults: faultStates(run.faults),
        load: load.state(),
        reconcile: reconciles.state(),
        run: { engine: run.engineName, seed: o.seed, batchSize: run.settings.pipe.batchSize },
      };
    },
    stop() {
      truth.stop();
      series.stop();
    },
  };
}

/** Asks the API like any client, so that the page and the API have one order, also among equal counts. */
async function topOf({ api, settings }: LocalRun, window: TimeWindow): Promise<readonly RankedRow[]> {
  if (!isKept(window, settings.timeWindows)) return [];
  const target = `/restaurants?window=${window}&limit=${TOP_LIMIT}`;
  const { status, body } = await api({ method: 'GET', target, headers: {}, body: Buffer.alloc(0) });
  if (status !== 200)
    throw new Error(`The API answered ${status} to GET ${target}: ${body.toString('utf8')}`);
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
