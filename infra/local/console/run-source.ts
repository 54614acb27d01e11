/** What the page shows of a run: the ranking from its index, the figures, the replay, and the drift of a recount. */
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import type { LocalRun } from '../local-run.ts';
import { findDrift } from '../replay/drift.ts';
import type { Gate } from '../replay/gate.ts';
import { readCounts, readFavourites, type StoredFavourite } from '../replay/read-tables.ts';
import type { ConsoleSource } from './console-server.ts';
import type { KnownWindows } from '../replay/known-windows.ts';
import { createLiveFigures } from './live-figures.ts';
import { readRanking } from './read-ranking.ts';
import type { ReplayState } from '../replay/replay-state.ts';
import type { DriftState } from './snapshot.ts';

const TOP_LIMIT = 10;

export function createRunSource(o: {
  readonly run: LocalRun;
  readonly seed: number;
  readonly windows: KnownWindows;
  /** Of the replay's writes. */
  readonly gate: Gate;
  readonly replayState: () => ReplayState;
}): ConsoleSource {
  const { run, windows } = o;
  const { settings, dynamoDb } = run;
  const figures = createLiveFigures(run);
  let drift: DriftState = { state: 'unknown' };
  let recounting: Promise<void> | undefined;

  const recount = async (): Promise<void> => {
    const before = drift;
    drift = { ...before, state: 'counting' };
    try {
      drift = await o.gate.closedDuring(async () => {
        await run.pipe.drain();
        return countAnew(run);
      });
    } finally {
      if (drift.state === 'counting') drift = before;
    }
  };

  return {
    windowCount: () => windows.size,
    windows: () => windows.list(),
    recount: () =>
      (recounting ??= recount().finally(() => {
        recounting = undefined;
      })),
    async snapshot(window: TimeWindow) {
      const table = run.tables.aggregatedFavourites;
      const ranking = { dynamoDb, table, window, shards: settings.rankingShards, limit: TOP_LIMIT };
      const top = await readRanking(ranking);
      const faults = Object.entries(run.faults.counts).filter(([, times]) => times > 0);
      return {
        window,
        top: top.map(({ restaurantId, favouriteCount }) => ({ restaurantId, count: favouriteCount })),
        figures: figures.read(),
        replay: o.replayState(),
        drift,
        faults: Object.fromEntries(faults),
        run: { engine: run.engineName, seed: o.seed, batchSize: settings.pipe.batchSize },
      };
    },
  };
}

/** For tables that hold still. */
async function countAnew(run: LocalRun): Promise<DriftState> {
  let favourites = 0;
  async function* counted(): AsyncGenerator<StoredFavourite> {
    for await (const favourite of readFavourites(run)) {
      favourites += 1;
      yield favourite;
    }
  }
  const atMs = Date.now();
  const calendar = { settings: run.settings.timeWindows, nowMs: atMs };
  const found = await findDrift({ favourites: counted(), counts: readCounts(run), calendar });
  return { state: 'known', drift: found.length, favourites, atMs };
}
