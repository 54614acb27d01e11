/**
 * The part of AggregatedFavourites that only the audit uses (I4): it reads rows even if they are damaged,
 * reads the guard, corrects the rows of a restaurant, and holds it. Every write raises the revision of the
 * row that it changes.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import {
  type CountRow,
  DAMAGED_REVISION,
  NO_REVISION,
  nextRevision,
  type Revision,
  type RowCorrection,
} from '../counting/drift.ts';
import type { RestaurantId } from '../counting/register-key.ts';
import { ALL_TIME, type TimeWindow } from '../counting/time-window.ts';
import { countKeyOf, noHoldLasts, noHoldValues } from './aggregated-favourites.ts';
import { orReadError } from './dynamodb/errors.ts';
import type { Item, Rows } from './dynamodb/scan.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

export const countRows: Rows<CountRow> = {
  keyNames: [schema.partitionKey, schema.sortKey],
  attributes: [
    ...[schema.partitionKey, schema.sortKey, schema.favouriteCount],
    ...[schema.rankingKey, schema.expiresAt, schema.revision],
  ],
  read: (item) => {
    const count = Number(item[schema.favouriteCount]?.N ?? Number.NaN);
    const expiresAt = item[schema.expiresAt];
    return {
      restaurantId: (item[schema.partitionKey]?.S ?? '') as RestaurantId,
      window: (item[schema.sortKey]?.S ?? '') as TimeWindow,
      count: Number.isSafeInteger(count) ? count : undefined,
      rankingKey: item[schema.rankingKey]?.S,
      expiresAt: expiresAt === undefined ? undefined : Number(expiresAt.N ?? Number.NaN),
      revision: revisionOf(item),
    };
  },
};

export interface GuardRead {
  readonly revision: Revision;
  readonly readUnits: number;
}

/**
 * The revision of the ALL_TIME row. A GetItem is serializable with transactions, a Query is not (DynamoDB
 * developer guide, "Isolation levels for transactions"). @throws {TableReadError}
 */
export async function readGuard(
  client: DynamoDBClient,
  tableName: string,
  restaurantId: RestaurantId,
): Promise<GuardRead> {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: countKeyOf(restaurantId, ALL_TIME),
    ConsistentRead: true,
    ProjectionExpression: schema.revision,
    ReturnConsumedCapacity: 'TOTAL',
  });
  const { Item, ConsumedCapacity } = await orReadError('GetItem', tableName, () => client.send(command));
  return { revision: revisionOf(Item ?? {}), readUnits: ConsumedCapacity?.CapacityUnits ?? 0 };
}

function revisionOf({ [schema.revision]: attribute }: Item): Revision {
  if (attribute === undefined) return NO_REVISION;
  return attribute.N === undefined ? DAMAGED_REVISION : (attribute.N as Revision);
}

/** One transaction, on condition that neither its rows nor the restaurant's guard have changed. */
export interface RestaurantCorrection {
  readonly restaurantId: RestaurantId;
  /** The revision of the ALL_TIME row. */
  readonly guard: Revision;
  /** At most {@link CORRECTIONS_MAX}. */
  readonly rows: readonly RowCorrection[];
}

/** A transaction has at most 100 actions, and one of them checks the guard. */
export const CORRECTIONS_MAX = 99;

