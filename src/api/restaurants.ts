/**
 * The ranking of a window, page by page: one query a shard, in parallel. On a quiet table all pages together hold each
 * restaurant once. While counts move, the counts never rise from page to page; a restaurant whose count crosses the
 * place that the cursor names may come twice or not at all, and a rank is that of the moment.
 */
import { rankPage, shardRanges } from '../counting/ranking.ts';
import { ALL_TIME, isRetained, type WindowCalendar } from '../counting/time-window.ts';
import { decodeRankingCursor, encodeRankingCursor } from './cursor.ts';
import { type Query, readLimit } from './query-string.ts';
import { badCursor } from './user-favourites.ts';
import { readWindow } from './window.ts';
import type { ApiStore } from './store.ts';

/** @throws {Problem} */
export async function listRestaurants(
  query: Query,
  {
    store,
    calendar,
    shards,
  }: { readonly store: ApiStore; readonly calendar: WindowCalendar; readonly shards: number },
) {
  const window = readWindow(query['window'] ?? ALL_TIME, calendar);
  const limit = readLimit(query);
  const after =
    query['cursor'] === undefined ? undefined : decodeRankingCursor(query['cursor'], { window, shards });
  if (query['cursor'] !== undefined && after === undefined) throw badCursor();
  if (!isRetained(window, calendar)) return { window, restaurants: [] };

  const read = await Promise.all(
    shardRanges(shards, after).map(async (range) => ({
      shard: range.shard,
      rows: await store.rankingShard(window, { range, rowsMax: limit + 1 }),
    })),
  );
  const { restaurants, next } = rankPage(read, { limit, after });
  return {
    window,
    restaurants: restaurants.map(({ restaurantId, favouriteCount, rank }) => ({
      restaurant_id: restaurantId,
      favourite_count: favouriteCount,
      rank,
    })),
    ...(next === undefined ? {} : { cursor: encodeRankingCursor({ window, shards }, next) }),
  };
}
