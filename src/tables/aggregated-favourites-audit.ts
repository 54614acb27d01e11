/**
 * AggregatedFavourites, as only the audit reads and writes it (I4): rows with their damage, the guard, the
 * correction of a restaurant's rows, and the hold. Every write raises the revision of the row that it
 * changes.
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
import type { RestaurantId } from '../counting/favourite-event.ts';
import { ALL_TIME, type TimeWindow } from '../counting/time-window.ts';
import { countKeyOf, noHoldLasts, noHoldValues } from './aggregated-favourites.ts';
import { orReadError } from './dynamodb/errors.ts';
import type { Item, Rows } from './dynamodb/scan.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

export const countRows: Rows<CountRow> = {
  keyNames: [schema.partitionKey, schema.sortKey],
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

/** One transaction: all of it, on condition that neither a row nor the restaurant's guard has moved. */
export interface RestaurantCorrection {
  readonly restaurantId: RestaurantId;
  /** The revision of the ALL_TIME row. */
  readonly guard: Revision;
  /** At most {@link CORRECTIONS_MAX}. */
  readonly rows: readonly RowCorrection[];
}

/** A transaction has 100 actions, and one checks the guard. */
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

const setCount =
  `SET ${schema.favouriteCount} = :count, ${schema.revision} = :next, ` +
  `${schema.rankingKey} = :rankingKey, ${schema.updatedAt} = :now`;

function correctionOf(
  restaurantId: RestaurantId,
  { window, was, count, rankingKey, expiresAt }: RowCorrection,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): TransactWriteItem {
  const { condition, values } = isStillAt(was);
  return {
    Update: {
      TableName: tableName,
      Key: countKeyOf(restaurantId, window),
      UpdateExpression:
        expiresAt === undefined
          ? `${setCount} REMOVE ${schema.expiresAt}`
          : `${setCount}, ${schema.expiresAt} = :expiresAt`,
      ConditionExpression: condition,
      ExpressionAttributeValues: {
        ':count': { N: String(count) },
        ':next': { N: nextRevision(was) },
        ':rankingKey': { S: rankingKey },
        ':now': { S: new Date(nowMs).toISOString() },
        ...(expiresAt !== undefined && { ':expiresAt': { N: String(expiresAt) } }),
        ...values,
      },
    },
  };
}

/** The longest time for which an audit may ask a restaurant to hold. */
const HOLD_MAX_MS = 10_000;

/** On condition that the row is there, and that no other hold lasts. */
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

/** On condition that the hold is still this one. */
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

/** The row's revision is what was read. A damaged one has no value to compare, so its type is compared. */
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
