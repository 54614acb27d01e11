/**
 * AggregatedFavourites, the counts: one row per restaurant and window. This file holds what the aggregator
 * writes and the API reads; aggregated-favourites-audit.ts holds what only the audit uses.
 */
import type { DynamoDBClient, Update } from '@aws-sdk/client-dynamodb';
import type { CountChange } from '../counting/counted-favourite.ts';
import type { CountSettings } from '../counting/drift.ts';
import type { RestaurantId } from '../counting/register-key.ts';
import {
  type RankedRestaurant,
  rankingKeyOf,
  rankingKeyOfShard,
  type ShardRange,
} from '../counting/ranking.ts';
import { ALL_TIME, expiresAtOf, type TimeWindow } from '../counting/time-window.ts';
import { queryIndex } from './dynamodb/query.ts';
import type { Rows } from './dynamodb/scan.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

/**
 * A hold that ends later than this is damage and is ignored; otherwise it could block a restaurant's events
 * for ever. It is far longer than a hold may last, because the clocks of two functions differ.
 */
const HOLD_HORIZON_MS = 60_000;

/** The condition on the ALL_TIME row that no audit holds the restaurant. */
export const noHoldLasts = [
  `attribute_not_exists(${schema.heldUntil})`,
  `NOT (${schema.heldUntil} BETWEEN :nowMs AND :horizonMs)`,
].join(' OR ');

export function noHoldValues(nowMs: number) {
  return { ':nowMs': { N: String(nowMs + 1) }, ':horizonMs': { N: String(nowMs + HOLD_HORIZON_MS) } };
}

/**
 * No attribute of this table is a reserved word of DynamoDB, so the expressions name them directly: without
 * `ExpressionAttributeNames` a transaction is a third smaller.
 */
const setRankingKey = `SET ${schema.updatedAt} = :now, ${schema.rankingKey} = :rankingKey`;
const addDelta = `ADD ${schema.favouriteCount} :delta, ${schema.revision} :one`;
const update = `${setRankingKey} ${addDelta}`;
const updateOfExpiring = `${setRankingKey}, ${schema.expiresAt} = :expiresAt ${addDelta}`;

/**
 * Adds the delta, raises the revision and rewrites the attributes that depend on the settings. On ALL_TIME
 * the update fails while the restaurant is held. It does not ask for ALL_OLD, which only registers need.
 */
export function countUpdate(
  { restaurantId, window, delta }: CountChange,
  settings: CountSettings & {
    readonly tableName: string;
    readonly nowMs: number;
    /** `nowMs` as text, shared by the rows of a transaction. */
    readonly updatedAt: string;
  },
): Update {
  const expiresAt = expiresAtOf(window, settings);
  const mayBeHeld = window === ALL_TIME;
  return {
    TableName: settings.tableName,
    Key: countKeyOf(restaurantId, window),
    UpdateExpression: expiresAt === undefined ? update : updateOfExpiring,
    ...(mayBeHeld && { ConditionExpression: noHoldLasts }),
    ExpressionAttributeValues: {
      ':now': { S: settings.updatedAt },
      ':rankingKey': { S: rankingKeyOf(restaurantId, window, settings.rankingShards) },
      ':delta': { N: String(delta) },
      ':one': { N: '1' },
      ...(expiresAt !== undefined && { ':expiresAt': { N: String(expiresAt) } }),
      ...(mayBeHeld && noHoldValues(settings.nowMs)),
    },
  };
}

export function countKeyOf(restaurantId: RestaurantId, window: TimeWindow) {
  return { [schema.partitionKey]: { S: restaurantId }, [schema.sortKey]: { S: window } };
}

export interface StoredCount {
  readonly window: TimeWindow;
  readonly favouriteCount: number;
  readonly updatedAt: string | undefined;
}

export const storedCounts: Rows<StoredCount> = {
  keyNames: [schema.partitionKey, schema.sortKey],
  attributes: [schema.partitionKey, schema.sortKey, schema.favouriteCount, schema.updatedAt],
  read: (item) => ({
    window: (item[schema.sortKey]?.S ?? '') as TimeWindow,
    favouriteCount: Number(item[schema.favouriteCount]?.N ?? 0),
    updatedAt: item[schema.updatedAt]?.S,
  }),
};

/**
 * The first `rowsMax` rows of the range, highest count first, eventually consistent. @throws {TableReadError}
 */
export async function queryRankingShard(
  client: DynamoDBClient,
  tableName: string,
  {
    window,
    range: { shard, highestCount, after },
    rowsMax,
  }: { readonly window: TimeWindow; readonly range: ShardRange; readonly rowsMax: number },
): Promise<readonly RankedRestaurant[]> {
  const { name, partitionKey, sortKey } = schema.rankingIndex;
  const rankingKey = { S: rankingKeyOfShard(window, shard) };
  const query = {
    TableName: tableName,
    IndexName: name,
    // A restaurant with a count of 0 has no rank.
    KeyConditionExpression: '#key = :key AND #count BETWEEN :lowest AND :highest',
    ExpressionAttributeNames: { '#key': partitionKey, '#count': sortKey },
    ExpressionAttributeValues: {
      ':key': rankingKey,
      ':lowest': { N: '1' },
      ':highest': { N: String(highestCount) },
    },
    ExclusiveStartKey: after && {
      [partitionKey]: rankingKey,
      [sortKey]: { N: String(after.favouriteCount) },
      ...countKeyOf(after.restaurantId, window),
    },
  };
  const items = await queryIndex(client, query, rowsMax);
  return items.map((item) => ({
    restaurantId: (item[schema.partitionKey]?.S ?? '') as RestaurantId,
    favouriteCount: Number(item[sortKey]?.N ?? 0),
  }));
}
