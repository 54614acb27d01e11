/** The operations on tables that the client needs, as an interface that tests implement in memory. */
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
import { BadInputError } from './bad-input.ts';

/** A row of the counts. */
export interface CountKey {
  readonly restaurantId: RestaurantId;
  readonly window: TimeWindow;
}

/** Each throws a TableReadError or a TableWriteError if the request to DynamoDB fails. */
export interface ClientStore {
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
  /** In the order of the keys, undefined where there is no row; eventually consistent. */
  counts(keys: readonly CountKey[]): Promise<readonly (StoredCount | undefined)[]>;
  /** The first rows of the range, highest count first; fewer than `rowsMax` only at its end. */
  rankingShard(
    window: TimeWindow,
    page: { readonly range: ShardRange; readonly rowsMax: number },
  ): Promise<readonly RankedRestaurant[]>;
}

export function createClientStore(
  client: DynamoDBClient,
  tables: {
    /** Undefined if the client may not use it. */
    readonly favouritesTable: string | undefined;
    readonly countsTable: string;
  },
  pauses: Pauses,
): ClientStore {
  const { countsTable } = tables;
  const favourites = (): string => {
    if (tables.favouritesTable !== undefined) return tables.favouritesTable;
    throw new BadInputError(
      'favourites-table',
      'the table of favourites has a shape of its own, so your application marks, un-marks and lists them ' +
        'itself; this client reads counts and the ranking',
    );
  };
  return {
    mark: async (key, createdAt) => putFavourite(client, favourites(), { key, createdAt }),
    unmark: async (key) => deleteFavourite(client, favourites(), key),
    favourite: async (key) => getFavourite(client, favourites(), key),
    userFavourites: async (userId, page) => queryUserFavourites(client, favourites(), { userId, ...page }),
    counts: async (keys) => {
      const request = {
        keys: keys.map(({ restaurantId, window }) => countKeyOf(restaurantId, window)),
        consistent: false,
      };
      const { items } = await batchGet(client, { tableName: countsTable, ...storedCounts }, request, pauses);
      return items;
    },
    rankingShard: (window, page) => queryRankingShard(client, countsTable, { window, ...page }),
  };
}
