/** The table operations of the API, as a port that tests implement in memory. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../counting/register-key.ts';
import type { RankedRestaurant, ShardRange } from '../counting/ranking.ts';
import type { CreatedAt, TimeWindow } from '../counting/time-window.ts';
import {
  countKeyOf,
  queryRankingShard,
  type StoredCount,
  storedCounts,
} from '../tables/aggregated-favourites.ts';
import { batchGet, type Pauses } from '../tables/dynamodb/batch-get.ts';
import {
  deleteFavourite,
  type FavouriteKey,
  getFavourite,
  type MarkAnswer,
  putFavourite,
  queryUserFavourites,
  type StoredFavourite,
  type UserFavourite,
  type UserFavouritePosition,
  type UserId,
} from '../tables/favourites.ts';

/** Each throws a TableReadError or a TableWriteError if the request to DynamoDB fails. */
export interface ApiStore {
  mark(key: FavouriteKey, createdAt: CreatedAt): Promise<MarkAnswer>;
  /** Succeeds even if the favourite is not marked. */
  unmark(key: FavouriteKey): Promise<void>;
  /** A consistent read; undefined if the favourite is not marked. */
  favourite(key: FavouriteKey): Promise<StoredFavourite | undefined>;
  /** Newest first; fewer than `rowsMax` only at the end of the list. */
  userFavourites(
    userId: UserId,
    page: { readonly rowsMax: number; readonly after: UserFavouritePosition | undefined },
  ): Promise<readonly UserFavourite[]>;
  /** The rows that exist, in any order, eventually consistent. `windows` has no duplicates. */
  counts(restaurantId: RestaurantId, windows: readonly TimeWindow[]): Promise<readonly StoredCount[]>;
  /** The first rows of the range, highest count first; fewer than `rowsMax` only at its end. */
  rankingShard(
    window: TimeWindow,
    page: { readonly range: ShardRange; readonly rowsMax: number },
  ): Promise<readonly RankedRestaurant[]>;
}

export function createApiStore(
  client: DynamoDBClient,
  {
    favouritesTable: favourites,
    aggregatedFavouritesTable: counts,
  }: { readonly favouritesTable: string; readonly aggregatedFavouritesTable: string },
  pauses: Pauses,
): ApiStore {
  return {
    mark: (key, createdAt) => putFavourite(client, favourites, { key, createdAt }),
    unmark: (key) => deleteFavourite(client, favourites, key),
    favourite: (key) => getFavourite(client, favourites, key),
    userFavourites: (userId, page) => queryUserFavourites(client, favourites, { userId, ...page }),
    counts: async (restaurantId, windows) => {
      const keys = windows.map((window) => countKeyOf(restaurantId, window));
      const table = { tableName: counts, ...storedCounts };
      const { items } = await batchGet(client, table, { keys, consistent: false }, pauses);
      return items.filter((item) => item !== undefined);
    },
    rankingShard: (window, page) => queryRankingShard(client, counts, { window, ...page }),
  };
}
