/**
 * The ranking: a window's restaurants are spread over shards of the `ranking` index, because one index
 * partition takes about 1,000 write units a second and a count change costs two of them. Reading merges the
 * shards into one order: count, highest first; then shard; then the order that the index has among equal counts.
 */
import type { RestaurantId } from './favourite-event.ts';
import type { TimeWindow } from './time-window.ts';

/** `<time_window>#<shard>`; the same restaurant always has the same shard, for one number of shards. */
export function rankingKeyOf(restaurantId: RestaurantId, window: TimeWindow, shards: number): string {
  return rankingKeyOfShard(window, fnv1a(restaurantId) % shards);
}

/** The ranking keys that together hold a window. */
export function rankingKeysOf(window: TimeWindow, shards: number): readonly string[] {
  return Array.from({ length: shards }, (_, shard) => rankingKeyOfShard(window, shard));
}

export function rankingKeyOfShard(window: TimeWindow, shard: number): string {
  return `${window}#${shard}`;
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

/** The row that a page of the ranking ended with. The row itself may have moved since, or be gone. */
export interface RankingPosition extends RankedRestaurant {
  readonly shard: number;
  readonly rank: number;
  /** Rows of this page and all before it. */
  readonly seen: number;
}

/** What a page has to read of one shard: counts from 1 to `highestCount`, highest first, and only what follows `after`. */
export interface ShardRange {
  readonly shard: number;
  readonly highestCount: number;
  readonly after?: RankedRestaurant;
}

/**
 * Before the shard of the position, rows of its count were all on the pages before; behind it, none was. A shard
 * that can have nothing left is not among them.
 */
export function shardRanges(shards: number, after: RankingPosition | undefined): readonly ShardRange[] {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  if (after === undefined) return all.map((shard) => ({ shard, highestCount: Number.MAX_SAFE_INTEGER }));
  const { favouriteCount, restaurantId } = after;
  return all
    .map((shard): ShardRange => {
      // Rounded up first, for the fraction that damage may have left until the next audit.
      if (shard < after.shard) return { shard, highestCount: Math.ceil(favouriteCount) - 1 };
      if (shard > after.shard) return { shard, highestCount: favouriteCount };
      return { shard, highestCount: favouriteCount, after: { restaurantId, favouriteCount } };
    })
    .filter(({ highestCount }) => highestCount >= 1);
}

export interface ShardRows {
  readonly shard: number;
  /** In the order of the index, highest count first. */
  readonly rows: readonly RankedRestaurant[];
}

export interface RankingPage {
  /** Equal counts share a rank, and the next lower count leaves out as many: 1, 2, 2, 4. */
  readonly restaurants: readonly (RankedRestaurant & { readonly rank: number })[];
  /** Where the next page begins; undefined when nothing is left. */
  readonly next: RankingPosition | undefined;
}

/** @param shards what the ranges held, of each the first `limit + 1` rows: one more than a page needs says that there is a next one. */
export function rankPage(
  shards: readonly ShardRows[],
  { limit, after }: { readonly limit: number; readonly after: RankingPosition | undefined },
): RankingPage {
  const inOrder = shards
    .toSorted((a, b) => a.shard - b.shard)
    .flatMap(({ shard, rows }) => rows.map((row) => ({ ...row, shard })))
    // A stable sort: among equal counts the shards stay in order, and in each the index's own order.
    .sort((a, b) => b.favouriteCount - a.favouriteCount);
  const restaurants: RankingPosition[] = [];
  let last = after;
  for (const row of inOrder.slice(0, limit)) {
    const seen: number = (last?.seen ?? 0) + 1;
    const rank = row.favouriteCount === last?.favouriteCount ? last.rank : seen;
    last = { ...row, rank, seen };
    restaurants.push(last);
  }
  return {
    restaurants: restaurants.map(({ restaurantId, favouriteCount, rank }) => ({
      restaurantId,
      favouriteCount,
      rank,
    })),
    next: inOrder.length > limit ? last : undefined,
  };
}

/** FNV-1a, 32 bits, over UTF-8 (Fowler, Noll, Vo: the FNV non-cryptographic hash algorithm). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
