/** CountedFavourites, the registers: what one holds, and the conditional Put that replaces it whole (I2). */
import type { AttributeValue, Put } from '@aws-sdk/client-dynamodb';
import type { FavouriteChange } from '../counting/commit-plan.ts';
import type { Register } from '../counting/counted-favourite.ts';
import type { StreamPosition } from '../counting/stream-position.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import { countedFavouritesTable as schema } from './schema.ts';

/**
 * Days that a tombstone outlives its commit: longer than anything that can replay what it guards against, the
 * stream (1 day) and the dead letters (14 days).
 */
const TOMBSTONE_DAYS = 30;
const DAY_SECONDS = 86_400;

const conditions = {
  notCounted: 'attribute_not_exists(#createdAt)',
  countedAsExpected: '#createdAt = :expected',
  olderThanEvent: '(attribute_not_exists(#position) OR #position < :position)',
};

/** The register after `change`, on condition that the one before is older and counts what was expected. */
export function registerPut(
  { key, next, expected }: FavouriteChange,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): Put {
  const counted = expected === undefined ? conditions.notCounted : conditions.countedAsExpected;
  return {
    TableName: tableName,
    Item: {
      [schema.partitionKey]: { S: key.restaurantId },
      [schema.sortKey]: { S: key.userId },
      [schema.streamPosition]: { S: next.position },
      ...(next.createdAt === undefined
        ? { [schema.expiresAt]: { N: String(Math.floor(nowMs / 1000) + TOMBSTONE_DAYS * DAY_SECONDS) } }
        : { [schema.createdAt]: { S: next.createdAt } }),
    },
    ConditionExpression: `${counted} AND ${conditions.olderThanEvent}`,
    ExpressionAttributeNames: { '#createdAt': schema.createdAt, '#position': schema.streamPosition },
    ExpressionAttributeValues: {
      ':position': { S: next.position },
      ...(expected === undefined ? {} : { ':expected': { S: expected } }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/**
 * A register as it stands in the table; undefined for no item. One with no position, which only damage leaves,
 * reads as the oldest of all, so that any event replaces it.
 */
export function readRegister(
  item: Readonly<Record<string, AttributeValue>> | undefined,
): Register | undefined {
  if (item === undefined || Object.keys(item).length === 0) return undefined;
  return {
    position: (item[schema.streamPosition]?.S ?? '') as StreamPosition,
    createdAt: item[schema.createdAt]?.S as CreatedAt | undefined,
  };
}