/** The updates of the rows, and a check of the guard unless ALL_TIME is among them. */
export function correctionActions(
  { restaurantId, guard, rows }: RestaurantCorrection,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): TransactWriteItem[] {
  const updates = rows.map((row) => correctionOf(restaurantId, row, { tableName, nowMs }));
  if (rows.some(({ window }) => window === ALL_TIME)) return updates;
  const { condition, values } = isStillAt(guard);
  const check = {
    TableName: tableName,
    Key: countKeyOf(restaurantId, ALL_TIME),
    ConditionExpression: condition,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
  return [...updates, { ConditionCheck: check }];
}

const setCount = [
  `SET ${schema.favouriteCount} = :count`,
  `${schema.revision} = :next`,
  `${schema.updatedAt} = :now`,
].join(', ');

function correctionOf(
  restaurantId: RestaurantId,
  { window, was, count, rankingKey, expiresAt }: RowCorrection,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): TransactWriteItem {
  const { condition, values } = isStillAt(was);
  const optional = {
    [schema.rankingKey]: rankingKey === undefined ? undefined : ':rankingKey',
    [schema.expiresAt]: expiresAt === undefined ? undefined : ':expiresAt',
  };
  return {
    Update: {
      TableName: tableName,
      Key: countKeyOf(restaurantId, window),
      UpdateExpression: correctionText(optional),
      ConditionExpression: condition,
      ExpressionAttributeValues: {
        ':count': { N: String(count) },
        ':next': { N: nextRevision(was) },
        ...(rankingKey !== undefined && { ':rankingKey': { S: rankingKey } }),
        ':now': { S: new Date(nowMs).toISOString() },
        ...(expiresAt !== undefined && { ':expiresAt': { N: String(expiresAt) } }),
        ...values,
      },
    },
  };
}

/** Attributes without a value are removed. */
function correctionText(optional: Readonly<Record<string, string | undefined>>): string {
  const all = Object.entries(optional);
  const set = all.flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}`]));
  const removed = all.flatMap(([name, value]) => (value === undefined ? [name] : []));
  return [setCount, ...set].join(', ') + (removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : '');
}

/** The longest time for which an audit may hold a restaurant. */
const HOLD_MAX_MS = 10_000;

/** Holds the restaurant, on condition that its row exists and no other hold is active. */
export function holdAction(
  restaurantId: RestaurantId,
  {
    tableName,
    untilMs,
    nowMs,
  }: { readonly tableName: string; readonly untilMs: number; readonly nowMs: number },
): TransactWriteItem {
  if (untilMs > nowMs + HOLD_MAX_MS) {
    throw new RangeError(
      `a hold must last at most ${HOLD_MAX_MS} ms, not ${untilMs - nowMs} ms: check RECONCILE_HOLD_SECONDS`,
    );
  }
  return {
    Update: {
      TableName: tableName,
      Key: countKeyOf(restaurantId, ALL_TIME),
      UpdateExpression: `SET ${schema.heldUntil} = :until ADD ${schema.revision} :one`,
      ConditionExpression: `attribute_exists(${schema.revision}) AND (${noHoldLasts})`,
      ExpressionAttributeValues: {
        ':until': { N: String(untilMs) },
        ':one': { N: '1' },
        ...noHoldValues(nowMs),
      },
    },
  };
}

/** Ends a hold, on condition that no other one has replaced it. */
export function releaseAction(
  restaurantId: RestaurantId,
  { tableName, untilMs }: { readonly tableName: string; readonly untilMs: number },
): TransactWriteItem {
  return {
    Update: {
      TableName: tableName,
      Key: countKeyOf(restaurantId, ALL_TIME),
      UpdateExpression: `REMOVE ${schema.heldUntil} ADD ${schema.revision} :one`,
      ConditionExpression: `${schema.heldUntil} = :until`,
      ExpressionAttributeValues: { ':until': { N: String(untilMs) }, ':one': { N: '1' } },
    },
  };
}

/**
 * The condition that the row still has the revision that was read. A damaged revision has no value to
 * compare, so the condition checks its type.
 */
function isStillAt(revision: Revision): {
  readonly condition: string;
  readonly values: Record<string, AttributeValue>;
} {
  switch (revision) {
    case NO_REVISION:
      return { condition: `attribute_not_exists(${schema.revision})`, values: {} };
    case DAMAGED_REVISION:
      return {
        condition: `attribute_exists(${schema.revision}) AND NOT attribute_type(${schema.revision}, :number)`,
        values: { ':number': { S: 'N' } },
      };
    default:
      return { condition: `${schema.revision} = :was`, values: { ':was': { N: revision } } };
  }
}
