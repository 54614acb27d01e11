/**
 * What the audit writes to AggregatedFavourites, each inside a transaction: the correction of a restaurant's rows,
 * and the hold that it may need for it. Every one of them raises the revision of the row that it changes.
 */
import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import {
  DAMAGED_REVISION,
  NO_REVISION,
  nextRevision,
  type Revision,
  type RowCorrection,
} from '../counting/drift-audit.ts';
import type { RestaurantId } from '../counting/favourite-event.ts';
import { ALL_TIME, type TimeWindow } from '../counting/time-window.ts';
import { HOLD_MAX_MS, noHoldLasts } from './aggregated-favourites.ts';
import type { HoldTerm, RestaurantCorrection } from './audit-store.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

/** The rows, and the guard where it is not one of them. */
export function correctionActions(
  { restaurantId, guard, rows }: RestaurantCorrection,
  o: { readonly tableName: string; readonly nowMs: number },
): TransactWriteItem[] {
  const updates = rows.map((row) => correctionOf(restaurantId, row, o));
  if (rows.some(({ window }) => window === ALL_TIME)) return updates;
  const { condition, values } = stillAt(guard);
  const check = {
    TableName: o.tableName,
    Key: keyOf(restaurantId, ALL_TIME),
    ConditionExpression: condition,
    ExpressionAttributeNames: { '#revision': schema.revision },
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
  return [...updates, { ConditionCheck: check }];
}

/** On condition that the row is there, and that no other hold lasts. */
export function holdAction(
  restaurantId: RestaurantId,
  { tableName, untilMs, nowMs }: HoldTerm & { readonly tableName: string },
): TransactWriteItem {
  if (untilMs > nowMs + HOLD_MAX_MS) {
    throw new RangeError(
      `A hold of ${untilMs - nowMs} ms was asked for, expected at most ${HOLD_MAX_MS} ms: check HOLD_SECONDS.`,
    );
  }
  const free = noHoldLasts(nowMs);
  return {
    Update: {
      TableName: tableName,
      Key: keyOf(restaurantId, ALL_TIME),
      UpdateExpression: 'SET #heldUntil = :until ADD #revision :one',
      ConditionExpression: `attribute_exists(#revision) AND (${free.condition})`,
      ExpressionAttributeNames: { '#revision': schema.revision, ...free.names },
      ExpressionAttributeValues: { ':until': { N: String(untilMs) }, ':one': { N: '1' }, ...free.values },
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
      Key: keyOf(restaurantId, ALL_TIME),
      UpdateExpression: 'REMOVE #heldUntil ADD #revision :one',
      ConditionExpression: '#heldUntil = :until',
      ExpressionAttributeNames: { '#revision': schema.revision, '#heldUntil': schema.heldUntil },
      ExpressionAttributeValues: { ':until': { N: String(untilMs) }, ':one': { N: '1' } },
    },
  };
}

function correctionOf(
  restaurantId: RestaurantId,
  { window, was, count, rankingKey, expiresAt }: RowCorrection,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): TransactWriteItem {
  const { condition, values } = stillAt(was);
  const set = 'SET #count = :count, #revision = :next, #rankingKey = :rankingKey, #updatedAt = :now';
  return {
    Update: {
      TableName: tableName,
      Key: keyOf(restaurantId, window),
      UpdateExpression:
        expiresAt === undefined ? `${set} REMOVE #expiresAt` : `${set}, #expiresAt = :expiresAt`,
      ConditionExpression: condition,
      ExpressionAttributeNames: {
        '#count': schema.favouriteCount,
        '#revision': schema.revision,
        '#rankingKey': schema.rankingKey,
        '#updatedAt': schema.updatedAt,
        '#expiresAt': schema.expiresAt,
      },
      ExpressionAttributeValues: {
        ':count': { N: String(count) },
        ':next': { N: nextRevision(was) },
        ':rankingKey': { S: rankingKey },
        ':now': { S: new Date(nowMs).toISOString() },
        ...(expiresAt === undefined ? {} : { ':expiresAt': { N: String(expiresAt) } }),
        ...values,
      },
    },
  };
}

/** That the row's revision is what was read. One that is damaged has no value to compare: its type must do. */
function stillAt(revision: Revision): {
  readonly condition: string;
  readonly values: Record<string, AttributeValue>;
} {
  switch (revision) {
    case NO_REVISION:
      return { condition: 'attribute_not_exists(#revision)', values: {} };
    case DAMAGED_REVISION:
      return {
        condition: 'attribute_exists(#revision) AND NOT attribute_type(#revision, :number)',
        values: { ':number': { S: 'N' } },
      };
    default:
      return { condition: '#revision = :was', values: { ':was': { N: revision } } };
  }
}

function keyOf(restaurantId: RestaurantId, window: TimeWindow): Record<string, AttributeValue> {
  return { [schema.partitionKey]: { S: restaurantId }, [schema.sortKey]: { S: window } };
}
