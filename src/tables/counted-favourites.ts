/**
 * CountedFavourites, the registers: how a register is read, and the conditional Put that replaces it as a
 * whole (I2).
 */
import type { AttributeValue, Put } from '@aws-sdk/client-dynamodb';
import {
  countedBy,
  type FavouriteChange,
  type Requirement,
  type StoredRegister,
  type StoredText,
} from '../counting/counted-favourite.ts';
import type { RegisterKey, RestaurantId, RowId } from '../counting/register-key.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import type { Item, Rows } from './dynamodb/scan.ts';
import { countedFavouritesTable as schema } from './schema.ts';

/**
 * Days that a tombstone is kept after its commit: longer than the stream (1 day) and the dead letters (14
 * days) can replay the events that it must make stale.
 */
const TOMBSTONE_DAYS = 30;
const DAY_SECONDS = 86_400;

/** A register as stored, which may be damaged. */
export function readRegister(item: Item): StoredRegister {
  return {
    position: textOf(item[schema.streamPosition]),
    createdAt: textOf(item[schema.createdAt]),
    expires: item[schema.expiresAt] !== undefined,
  };
}

export interface KeyedRegister {
  readonly key: RegisterKey;
  readonly register: StoredRegister;
}

export const keyedRegisters: Rows<KeyedRegister> = {
  keyNames: [schema.partitionKey, schema.sortKey],
  read: (item) => ({
    key: {
      restaurantId: (item[schema.partitionKey]?.S ?? '') as RestaurantId,
      rowId: (item[schema.sortKey]?.S ?? '') as RowId,
    },
    register: readRegister(item),
  }),
};

/** What one register contributes to the counts of its restaurant. */
export interface CountedRegister {
  readonly restaurantId: RestaurantId;
  /** Undefined: not counted. */
  readonly createdAt: CreatedAt | undefined;
}

export const countedRegisters: Rows<CountedRegister> = {
  keyNames: keyedRegisters.keyNames,
  attributes: [...keyedRegisters.keyNames, schema.createdAt],
  read: (item) => {
    const { key, register } = keyedRegisters.read(item);
    return { restaurantId: key.restaurantId, createdAt: countedBy(register) };
  },
};

export function registerKeyOf({ restaurantId, rowId }: RegisterKey) {
  return { [schema.partitionKey]: { S: restaurantId }, [schema.sortKey]: { S: rowId } };
}

/** A condition on the register that a Put replaces, and the values that it uses. */
interface Condition {
  readonly text: string;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

/** Puts `next`, on condition that the register in the table meets the requirement of the change. */
export function registerPut(
  { key, next, requires }: FavouriteChange,
  { tableName, nowMs }: { readonly tableName: string; readonly nowMs: number },
): Put {
  const condition = requires.kind === 'exactly' ? isExactly(requires.register) : isOlderThanEvent(requires);
  return {
    TableName: tableName,
    Item: {
      ...registerKeyOf(key),
      [schema.streamPosition]: { S: next.position },
      ...(next.createdAt === undefined
        ? { [schema.expiresAt]: { N: String(Math.floor(nowMs / 1000) + TOMBSTONE_DAYS * DAY_SECONDS) } }
        : { [schema.createdAt]: { S: next.createdAt } }),
    },
    ConditionExpression: condition.text,
    ...(Object.keys(condition.values).length > 0 && { ExpressionAttributeValues: condition.values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

// No attribute of this table is a reserved word of DynamoDB: the expressions name them directly.
const isOlder = `(attribute_not_exists(${schema.streamPosition}) OR ${schema.streamPosition} < :position)`;
const isUncountedAndOlder = `attribute_not_exists(${schema.createdAt}) AND ${isOlder}`;
const isCountedAndOlder = `${schema.createdAt} = :counting AND ${isOlder}`;

/**
 * `applyEvent` as a condition expression, which also checks that the register counts what the deltas assume.
 * A property in test/unit/tables/register-condition.test.ts checks that both give the same answers.
 */
function isOlderThanEvent({
  event,
  counting,
}: Extract<Requirement, { readonly kind: 'older-than-event' }>): Condition {
  const position = { ':position': { S: event.position } };
  return counting === undefined
    ? { text: isUncountedAndOlder, values: position }
    : { text: isCountedAndOlder, values: { ...position, ':counting': { S: counting } } };
}

/** The register, sound or damaged, has not changed since it was read. */
function isExactly(register: StoredRegister | undefined): Condition {
  if (register === undefined) return { text: `attribute_not_exists(${schema.partitionKey})`, values: {} };
  const position = isUnchanged(schema.streamPosition, ':position', register.position);
  const createdAt = isUnchanged(schema.createdAt, ':createdAt', register.createdAt);
  return {
    text: `attribute_exists(${schema.partitionKey}) AND ${position.text} AND ${createdAt.text}`,
    values: { ...position.values, ...createdAt.values },
  };
}

function isUnchanged(name: string, value: string, text: StoredText): Condition {
  if (text === undefined) return { text: `attribute_not_exists(${name})`, values: {} };
  if (text === null) {
    return {
      text: `attribute_exists(${name}) AND NOT attribute_type(${name}, :text)`,
      values: { ':text': { S: 'S' } },
    };
  }
  return { text: `${name} = ${value}`, values: { [value]: { S: text } } };
}

function textOf(value: AttributeValue | undefined): StoredText {
  return value === undefined ? undefined : (value.S ?? null);
}
