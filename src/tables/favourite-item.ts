/**
 * One favourite, as the application marks, un-marks and asks: one key operation each, never a read before a write.
 * `created_at` never changes while the row lives: what is marked already keeps its first one.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { favouriteId } from '../commit/plan.ts';
import type { FavouriteKey } from '../counting/favourite-event.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import type { Item } from './dynamodb/scan.ts';
import { favouritesTable as schema } from './schema.ts';
import { TableReadError } from './dynamodb/table-read-error.ts';
import { TableWriteError } from './dynamodb/table-write-error.ts';

export interface StoredFavourite {
  /** As it stands in the row; undefined in a row that another application wrote without one. */
  readonly createdAt: string | undefined;
}

export type MarkAnswer = { readonly kind: 'marked' } | ({ readonly kind: 'was-marked' } & StoredFavourite);

interface Named {
  readonly tableName: string;
  readonly key: FavouriteKey;
}

/** When its answer is lost and the SDK sends it again, its own row reads as one that was there. @throws {TableWriteError} */
export async function putFavourite(
  client: DynamoDBClient,
  { tableName, key, createdAt }: Named & { readonly createdAt: CreatedAt },
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

/** Also when there is none. @throws {TableWriteError} */
export async function deleteFavourite(client: DynamoDBClient, { tableName, key }: Named): Promise<void> {
  try {
    await client.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(key) }));
  } catch (thrown) {
    throw new TableWriteError('DeleteItem', { tableName, thrown });
  }
}

/** Consistent: it sees what was marked before. @throws {TableReadError} */
export async function getFavourite(
  client: DynamoDBClient,
  { tableName, key }: Named,
): Promise<StoredFavourite | undefined> {
  try {
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: tableName,
        Key: keyOf(key),
        ConsistentRead: true,
        // The key too: a row without a created_at would come back empty, as if it were none.
        ProjectionExpression: '#key, #createdAt',
        ExpressionAttributeNames: { '#key': schema.partitionKey, '#createdAt': schema.createdAt },
      }),
    );
    return Item && favouriteOf(Item);
  } catch (thrown) {
    throw new TableReadError('GetItem', { tableName, thrown });
  }
}

function keyOf(key: FavouriteKey): Record<string, AttributeValue> {
  return { [schema.partitionKey]: { S: favouriteId(key) } };
}

function favouriteOf(item: Item): StoredFavourite {
  return { createdAt: item[schema.createdAt]?.S };
}
