/**
 * Favourites, the source of truth, which the pipeline only reads. The API marks and un-marks in the default
 * table with one key operation each, never a read before a write. `created_at` of a row never changes there.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Brand } from '../counting/brand.ts';
import type { FavouriteRow, Mapping } from '../counting/mapping.ts';
import type { RestaurantId } from '../counting/register-key.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import { orReadError, TableWriteError } from './dynamodb/errors.ts';
import { queryIndex } from './dynamodb/query.ts';
import type { Item, Rows } from './dynamodb/scan.ts';
import { favouritesTable as schema } from './schema.ts';

/** The rows of a table of any shape. Only the attributes that the mapping needs are read. */
export function favouriteRows({ keyNames, attributes, readRow }: Mapping): Rows<FavouriteRow> {
  return { keyNames, attributes, read: readRow };
}

export type UserId = Brand<string, 'UserId'>;

/** A favourite of the default table, which the API writes. */
export interface FavouriteKey {
  readonly restaurantId: RestaurantId;
  readonly userId: UserId;
}

export interface StoredFavourite {
  /** The text in the row; undefined if another application wrote the row without one. */
  readonly createdAt: string | undefined;
}

export type MarkAnswer = { readonly kind: 'marked' } | ({ readonly kind: 'was-marked' } & StoredFavourite);

/**
 * A marked favourite keeps its first `created_at`. If the answer is lost and the SDK sends the request again,
 * the retry finds the row of the first attempt and returns `was-marked`. @throws {TableWriteError}
 */
export async function putFavourite(
  client: DynamoDBClient,
  tableName: string,
  { key, createdAt }: { readonly key: FavouriteKey; readonly createdAt: CreatedAt },
): Promise<MarkAnswer> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: {
          ...keyOf(key),
          [schema.restaurantId]: { S: key.restaurantId },
          [schema.userId]: { S: key.userId },
          [schema.createdAt]: { S: createdAt },
        },
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': schema.partitionKey },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { kind: 'marked' };
  } catch (thrown) {
    if (thrown instanceof ConditionalCheckFailedException) {
      return { kind: 'was-marked', ...favouriteOf(thrown.Item ?? {}) };
    }
    throw new TableWriteError('PutItem', { tableName, thrown });
  }
}

/** Succeeds even if there is no row. @throws {TableWriteError} */
export async function deleteFavourite(
  client: DynamoDBClient,
  tableName: string,
  key: FavouriteKey,
): Promise<void> {
  try {
    await client.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(key) }));
  } catch (thrown) {
    throw new TableWriteError('DeleteItem', { tableName, thrown });
  }
}

/** A consistent read, which sees every earlier mark. @throws {TableReadError} */
export async function getFavourite(
  client: DynamoDBClient,
  tableName: string,
  key: FavouriteKey,
): Promise<StoredFavourite | undefined> {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: keyOf(key),
    ConsistentRead: true,
    // Includes the key, so that a row without a created_at does not look like a missing row.
    ProjectionExpression: '#key, #createdAt',
    ExpressionAttributeNames: { '#key': schema.partitionKey, '#createdAt': schema.createdAt },
  });
  const { Item } = await orReadError('GetItem', tableName, () => client.send(command));
  return Item && favouriteOf(Item);
}

/** A place in a user's list; the row that it names may be gone. */
export interface UserFavouritePosition {
  /** The row's partition key as stored; it may not be a valid `<restaurant>#<user>` key. */
  readonly key: string;
  readonly createdAt: string;
}

export interface UserFavourite extends UserFavouritePosition {
  readonly restaurantId: RestaurantId;
}

/** Newest first; fewer than `rowsMax` only at the end of the list. @throws {TableReadError} */
export async function queryUserFavourites(
  client: DynamoDBClient,
  tableName: string,
  {
    userId,
    rowsMax,
    after,
  }: {
    readonly userId: UserId;
    readonly rowsMax: number;
    readonly after: UserFavouritePosition | undefined;
  },
): Promise<readonly UserFavourite[]> {
  const { name, partitionKey, sortKey } = schema.byUserIndex;
  const query = {
    TableName: tableName,
    IndexName: name,
    KeyConditionExpression: '#user = :user',
    // Keys only: every index has them, whatever else it projects.
    ProjectionExpression: '#key, #createdAt',
    ExpressionAttributeNames: { '#user': partitionKey, '#createdAt': sortKey, '#key': schema.partitionKey },
    ExpressionAttributeValues: { ':user': { S: userId } },
    ExclusiveStartKey: after && {
      [partitionKey]: { S: userId },
      [sortKey]: { S: after.createdAt },
      [schema.partitionKey]: { S: after.key },
    },
  };
  const items = await queryIndex(client, query, rowsMax);
  return items.map((item) => {
    const key = item[schema.partitionKey]?.S ?? '';
    // Rows that can never be counted are listed too: the restaurant is the text before the first #.
    const restaurantId = key.split('#', 1)[0] as RestaurantId;
    return { key, restaurantId, createdAt: item[sortKey]?.S ?? '' };
  });
}

/** Ids in the paths of the API hold no `#`, so the key is unambiguous. */
function keyOf({ restaurantId, userId }: FavouriteKey): Record<string, AttributeValue> {
  return { [schema.partitionKey]: { S: `${restaurantId}#${userId}` } };
}

function favouriteOf(item: Item): StoredFavourite {
  return { createdAt: item[schema.createdAt]?.S };
}
