import { describe, expect, it } from '@jest/globals';
import { parseCounterId } from '../../../infra/shadow/counter-id.ts';

const key = [
  { name: 'PK', type: 'S' },
  { name: 'SK', type: 'S' },
];

describe('--counter-id', () => {
  it('reads the restaurant in an attribute, as text or as a number', () => {
    const { restaurantOf } = parseCounterId('restaurantId');
    expect(restaurantOf({ restaurantId: { S: 'r1' } })).toBe('r1');
    expect(restaurantOf({ restaurantId: { N: '17' } })).toBe('17');
    expect(restaurantOf({ other: { S: 'r1' } })).toBeUndefined();
  });

  it('reads the restaurant in a pattern, and leaves out other kinds of item', () => {
    const { restaurantOf } = parseCounterId('PK=REST#{restaurant},SK=META');
    expect(restaurantOf({ PK: { S: 'REST#r1' }, SK: { S: 'META' } })).toBe('r1');
    expect(restaurantOf({ PK: { S: 'REST#r1' }, SK: { S: 'REVIEW#u1' } })).toBeUndefined();
    expect(restaurantOf({ PK: { S: 'USER#r1' }, SK: { S: 'META' } })).toBeUndefined();
    expect(restaurantOf({ PK: { S: 'REST#' }, SK: { S: 'META' } })).toBeUndefined();
  });

  it('writes the key of a restaurant if it says all of it', () => {
    const whole = parseCounterId('PK=REST#{restaurant},SK=META');
    expect(whole.covers(key)).toBe(true);
    expect(whole.valuesOf(key, 'r1')).toEqual({ PK: { S: 'REST#r1' }, SK: { S: 'META' } });
    const partition = parseCounterId('PK=REST#{restaurant}');
    expect(partition.covers(key)).toBe(false);
    expect(partition.covers(key.slice(0, 1))).toBe(true);
  });

  it('writes a number only for an id that is one', () => {
    const { valuesOf } = parseCounterId('id');
    expect(valuesOf([{ name: 'id', type: 'N' }], '17')).toEqual({ id: { N: '17' } });
    expect(valuesOf([{ name: 'id', type: 'N' }], 'r1')).toBeUndefined();
  });

  it.each([
    ['PK=REST#', 'expected an attribute such as restaurantId, or {restaurant} once'],
    ['PK={restaurant},SK={restaurant}', 'or {restaurant} once'],
    ['PK={user}#{restaurant}', 'or {restaurant} once'],
    ['PK={venue}', 'the pattern of PK has {venue}'],
    ['PK={restaurant},PK=a', 'PK is named twice'],
    ['PK=', 'the pattern of PK is empty'],
  ])('refuses %s', (text, message) => {
    expect(() => parseCounterId(text)).toThrow(message);
  });
});
