/**
 * AggregatedFavourites, the counts: one row per restaurant and window. This file holds what the aggregator
 * writes and the API reads; aggregated-favourites-audit.ts holds what only the audit uses.
 */
import type { DynamoDBClient, Update } from '@aws-sdk/client-dynamodb';
import type { CountChange, FloorSide } from '../counting/counted-favourite.ts';
import type { CountSettings } from '../counting/drift.ts';
import type { RestaurantId } from '../counting/register-key.ts';
import {
  rankedOf,
  type RankedRestaurant,
  rankingKeyOf,
  rankingKeyOfShard,
  type ShardRange,
} from '../counting/ranking.ts';
import { ALL_TIME, expiresAtOf, type TimeWindow } from '../counting/time-window.ts';
import { queryIndex } from './dynamodb/query.ts';
import type { Item, Rows } from './dynamodb/scan.ts';
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
 * Adds the delta, raises the revision and rewrites the attributes that depend on the settings. On ALL_TIME
 * the update fails while the restaurant is held. Where the window has a floor, it fails if the new count is
 * not on the expected side of it, and then returns the row.
 *
 * No attribute of this table is a reserved word of DynamoDB, so the expressions name them directly: without
 * `ExpressionAttributeNames` a transaction is a third smaller.
 */
export function countUpdate(
  { restaurantId, window, delta, side }: CountChange,
  settings: CountSettings & {
    readonly tableName: string;
    readonly nowMs: number;
    /** `nowMs` as text, shared by the rows of a transaction. */
    readonly updatedAt: string;
  },
): Update {
  const expiresAt = expiresAtOf(window, settings);
  const ranked = rankedOf(window, settings.ranking);
  const hasKey = ranked === 'on' || side === 'above';
  const floor = floorCondition({ delta, side, floor: typeof ranked === 'number' ? ranked : undefined });
  const conditions = [floor.text, window === ALL_TIME ? noHoldLasts : undefined].filter(
    (text) => text !== undefined,
  );
  return {
    TableName: settings.tableName,
    Key: countKeyOf(restaurantId, window),
    UpdateExpression: updateText({
      setsKey: hasKey,
      removesKey: ranked === 'off' || side === 'below',
      expires: expiresAt !== undefined,
    }),
    ...(conditions.length > 0 && { ConditionExpression: joinConditions(conditions) }),
    ExpressionAttributeValues: {
      ':now': { S: settings.updatedAt },
      ...(hasKey && { ':rankingKey': { S: rankingKeyOf(restaurantId, window, settings.rankingShards) } }),
      ':delta': { N: String(delta) },
      ':one': { N: '1' },
      ...(expiresAt !== undefined && { ':expiresAt': { N: String(expiresAt) } }),
      ...floor.values,
      ...(window === ALL_TIME && noHoldValues(settings.nowMs)),
    },
    ...(floor.text !== undefined && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  };
}

function updateText({
  setsKey,
  removesKey,
  expires,
}: {
  readonly setsKey: boolean;
  readonly removesKey: boolean;
  readonly expires: boolean;
}): string {
  const set = [
    `${schema.updatedAt} = :now`,
    ...(setsKey ? [`${schema.rankingKey} = :rankingKey`] : []),
    ...(expires ? [`${schema.expiresAt} = :expiresAt`] : []),
  ];
  return [
    `SET ${set.join(', ')}`,
    // Removing a key that is not there costs nothing.
    ...(removesKey ? [`REMOVE ${schema.rankingKey}`] : []),
    `ADD ${schema.favouriteCount} :delta, ${schema.revision} :one`,
  ].join(' ');
}

function joinConditions([first = '', ...others]: readonly string[]): string {
  return others.length === 0 ? first : [first, ...others].map((text) => `(${text})`).join(' AND ');
}

/**
 * Requires that the new count will be on the expected side of the floor. A row that does not exist counts 0,
 * so it belongs to the side of `0 + delta`. A delta of zero has no side: it changes neither count nor key.
 */
function floorCondition({
  delta,
  side,
  floor,
}: {
  readonly delta: number;
  readonly side: FloorSide | undefined;
  readonly floor: number | undefined;
}): { readonly text: string | undefined; readonly values: Update['ExpressionAttributeValues'] } {
  if (side === undefined || floor === undefined) return { text: undefined, values: {} };
  const isSideOfNothing = delta >= floor === (side === 'above');
  const nothing = isSideOfNothing ? `attribute_not_exists(${schema.favouriteCount}) OR ` : '';
  const compared = `${schema.favouriteCount} ${side === 'above' ? '>=' : '<'} :least`;
  return { text: nothing + compared, values: { ':least': { N: String(floor - delta) } } };
}

/** A count row that did not meet the condition of its update. */
export interface SeenCount {
  /** 0 if there is no row; undefined if the count is damaged. */
  readonly favouriteCount: number | undefined;
  readonly heldUntilMs: number | undefined;
}

export function readSeenCount(item: Item | undefined): SeenCount {
  const count = item?.[schema.favouriteCount];
  const heldUntilMs = Number(item?.[schema.heldUntil]?.N ?? Number.NaN);
  return {
    favouriteCount: count === undefined ? 0 : numberOf(count.N),
    heldUntilMs: Number.isNaN(heldUntilMs) ? undefined : heldUntilMs,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** Whether an audit held the restaurant at that time: the opposite of {@link noHoldLasts}. */
export function isHeldAt({ heldUntilMs }: SeenCount, nowMs: number): boolean {
  return heldUntilMs !== undefined && heldUntilMs > nowMs && heldUntilMs <= nowMs + HOLD_HORIZON_MS;
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
    range: { shard, lowestCount = 1, highestCount, after },
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
      ':lowest': { N: String(lowestCount) },
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
