/** The conditions of heal's Puts, as DynamoDB is told them; the engine test shows that it takes them so. */
import { describe, expect, it } from '@jest/globals';
import { healOf } from '../../../src/counting/drift-heal.ts';
import type { StoredRegister } from '../../../src/counting/stored-register.ts';
import { registerPut } from '../../../src/tables/counted-favourites.ts';
import { favouriteKey, position } from '../../support/favourite-changes.ts';

const AUGUST = '2022-08-01T12:00:00Z';
const putOf = (register: StoredRegister | undefined) =>
  registerPut(healOf({ key: favouriteKey(), favourite: undefined, register }), {
    tableName: 'registers',
    nowMs: Date.UTC(2024, 0, 1),
  });
/** The expression with its names and values put in. */
const conditionOf = (register: StoredRegister | undefined): string => {
  const put = putOf(register);
  const parts = { ...put.ExpressionAttributeNames, ...put.ExpressionAttributeValues };
  return Object.entries(parts).reduce(
    (text, [name, value]) => text.replaceAll(name, typeof value === 'string' ? value : (value.S ?? '?')),
    put.ConditionExpression ?? '',
  );
};

describe('the Put of a healed register holds only', () => {
  it('while there is none, where there was none', () => {
    expect(conditionOf(undefined)).toBe('attribute_not_exists(restaurant_id)');
    expect(putOf(undefined)).not.toHaveProperty('ExpressionAttributeValues');
  });

  it('while position and created_at are the very same', () => {
    expect(conditionOf({ position: position(5), createdAt: AUGUST, expires: false })).toBe(
      `attribute_exists(restaurant_id) AND stream_position = ${position(5)} AND created_at = ${AUGUST}`,
    );
  });

  it('while a tombstone is one', () => {
    expect(conditionOf({ position: position(5), createdAt: undefined, expires: true })).toBe(
      `attribute_exists(restaurant_id) AND stream_position = ${position(5)} AND attribute_not_exists(created_at)`,
    );
  });

  it('while what is missing is missing and what is no text is none', () => {
    expect(conditionOf({ position: undefined, createdAt: null, expires: false })).toBe(
      'attribute_exists(restaurant_id) AND attribute_not_exists(stream_position)' +
        ' AND attribute_exists(created_at) AND NOT attribute_type(created_at, S)',
    );
  });

  it('and names and gives nothing that its expression does not use, which DynamoDB would refuse', () => {
    const registers = [undefined, null, AUGUST].flatMap((createdAt) =>
      [undefined, null, position(5)].map((at) => ({ position: at, createdAt, expires: false })),
    );
    for (const put of [undefined, ...registers].map(putOf)) {
      const names = Object.keys({ ...put.ExpressionAttributeNames, ...put.ExpressionAttributeValues });
      for (const name of names) expect(put.ConditionExpression).toMatch(new RegExp(`${name}\\b`));
    }
  });
});
