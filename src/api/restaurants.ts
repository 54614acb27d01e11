/**
 * The counts of one restaurant, and the ranking of a window page by page, with one query per shard in
 * parallel. While no count changes, the pages together show each restaurant once. While counts change, the
 * counts shown still never rise from page to page. But a restaurant whose count crosses the end of a page may
 * appear twice or not at all, and a rank is correct only at the moment of its page.
 */
import { rankPage, shardRanges } from '../counting/ranking.ts';
import { ALL_TIME, isRetained } from '../counting/time-window.ts';
import { decodeRankingCursor, encodeRankingCursor } from './cursor.ts';
import { type Operation, readLimit } from './request.ts';
import { readWindow, readWindows } from './window.ts';

/** A window without a row, or past its retention, counts 0. */
export const readFavouriteCounts: Operation = async ({ key, query }, { store, calendar }) => {
  const windows = readWindows(query['windows'], calendar);
  const retained = windows.filter((window) => isRetained(window, calendar));
  const rows = retained.length === 0 ? [] : await store.counts(key.restaurantId, retained);
  const counts = new Map(rows.map(({ window, favouriteCount }) => [window, favouriteCount]));
  // A count below 0 is damage that the next audit repairs.
  const shown = windows.map((window) => [window, Math.max(0, counts.get(window) ?? 0)] as const);
  const updatedAt =
    rows
      .flatMap((row) => row.updatedAt ?? [])
      .toSorted()
      .at(-1) ?? null;
  return {
    body: { restaurant_id: key.restaurantId, counts: Object.fromEntries(shown), updated_at: updatedAt },
  };
};

export const listRestaurants: Operation = async ({ query }, { store, calendar, shards }) => {
  const window = readWindow(query['window'] ?? ALL_TIME, calendar);
  const limit = readLimit(query);
  const after = decodeRankingCursor(query['cursor'], { window, shards });
  if (!isRetained(window, calendar)) return { body: { window, restaurants: [] } };

  const read = await Promise.all(
    shardRanges(shards, after).map(async (range) => ({
      shard: range.shard,
      rows: await store.rankingShard(window, { range, rowsMax: limit + 1 }),
    })),
  );
  const { restaurants, next } = rankPage(read, { limit, after });
  const rows = restaurants.map(({ restaurantId, favouriteCount, rank }) => ({
    restaurant_id: restaurantId,
    favourite_count: favouriteCount,
    rank,
  }));
  const cursor = next && encodeRankingCursor({ window, shards }, next);
  return { body: { window, restaurants: rows, cursor } };
};
