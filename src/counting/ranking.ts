/**
 * The ranking spreads a window's restaurants over shards of the index `ranking`, because one index partition
 * takes about 1,000 write units a second and a count change costs two. Reading merges the shards into one
 * order: the highest count first, then by shard, then as the index orders equal counts.
 */
import type { RestaurantId } from './register-key.ts';
import { ALL_TIME, spanOf, type TimeWindow, type WindowKind, windowKinds } from './time-window.ts';

/** Of one kind of window: all restaurants are ranked, none, or those with at least so many favourites. */
export type Ranked = 'on' | 'off' | number;
/** A kind that is absent is on. */
export type RankingSettings = Readonly<Partial<Record<RankedKind, Ranked>>>;
export type RankedKind = typeof ALL_TIME_KIND | WindowKind;
/** The kind of the window ALL_TIME, which is the only one of its kind. */
const ALL_TIME_KIND = 'ALL_TIME';
export const rankedKinds: readonly RankedKind[] = [ALL_TIME_KIND, ...windowKinds];

export function rankedOf(window: TimeWindow, ranking: RankingSettings = {}): Ranked {
  const kind = window === ALL_TIME ? ALL_TIME_KIND : spanOf(window)?.kind;
  return (kind && ranking[kind]) ?? 'on';
}

/** The count from which on the restaurants of the window are ranked; undefined if all are, or none. */
export function floorOf(window: TimeWindow, ranking: RankingSettings | undefined): number | undefined {
  const ranked = rankedOf(window, ranking);
  return typeof ranked === 'number' ? ranked : undefined;
}

/** Whether a row with that count belongs into the ranking. */
export function isRanked(window: TimeWindow, count: number, ranking: RankingSettings | undefined): boolean {
  const ranked = rankedOf(window, ranking);
  return ranked === 'on' || (ranked !== 'off' && count >= ranked);
}

/**
 * Of each kind the higher floor of the two; `off` is above every floor. Rows between the two may lack their
 * key or still have it, until the audit has corrected them.
 */
export function higherFloors(one: RankingSettings, other: RankingSettings): RankingSettings {
  const height = (ranked: Ranked) => (ranked === 'on' ? 0 : ranked === 'off' ? Infinity : ranked);
  return Object.fromEntries(
    rankedKinds.flatMap((kind) => {
      const [a, b] = [one[kind] ?? 'on', other[kind] ?? 'on'];
      const higher = height(a) >= height(b) ? a : b;
      return higher === 'on' ? [] : [[kind, higher]];
    }),
  );
}

export function hasFloor(ranking: RankingSettings): boolean {
  return Object.values(ranking).some((ranked) => typeof ranked === 'number');
}

/** As the environment variable of a handler holds it, such as `ALL_TIME:100,DAY:off`. @throws {RangeError} */
export function parseRankingSettings(text: string): RankingSettings {
  const entries = text.split(',').filter((part) => part.trim() !== '');
  const parsed = entries.map((entry): readonly [RankedKind, Ranked] => {
    const [name = '', ranked = '', ...more] = entry.split(':').map((part) => part.trim());
    const kind = rankedKinds.find((known) => known === name);
    const value = ranked === 'on' || ranked === 'off' ? ranked : Number(ranked);
    const isFloor = /^[1-9]\d{0,14}$/.test(ranked);
    if (kind === undefined || more.length > 0 || (typeof value === 'number' && !isFloor)) {
      throw new RangeError(
        `'${entry}' is not a ranking: expected one of ${rankedKinds.join(', ')} with on, off or a whole ` +
          'number from 1, such as ALL_TIME:100',
      );
    }
    return [kind, value];
  });
  if (new Set(parsed.map(([kind]) => kind)).size < parsed.length) {
    throw new RangeError(`'${text}' names a kind of window twice`);
  }
  return Object.fromEntries(parsed);
}

export function formatRankingSettings(ranking: RankingSettings): string {
  return Object.entries(ranking)
    .map((entry) => entry.join(':'))
    .join(',');
}

/** `<time_window>#<shard>`. A restaurant changes its shard only when the number of shards changes. */
export function rankingKeyOf(restaurantId: RestaurantId, window: TimeWindow, shards: number): string {
  return rankingKeyOfShard(window, fnv1a(restaurantId) % shards);
}

export function rankingKeyOfShard(window: TimeWindow, shard: number): string {
  return `${window}#${shard}`;
}

export interface RankedRestaurant {
  readonly restaurantId: RestaurantId;
  readonly favouriteCount: number;
}

/** The last row of a page of the ranking. Its restaurant may have moved or disappeared since. */
export interface RankingPosition extends RankedRestaurant {
  readonly shard: number;
  readonly rank: number;
  /** Rows on this page and all pages before it. */
  readonly seen: number;
}

/**
 * The rows of one shard that a page may show: counts from `lowestCount`, or from 1, to `highestCount`, only
 * rows after `after`.
 */
export interface ShardRange {
  readonly shard: number;
  readonly lowestCount?: number;
  readonly highestCount: number;
  readonly after?: RankedRestaurant;
}

/**
 * All rows with the same count as `after` were on earlier pages if their shard is lower, and are still to
 * come if it is higher. A shard without further rows is omitted.
 */
export function shardRanges(shards: number, after: RankingPosition | undefined): readonly ShardRange[] {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  if (after === undefined) return all.map((shard) => ({ shard, highestCount: Number.MAX_SAFE_INTEGER }));
  const { favouriteCount, restaurantId } = after;
  return all
    .map((shard): ShardRange => {
      // A damaged count may be a fraction until the next audit: round it up first.
      if (shard < after.shard) return { shard, highestCount: Math.ceil(favouriteCount) - 1 };
      if (shard > after.shard) return { shard, highestCount: favouriteCount };
      return { shard, highestCount: favouriteCount, after: { restaurantId, favouriteCount } };
    })
    .filter(({ highestCount }) => highestCount >= 1);
}

export interface ShardRows {
  readonly shard: number;
  /** In the index's order, the highest count first. */
  readonly rows: readonly RankedRestaurant[];
}

export interface RankingPage {
  /** Equal counts share a rank, and the next lower count skips as many ranks: 1, 2, 2, 4. */
  readonly restaurants: readonly (RankedRestaurant & { readonly rank: number })[];
  /** Where the next page begins; undefined on the last page. */
  readonly next: RankingPosition | undefined;
}

/** @param shards the first `limit + 1` rows of each range: the extra row shows that there is a next page */
export function rankPage(
  shards: readonly ShardRows[],
  { limit, after }: { readonly limit: number; readonly after: RankingPosition | undefined },
): RankingPage {
  const inOrder = shards
    .toSorted((a, b) => a.shard - b.shard)
    .flatMap(({ shard, rows }) => rows.map((row) => ({ ...row, shard })))
    // The sort is stable: equal counts stay in the order of shards and index.
    .sort((a, b) => b.favouriteCount - a.favouriteCount);
  // A row that moves to another shard while the shards are read may be in both.
  const distinct = inOrder.filter(isFirstOfRestaurant());
  const restaurants: RankingPosition[] = [];
  let last = after;
  for (const row of distinct.slice(0, limit)) {
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

function isFirstOfRestaurant(): (row: RankedRestaurant) => boolean {
  const seen = new Set<RestaurantId>();
  return ({ restaurantId }) => {
    const isFirst = !seen.has(restaurantId);
    seen.add(restaurantId);
    return isFirst;
  };
}

/** FNV-1a, 32 bits, over UTF-8 (Fowler, Noll, Vo: the FNV non-cryptographic hash algorithm). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
