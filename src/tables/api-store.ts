/** What the API reads and writes; a port, so that a test can serve it from memory. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { FavouriteKey, RestaurantId, UserId } from '../counting/favourite-event.ts';
import type { RankedRestaurant, ShardRange } from '../counting/ranking.ts';
import type { CreatedAt, TimeWindow } from '../counting/time-window.ts';
import type { Pauses } from './dynamodb/batch-get.ts';
import { getCounts, queryRankingShard, type StoredCount } from './count-reads.ts';
import {
  deleteFavourite,
  getFavourite,
  type MarkAnswer,
  putFavourite,
  type StoredFavourite,
} from './favourite-item.ts';
import { queryUserFavourites, type UserFavourite, type UserFavouritePosition } from './user-favourites.ts';

/** All of them throw a TableReadError or a TableWriteError for what DynamoDB or the network did not answer. */
export interface ApiStore {
  mark(key: FavouriteKey, createdAt: CreatedAt): Promise<MarkAnswer>;
  /** Also when there is none. */
  unmark(key: FavouriteKey): Promise<void>;
  /** Consistent; undefined when it is not marked. */
  favourite(key: FavouriteKey): Promise<StoredFavourite | undefined>;
  /** Newest first; fewer than `rowsMax` only at the end of the list. */
  userFavourites(
    userId: UserId,
    o: { readonly rowsMax: number; readonly after: UserFavouritePosition | undefined },
  ): Promise<readonly UserFavourite[]>;
  /** The rows that exist, in any order. */
  counts(restaurantId: RestaurantId, windows: readonly TimeWindow[]): Promise<readonly StoredCount[]>;
  /** The first rows of the range, highest count first; fewer than `rowsMax` only at its end. */
  rankingShard(
    window: TimeWindow,
    o: { readonly range: ShardRange; readonly rowsMax: number },
  ): Promise<readonly RankedRestaurant[]>;
}

export function createApiStore(
  client: DynamoDBClient,
  tables: { readonly favouritesTable: string; readonly aggregatedFavouritesTable: string },
  pauses: Pauses,
): ApiStore {
  const favourites = { tableName: tables.favouritesTable };
  const counts = { tableName: tables.aggregatedFavouritesTable };
  return {
    mark: (key, createdAt) => putFavourite(client, { ...favourites, key, createdAt }),
    unmark: (key) => deleteFavourite(client, { ...favourites, key }),
    favourite: (key) => getFavourite(client, { ...favourites, key }),
    userFavourites: (userId, page) => queryUserFavourites(client, { ...favourites, userId, ...page }),
    counts: (restaurantId, windows) => getCounts(client, { ...counts, restaurantId, windows }, pauses),
    rankingShard: (window, page) => queryRankingShard(client, { ...counts, window, ...page }),
  };
}
