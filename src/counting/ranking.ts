/**
 * The ranking: a window's restaurants are spread over shards of the `ranking` index, because one index
 * partition takes about 1,000 write units a second and a count change costs two of them.
 */
import type { RestaurantId } from './favourite-event.ts';
import type { TimeWindow } from './time-window.ts';

/** `<time_window>#<shard>`; the same restaurant always has the same shard, for one number of shards. */
export function rankingKeyOf(restaurantId: RestaurantId, window: TimeWindow, shards: number): string {
  return `${window}#${fnv1a(restaurantId) % shards}`;
}

/** The ranking keys that together hold a window. */
export function rankingKeysOf(window: TimeWindow, shards: number): readonly string[] {
  return Array.from({ length: shards }, (_, shard) => `${window}#${shard}`);
}

export interface RankedRestaurant {
  readonly restaurantId: RestaurantId;
  readonly favouriteCount: number;
}

/** The `limit` highest of several shards, each sorted; equal counts in the order of the restaurant ids. */
export function mergeShards(
  shards: readonly (readonly RankedRestaurant[])[],
  limit: number,
): readonly RankedRestaurant[] {
  return shards.flat().sort(byRank).slice(0, limit);
}

function byRank(a: RankedRestaurant, b: RankedRestaurant): number {
  if (a.favouriteCount !== b.favouriteCount) return b.favouriteCount - a.favouriteCount;
  return a.restaurantId < b.restaurantId ? -1 : a.restaurantId > b.restaurantId ? 1 : 0;
}

/** FNV-1a, 32 bits, over UTF-8 (Fowler, Noll, Vo: the FNV non-cryptographic hash algorithm). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
