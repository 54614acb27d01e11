/**
 * The condition of a register's Put. DynamoDB evaluates it in place of the rules in src/counting, so this
 * test checks that both always agree. The contract tests show that the engine accepts the expression.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyEvent,
  countedBy,
  type FavouriteChange,
  type StoredRegister,
} from '../../../src/counting/counted-favourite.ts';
import { healOf } from '../../../src/counting/drift.ts';
import { EMPTY_POSITION } from '../../../src/counting/stream-position.ts';
import { readRegister, registerPut } from '../../../src/tables/counted-favourites.ts';
import { isConditionMet } from '../../support/condition-expression.ts';
import { isSameRegister } from '../../support/memory-store.ts';
import { changeFrom, eventFrom, favouriteKey, position } from '../../support/favourite-changes.ts';

const settings = { tableName: 'registers', nowMs: Date.UTC(2024, 0, 1) };
const AUGUST = '2022-08-01T12:00:00Z';
const putOf = (register: StoredRegister | undefined) =>
  registerPut(healOf({ key: favouriteKey(), favourite: undefined, register }), settings);
/** The expression with its placeholders replaced by names and values. */
const conditionOf = (register: StoredRegister | undefined): string => {
  const put = putOf(register);
  const parts = { ...put.ExpressionAttributeNames, ...put.ExpressionAttributeValues };
  return Object.entries(parts).reduce(
    (text, [name, value]) => text.replaceAll(name, typeof value === 'string' ? value : (value.S ?? '?')),
    put.ConditionExpression ?? '',
  );
};

describe('the condition of heal, as an expression,', () => {
  it('holds while a missing register is still missing', () => {
    expect(conditionOf(undefined)).toBe('attribute_not_exists(restaurant_id)');
    expect(putOf(undefined)).not.toHaveProperty('ExpressionAttributeValues');
  });

  it('holds while position and created_at are unchanged', () => {
    expect(conditionOf({ position: position(5), createdAt: AUGUST, expires: false })).toBe(
      `attribute_exists(restaurant_id) AND stream_position = ${position(5)} AND created_at = ${AUGUST}`,
    );
  });

  it('holds while a tombstone still has no created_at', () => {
    expect(conditionOf({ position: position(5), createdAt: undefined, expires: true })).toBe(
      `attribute_exists(restaurant_id) AND stream_position = ${position(5)}` +
        ' AND attribute_not_exists(created_at)',
    );
  });

  it('holds while a missing attribute is still missing and a damaged attribute is still not a string', () => {
    expect(conditionOf({ position: undefined, createdAt: null, expires: false })).toBe(
      'attribute_exists(restaurant_id) AND attribute_not_exists(stream_position)' +
        ' AND attribute_exists(created_at) AND NOT attribute_type(created_at, S)',
    );
  });

  it('names no unused attributes or values, because DynamoDB rejects them', () => {
    const registers = [undefined, null, AUGUST].flatMap((createdAt) =>
      [undefined, null, position(5)].map((at) => ({ position: at, createdAt, expires: false })),
    );
    for (const put of [undefined, ...registers].map(putOf)) {
      const names = Object.keys({ ...put.ExpressionAttributeNames, ...put.ExpressionAttributeValues });
      for (const name of names) expect(put.ConditionExpression).toMatch(new RegExp(`${name}\\b`));
    }
  });
});

type Item = Readonly<Record<string, AttributeValue>>;

const SEPTEMBER = '2022-09-01T12:00:00Z';
const keys = { restaurant_id: { S: 'osteria' }, user_id: { S: 'ada' } };
/** Positions written by events, heal and damage. Half of them equal the position of an event below. */
const positionTexts = fc.oneof(
  fc.nat({ max: 4 }).map(position),
  fc.constantFrom<string>(EMPTY_POSITION, '', 'zzz', '2022', '2023#1'),
  fc.string({ unit: 'binary' }),
);
const attribute = (texts: fc.Arbitrary<string>, damage: AttributeValue): fc.Arbitrary<AttributeValue> =>
  fc.oneof(
    { weight: 9, arbitrary: texts.map((S) => ({ S })) },
    { weight: 1, arbitrary: fc.constant(damage) },
  );
const createdAts = fc.constantFrom(AUGUST, SEPTEMBER);
const damagedItems: fc.Arbitrary<Item | undefined> = fc.option(
  fc
    .record(
      {
        stream_position: attribute(positionTexts, { N: '7' }),
        created_at: attribute(createdAts, { BOOL: true }),
        expires_at: fc.constant({ N: '1' }),
      },
      { requiredKeys: [] },
    )
    .map((attributes): Item => ({ ...keys, ...attributes })),
  { nil: undefined, freq: 9 },
);
/** Without attributes of a wrong type: an event fails on such a register until heal has replaced it. */
const readableItems = damagedItems.filter(
  (item) => item?.['stream_position']?.N === undefined && item?.['created_at']?.BOOL === undefined,
);
const events = fc
  .record({ sequence: fc.nat({ max: 4 }), mark: fc.option(createdAts, { nil: undefined }) })
  .map(({ sequence, mark }) => eventFrom({ sequence, ...(mark !== undefined && { mark }) }));
const registerIn = (item: Item | undefined) => item && readRegister(item);

describe('the condition of an event', () => {
  const putOfEvent = (event: ReturnType<typeof eventFrom>, counting: StoredRegister | undefined) => {
    const change = changeFrom({ sequence: 0 });
    const requires = { kind: 'older-than-event', event, counting: countedBy(counting) } as const;
    return registerPut({ ...change, requires } satisfies FavouriteChange, settings);
  };

  it('always agrees with applyEvent if the register counts the expected created_at', () => {
    fc.assert(
      fc.property(readableItems, events, (item, event) => {
        const register = registerIn(item);
        const isApplied = applyEvent(register, event).kind === 'applied';
        expect(isConditionMet(putOfEvent(event, register), item)).toBe(isApplied);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never holds if the register counts another created_at', () => {
    fc.assert(
      fc.property(readableItems, readableItems, events, (item, other, event) => {
        fc.pre(countedBy(registerIn(item)) !== countedBy(registerIn(other)));
        expect(isConditionMet(putOfEvent(event, registerIn(other)), item)).toBe(false);
      }),
    );
  });
});

describe('the condition of heal', () => {
  it('always holds exactly when the register still has the position and created_at that were read', () => {
    fc.assert(
      fc.property(damagedItems, damagedItems, fc.boolean(), (read, other, isUnmoved) => {
        const item = isUnmoved ? read : other;
        // Only damage changes `expires` alone, and heal overwrites it.
        const [before, now] = [registerIn(read), registerIn(item)].map(
          (register) => register && { ...register, expires: false },
        );
        expect(isConditionMet(putOf(registerIn(read)), item)).toBe(isSameRegister(before, now));
      }),
      { numRuns: 2_000 },
    );
  });
});
