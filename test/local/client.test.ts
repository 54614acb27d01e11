/** The client beside the local stack, on a small file. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import { TableReadError } from '../../src/client/client.ts';
import { countsByWindow, favouritesFile } from '../support/favourites-file.ts';
import { operatedStack } from '../support/operated-stack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { throttled } from '../support/throttled-client.ts';
import { clientOf } from './api-client.ts';
import {
  allPages,
  expectCounts,
  expectRanked,
  expectSameCounts,
  favouriteCountsOf,
  play,
} from './client-agreement.ts';
import { until } from './command-run.ts';

const file = favouritesFile({ pairs: 700 });
const expected = countsByWindow(file.countsCsv);
const windows = [...expected.keys()];

/** Writes the file and plays it. */
async function fill(run: LocalRun): Promise<void> {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'f.csv');
  writeFileSync(path, file.csv);
  await play(run, path);
}

describe('the client beside a local run', () => {
  let run: LocalRun;
  beforeAll(async () => {
    run = await startLocalRun({ settings: replaySettings(), seed: 1 });
    await fill(run);
  });
  afterAll(() => run.stop());

  it('reads every count of every window', async () => {
    await expectCounts(favouriteCountsOf(run), expected);
  });

  it('answers counts and all pages of the ranking as the API does', async () => {
    const both = { client: favouriteCountsOf(run), api: clientOf(run) };
    const ids = [...(expected.get('ALL_TIME')?.keys() ?? [])];
    await expectSameCounts(both, [...ids, 'nobody', ids[0] ?? ''], windows.slice(0, 100));
    for (const [window, counts] of expected) {
      expectRanked(await allPages(both, window, window === 'ALL_TIME' ? 7 : 100), counts);
    }
  });

  it('marks and un-marks what the API lists, and the other way round', async () => {
    const [client, api] = [favouriteCountsOf(run), clientOf(run)];
    const ids = { restaurantId: 'marked by the client', userId: 'ada' };
    const marked = await client.mark(ids);
    expect(marked).toEqual({ ...ids, isNew: true, createdAt: expect.any(String) });
    expect((await api.mark(ids.userId, ids.restaurantId)).body).toEqual({
      restaurant_id: ids.restaurantId,
      user_id: ids.userId,
      created_at: marked.createdAt,
    });
    await api.mark('ada', 'marked by the API');
    expect(await client.mark({ ...ids, restaurantId: 'marked by the API' })).toMatchObject({ isNew: false });
    const first = await client.favouritesOf('ada', { limit: 1 });
    const second = await client.favouritesOf('ada', { limit: 1, cursor: first.cursor });
    expect([...first.favourites, ...second.favourites].map(({ restaurantId }) => restaurantId)).toEqual([
      'marked by the API',
      'marked by the client',
    ]);
    expect(second.cursor).toBeUndefined();

    const counted = async () => (await client.counts(ids.restaurantId, { windows: ['TODAY'] })).counts;
    await until(async () => Object.values(await counted()).join() === '1');
    await client.unmark(ids);
    expect(await client.favourite(ids)).toEqual({ favourite: false });
    await api.unmark('ada', 'marked by the API');
    expect((await client.favouritesOf('ada')).favourites).toEqual([]);
    await until(async () => Object.values(await counted()).join() === '0');
  });

  it('answers in full while DynamoDB throttles requests and leaves keys unprocessed', async () => {
    using faults = throttled(run.dynamoDb, { seed: 1 });
    const client = favouriteCountsOf(run, faults.dynamoDb);
    await expectCounts(client, expected);
    expectRanked(await allPages({ client }, 'ALL_TIME', 7), expected.get('ALL_TIME'));
    expect(faults.counts.throttled).toBeGreaterThan(2);
    expect(faults.counts.unprocessed).toBeGreaterThan(20);
  });

  it('says that a call may succeed later when DynamoDB throttles all of its requests', async () => {
    using faults = throttled(run.dynamoDb, { seed: 1, isDown: true });
    const error = await favouriteCountsOf(run, faults.dynamoDb)
      .counts('osteria')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TableReadError);
    expect(error).toMatchObject({ retryable: true, code: 'table-read', cause: 'ThrottlingException' });
    expect(faults.counts.throttled).toBe(2);
  });
});

describe('the client while the number of shards changes', () => {
  const base = replaySettings();
  const settingsOf = (rankingShards: number, previousRankingShards?: number) =>
    settingsFor('dev', {
      ...base,
      reconcile: { ...base.reconcile, secondReadingSeconds: 0 },
      rankingShards,
      ...(previousRankingShards !== undefined && { previousRankingShards }),
    });

  it('ranks exactly before and after the rows move, and never by rising counts meanwhile', async () => {
    const stack = operatedStack();
    try {
      await fill(await stack.deploy({ settings: settingsOf(3) }));
      const run = await stack.deploy({ settings: settingsOf(10, 3) });
      const client = favouriteCountsOf(run);
      const allTime = new Map(expected.get('ALL_TIME'));
      expectRanked(await allPages({ client }, 'ALL_TIME', 7), allTime);

      // A mark moves its restaurant to the new shard; the others stay.
      for (const restaurantId of [...allTime.keys()].filter((_, at) => at % 3 === 0)) {
        await client.mark({ restaurantId, userId: 'late' });
        allTime.set(restaurantId, (allTime.get(restaurantId) ?? 0) + 1);
      }
      await run.pipe.drain();
      expectRanked(await allPages({ client }, 'ALL_TIME', 7), allTime);

      const repair = { isOver: false };
      const repairing = run.reconcile({ mode: 'repair', graceMs: 100 }).finally(() => {
        repair.isOver = true;
      });
      let reads = 0;
      while (!repair.isOver) {
        const rows = await allPages({ client }, 'ALL_TIME', 7);
        const counts = rows.map(({ favouriteCount }) => favouriteCount);
        expect(counts).toEqual(counts.toSorted((a, b) => b - a));
        for (const row of rows) expect(row.favouriteCount).toBe(allTime.get(row.restaurantId));
        reads += 1;
      }
      expect(await repairing).toMatchObject({ kind: 'succeeded' });
      expect(reads).toBeGreaterThan(1);
      expectRanked(await allPages({ client }, 'ALL_TIME', 7), allTime);
    } finally {
      await stack.stop();
    }
  });
});
