/**
 * The client's tables in memory. As on AWS, the index does not order rows with equal sort keys by their ids.
 */
import type { RestaurantId } from '../../src/counting/register-key.ts';
import { rankingKeyOf, rankingKeyOfShard } from '../../src/counting/ranking.ts';
import type { ClientStore } from '../../src/client/store.ts';

export interface CountRow {
  readonly restaurantId: string;
  readonly window: string;
  readonly favouriteCount: number;
  readonly updatedAt?: string;
  /** The shard of the ranking that holds the row; by default that of the store's number of shards. */
  readonly shard?: number;
}

export interface MemoryClientStore extends ClientStore {
  /** Each created_at by `<restaurant>#<user>`. */
  readonly favourites: Map<string, string>;
  readonly countRows: CountRow[];
  /** Every operation since the store was created. */
  readonly calls: string[];
}

export function memoryClientStore({ shards }: { readonly shards: number }): MemoryClientStore {
  const favourites = new Map<string, string>();
  const countRows: CountRow[] = [];
  const calls: string[] = [];
  const keyOf = ({ restaurantId, userId }: { readonly restaurantId: string; readonly userId: string }) =>
    `${restaurantId}#${userId}`;
  return {
    favourites,
    countRows,
    calls,
    mark: async (key, createdAt) => {
      calls.push('mark');
      const was = favourites.get(keyOf(key));
      if (was !== undefined) return { kind: 'was-marked', createdAt: was };
      favourites.set(keyOf(key), createdAt);
      return { kind: 'marked' };
    },
    unmark: async (key) => {
      calls.push('unmark');
      favourites.delete(keyOf(key));
    },
    favourite: async (key) => {
      calls.push('favourite');
      const createdAt = favourites.get(keyOf(key));
      return createdAt === undefined ? undefined : { createdAt };
    },
    userFavourites: async (userId, { rowsMax, after }) => {
      calls.push('userFavourites');
      return [...favourites]
        .map(([key, createdAt]) => ({
          key,
          createdAt,
          restaurantId: key.slice(0, key.lastIndexOf('#')) as RestaurantId,
        }))
        .filter(({ key }) => key.endsWith(`#${userId}`))
        .toSorted(newestFirst)
        .filter((row) => after === undefined || newestFirst(row, after) > 0)
        .slice(0, rowsMax);
    },
    counts: async (keys) => {
      calls.push('counts');
      return keys.map(({ restaurantId, window }) => {
        const row = countRows.find((each) => each.restaurantId === restaurantId && each.window === window);
        const { favouriteCount, updatedAt = '2022-08-01T12:00:00.000Z' } = row ?? {};
        return favouriteCount === undefined ? undefined : { window, favouriteCount, updatedAt };
      });
    },
    rankingShard: async (window, { range: { shard, lowestCount = 1, highestCount, after }, rowsMax }) => {
      calls.push('rankingShard');
      const key = rankingKeyOfShard(window, shard);
      return countRows
        .filter((row) => row.window === window)
        .map((row) => ({ ...row, restaurantId: row.restaurantId as RestaurantId }))
        .filter((row) =>
          row.shard === undefined
            ? rankingKeyOf(row.restaurantId, window, shards) === key
            : row.shard === shard,
        )
        .filter((row) => row.favouriteCount >= lowestCount && row.favouriteCount <= highestCount)
        .toSorted(highestFirst)
        .filter((row) => after === undefined || highestFirst(row, after) > 0)
        .slice(0, rowsMax);
    },
  };
}

interface Newest {
  readonly key: string;
  readonly createdAt: string;
}
interface Highest {
  readonly restaurantId: string;
  readonly favouriteCount: number;
}

const newestFirst = (a: Newest, b: Newest) => compare(b.createdAt, a.createdAt) || scrambled(a.key, b.key);
const highestFirst = (a: Highest, b: Highest) =>
  b.favouriteCount - a.favouriteCount || scrambled(a.restaurantId, b.restaurantId);

/** Compares the reversed ids first, so that rows with equal sort keys are not ordered by their ids. */
const scrambled = (a: string, b: string) => compare(backwards(a), backwards(b)) || compare(a, b);
const backwards = (text: string) => text.split('').toReversed().join('');
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
