/** AggregatedFavourites and the counted part of CountedFavourites, as they stand, damage included. */
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type CountRow, DAMAGED_REVISION, NO_REVISION, type Revision } from '../counting/drift-audit.ts';
import type { RestaurantId } from '../counting/favourite-event.ts';
import { ALL_TIME, type TimeWindow } from '../counting/time-window.ts';
import type { CountedRegister, GuardRead } from './audit-store.ts';
import { readRegister } from './counted-favourites.ts';
import type { Item } from './dynamodb/scan.ts';
import { aggregatedFavouritesTable as schema, countedFavouritesTable } from './schema.ts';
import { TableReadError } from './dynamodb/table-read-error.ts';

export function countRowOf(item: Item): CountRow {
  const count = Number(item[schema.favouriteCount]?.N ?? Number.NaN);
  const expiresAt = item[schema.expiresAt];
  return {
    restaurantId: (item[schema.partitionKey]?.S ?? '') as RestaurantId,
    window: (item[schema.sortKey]?.S ?? '') as TimeWindow,
    count: Number.isSafeInteger(count) ? count : undefined,
    rankingKey: item[schema.rankingKey]?.S,
    expiresAt: expiresAt === undefined ? undefined : Number(expiresAt.N ?? Number.NaN),
    revision: revisionOf(item[schema.revision]),
  };
}

/** What is counted, by the same reading of a register as the aggregator's. */
export function countedRegisterOf(item: Item): CountedRegister {
  return {
    restaurantId: (item[countedFavouritesTable.partitionKey]?.S ?? '') as RestaurantId,
    createdAt: readRegister(item)?.createdAt,
  };
}

/**
 * By GetItem, which is serializable with transactions where a Query is not (DynamoDB developer guide, "Isolation
 * levels for transactions"). @throws {TableReadError}
 */
export async function readGuard(
  client: DynamoDBClient,
  { tableName, restaurantId }: { readonly tableName: string; readonly restaurantId: RestaurantId },
): Promise<GuardRead> {
  try {
    const { Item, ConsumedCapacity } = await client.send(
      new GetItemCommand({
        TableName: tableName,
        Key: { [schema.partitionKey]: { S: restaurantId }, [schema.sortKey]: { S: ALL_TIME } },
        ConsistentRead: true,
        ProjectionExpression: '#revision',
        ExpressionAttributeNames: { '#revision': schema.revision },
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    return {
      revision: revisionOf(Item?.[schema.revision]),
      readUnits: ConsumedCapacity?.CapacityUnits ?? 0,
    };
  } catch (thrown) {
    throw new TableReadError('GetItem', { tableName, thrown });
  }
}

function revisionOf(attribute: AttributeValue | undefined): Revision {
  if (attribute === undefined) return NO_REVISION;
  return attribute.N === undefined ? DAMAGED_REVISION : (attribute.N as Revision);
}
