/** The favourites of one user, newest first, by the index `by_user`. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parseFavouriteKey, type RestaurantId, type UserId } from '../counting/favourite-event.ts';
import { queryIndex } from './dynamodb/query-index.ts';
import { favouritesTable as schema } from './schema.ts';

/** A place in the list; the row that it names need not be there any more. */
export interface UserFavouritePosition {
  /** The key of the row, whatever it is. */
  readonly key: string;
  readonly createdAt: string;
}

export interface UserFavourite extends UserFavouritePosition {
  readonly restaurantId: RestaurantId;
}

/** Fewer than `rowsMax` only at the end of the list. @throws {TableReadError} */
export async function queryUserFavourites(
  client: DynamoDBClient,
  {
    tableName,
    userId,
    rowsMax,
    after,
  }: {
    readonly tableName: string;
    readonly userId: UserId;
    readonly rowsMax: number;
    readonly after: UserFavouritePosition | undefined;
  },
): Promise<readonly UserFavourite[]> {
  const { name, partitionKey, sortKey } = schema.byUserIndex;
  const items = await queryIndex(client, {
    tableName,
    indexName: name,
    condition: '#user = :user',
    names: { '#user': partitionKey, '#createdAt': sortKey, '#key': schema.partitionKey },
    values: { ':user': { S: userId } },
    // Keys only: they are in the index of any table, whatever else it projects.
    projection: '#key, #createdAt',
    rowsMax,
    ...(after && {
      after: {
        [partitionKey]: { S: userId },
        [sortKey]: { S: after.createdAt },
        [schema.partitionKey]: { S: after.key },
      },
    }),
  });
  return items.map((item) => {
    const key = item[schema.partitionKey]?.S ?? '';
    return { key, restaurantId: restaurantOf(key), createdAt: item[sortKey]?.S ?? '' };
  });
}

function restaurantOf(key: string): RestaurantId {
  const parsed = parseFavouriteKey(key);
  // A row whose key names no favourite is uncountable, but it is there.
  return 'reason' in parsed ? ((key.split('#', 1)[0] ?? '') as RestaurantId) : parsed.restaurantId;
}
