/** A deploy and a reconcile change the number of ranking shards, and the API ranks correctly throughout. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import { itemsOf, operatedStack, type OperatedStack } from '../support/operated-stack.ts';
import { type ApiClient, clientOf, expectedRanks } from './api-client.ts';
import { writeEvents } from '../support/write-events.ts';

const base = replaySettings();
const RESTAURANTS = 40;
const day = '20220801';

describe('a change of the number of ranking shards', () => {
  let stack: OperatedStack;
  /** The favourites that must exist, as `restaurant#user`. */
  let live: Set<string>;
  beforeEach(() => {
    stack = operatedStack();
    live = new Set();
  });
  afterEach(() => stack.stop());

  const deploy = (rankingShards: number, previousRankingShards?: number): Promise<LocalRun> =>
    stack.deploy({
      settings: settingsFor('dev', {
        ...base,
        pipe: { batchSize: 50, maximumBatchingWindowSeconds: 0 },
        reconcile: { ...base.reconcile, secondReadingSeconds: 0 },
        rankingShards,
        ...(previousRankingShards !== undefined && { previousRankingShards }),
      }),
    });
  const fill = async (run: LocalRun): Promise<void> => {
    const events = Array.from({ length: RESTAURANTS * 6 }, (_, i) => ({
      kind: 'mark' as const,
      // Some restaurants have many favourites, and several have equally many.
      restaurantId: `r${Math.floor(RESTAURANTS * ((i * 0.618_034) % 1) ** 2)}`,
      userId: `u${i}`,
      createdAt: '2022-08-01T12:00:00.000Z',
    }));
    for (const { restaurantId, userId } of events) live.add(`${restaurantId}#${userId}`);
    await writeEvents(run, events);
    await run.pipe.drain();
  };
  /** Every third restaurant gains or loses a favourite. */
  const change = async (run: LocalRun): Promise<void> => {
    const api = clientOf(run);
    for (let i = 0; i < RESTAURANTS; i += 3) {
      const old = [...live].find((key) => key.startsWith(`r${i}#`));
      if (i % 2 === 1 && old !== undefined) {
        await api.unmark(old.split('#')[1] ?? '', `r${i}`);
        live.delete(old);
      } else {
        await api.mark(`late-${live.size}`, `r${i}`);
        live.add(`r${i}#late-${live.size}`);
      }
    }
    await run.pipe.drain();
  };
  const expectRanked = async (run: LocalRun): Promise<void> => {
    const api = clientOf(run);
    for (const limit of [7, 100]) expectExact(await api.ranking('ALL_TIME', limit), countsOf(live));
    const ofThatDay = [...live].filter((key) => !key.includes('#late-'));
    expectExact(await api.ranking(day, 100), countsOf(ofThatDay));
  };
  const reconcile = async (run: LocalRun): Promise<void> => {
    expect(await run.reconcile({ mode: 'repair', graceMs: 100 })).toMatchObject({ kind: 'succeeded' });
  };

  it.each([
    [10, 3],
    [3, 10],
  ])(
    'from %i to %i keeps the ranking exact throughout, even while favourites change',
    async (before, after) => {
      await fill(await deploy(before));

      const between = await deploy(after, before);
      await expectRanked(between);
      await change(between);
      await expectRanked(between);
      await reconcile(between);
      await expectRanked(between);
      expect(await shardsOf(between)).toEqual(Array.from({ length: after }, (_, shard) => shard));

      // The settings no longer have the old number.
      const done = await deploy(after);
      await expectRanked(done);
      await change(done);
      await expectRanked(done);
    },
  );

  it('from 10 to 3 without the old number ranks too few restaurants until the reconcile', async () => {
    await fill(await deploy(10));

    const run = await deploy(3);
    const missing = await clientOf(run).ranking('ALL_TIME', 100);
    expect(missing.length).toBeLessThan(countsOf(live).size);
    await reconcile(run);
    await expectRanked(run);
  });
});

function countsOf(keys: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const [restaurantId = ''] = key.split('#');
    counts.set(restaurantId, (counts.get(restaurantId) ?? 0) + 1);
  }
  return counts;
}

function expectExact(
  rows: Awaited<ReturnType<ApiClient['ranking']>>,
  expected: ReadonlyMap<string, number>,
): void {
  const counts = rows.map((row) => row.favourite_count);
  // There are as many rows as restaurants, and each restaurant has a row: so it has exactly one.
  expect(rows).toHaveLength(expected.size);
  expect(new Map(rows.map((row) => [row.restaurant_id, row.favourite_count]))).toEqual(expected);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  expect(rows.map(({ rank }) => rank)).toEqual(expectedRanks(counts));
}

/** The shards that hold at least one row. */
async function shardsOf(run: LocalRun): Promise<readonly number[]> {
  const items = await itemsOf(run.dynamoDb, run.tables.aggregatedFavourites);
  const shards = new Set(items.map((item) => Number(item['ranking_key']?.S?.split('#')[1])));
  return [...shards].toSorted((a, b) => a - b);
}
