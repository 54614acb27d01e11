/** CountedFavourites, the registers: what one holds, and the conditional Put that replaces it whole (I2). */
import type { AttributeValue, Put } from '@aws-sdk/client-dynamodb';
import type { FavouriteChange } from '../commit/plan.ts';
import type { Register } from '../counting/counted-favourite.ts';
import type { StoredRegister, StoredText } from '../counting/stored-register.ts';
import type { StreamPosition } from '../counting/stream-position.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import { countedFavouritesTable as schema } from './schema.ts';

/**
 * Days that a tombstone outlives its commit: longer than anything that can replay what it guards against, the
 * stream (1 day) and the dead letters (14 days).
 */
const TOMBSTONE_DAYS = 30;
const DAY_SECONDS = 86_400;

/** A condition on the register that a Put replaces, with the values that it uses. */
interface Condition {
  readonly text: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

/** The register after `change`, on condition that the one before is what the change was planned from. */
export function registerPut(
  change: FavouriteChange,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): Put {
  const { key, next, guard } = change;
  const condition = guard === undefined ? olderAndAsExpected(change) : exactly(guard.register);
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
    ConditionExpression: condition.text,
    ExpressionAttributeNames: namesIn(condition.text),
    ...(Object.keys(condition.values).length > 0 && { ExpressionAttributeValues: condition.values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

/** For an event: the register is older than it, and counts what the event expects. */
function olderAndAsExpected({ next, expected }: FavouriteChange): Condition {
  const older = '(attribute_not_exists(#position) OR #position < :position)';
  const position = { ':position': { S: next.position } };
  return expected === undefined
    ? { text: `attribute_not_exists(#createdAt) AND ${older}`, values: position }
    : { text: `#createdAt = :expected AND ${older}`, values: { ...position, ':expected': { S: expected } } };
}

/** For heal: nothing has touched the register since it was read, be it sound or damaged. */
function exactly(register: StoredRegister | undefined): Condition {
  if (register === undefined) return { text: 'attribute_not_exists(#restaurantId)', values: {} };
  const position = unchanged('#position', ':position', register.position);
  const createdAt = unchanged('#createdAt', ':createdAt', register.createdAt);
  return {
    text: `attribute_exists(#restaurantId) AND ${position.text} AND ${createdAt.text}`,
    values: { ...position.values, ...createdAt.values },
  };
}

function unchanged(name: string, value: string, text: StoredText): Condition {
  if (text === undefined) return { text: `attribute_not_exists(${name})`, values: {} };
  if (text === null) {
    return {
      text: `attribute_exists(${name}) AND NOT attribute_type(${name}, :text)`,
      values: { ':text': { S: 'S' } },
    };
  }
  return { text: `${name} = ${value}`, values: { [value]: { S: text } } };
}

/** DynamoDB refuses a name that the expression does not use. */
function namesIn(text: string): Record<string, string> {
  const names = {
    '#restaurantId': schema.partitionKey,
    '#position': schema.streamPosition,
    '#createdAt': schema.createdAt,
  };
  return Object.fromEntries(Object.entries(names).filter(([name]) => text.includes(name)));
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
