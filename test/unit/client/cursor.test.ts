import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeRankingCursor,
  decodeUserCursor,
  encodeRankingCursor,
  encodeUserCursor,
} from '../../../src/client/cursor.ts';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import type { UserId } from '../../../src/tables/favourites.ts';
import type { RankingPosition } from '../../../src/counting/ranking.ts';
import type { TimeWindow } from '../../../src/counting/time-window.ts';

const ada = 'ada' as UserId;
const refusal = 'this cursor belongs to another query; start again without one';
const query = { window: 'AUG_2022' as TimeWindow, shards: 10 };
const position: RankingPosition = {
  favouriteCount: 57,
  shard: 3,
  restaurantId: 'osteria' as RestaurantId,
  rank: 12,
  seen: 14,
};
const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });
/** A cursor made of any fields, valid or not. */
const forged = (...fields: readonly string[]) =>
  fields.map((field) => Buffer.from(field).toString('base64url')).join('.');
const ranking = (fields: Readonly<Record<string, string>> = {}) => {
  const all = {
    version: '1',
    kind: 'ranking',
    window: 'AUG_2022',
    shards: '10',
    count: '57',
    shard: '3',
    rank: '12',
    seen: '14',
    restaurant: 'osteria',
  };
  return forged(...Object.values({ ...all, ...fields }));
};

describe('a cursor', () => {
  it('always parses back unchanged, and always has at most 8,192 characters, all URL-safe', () => {
    const positions = fc.record({
      favouriteCount: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      shard: fc.nat(9),
      restaurantId: text(600).map((id) => id as RestaurantId),
      rank: fc.integer({ min: 1, max: 1_000 }),
      seen: fc.integer({ min: 1_000, max: Number.MAX_SAFE_INTEGER }),
    });
    fc.assert(
      fc.property(positions, (written) => {
        const cursor = encodeRankingCursor(query, written);
        expect(cursor).toMatch(/^[\w.-]{1,8192}$/);
        expect(decodeRankingCursor(cursor, query)).toEqual(written);
      }),
    );
    fc.assert(
      fc.property(text(64), text(500), text(200), (user, key, createdAt) => {
        const cursor = encodeUserCursor(user as UserId, { key, createdAt });
        expect(cursor).toMatch(/^[\w.-]{1,8192}$/);
        expect(decodeUserCursor(cursor, user as UserId)).toEqual({ key, createdAt });
      }),
    );
  });

  it('is short enough even with the longest keys of a table', () => {
    const key = '\u0001'.repeat(2_048);
    const cursor = encodeUserCursor('a'.repeat(256) as UserId, { key, createdAt: '\u0001'.repeat(1_024) });
    expect(cursor.length).toBeLessThanOrEqual(8_192);
    expect(decodeUserCursor(cursor, 'a'.repeat(256) as UserId)?.key).toBe(key);
  });

  it('is not needed for the first page', () => {
    expect(decodeRankingCursor(undefined, query)).toBeUndefined();
    expect(decodeUserCursor(undefined, ada)).toBeUndefined();
  });

  it('is rejected by any other query', () => {
    const cursor = encodeRankingCursor(query, position);
    expect(cursor).toBe(ranking());
    expect(decodeRankingCursor(cursor, query)).toEqual(position);
    expect(() => decodeRankingCursor(cursor, { ...query, window: 'JUL_2022' as TimeWindow })).toThrow(
      refusal,
    );
    expect(() => decodeRankingCursor(cursor, { ...query, shards: 11 })).toThrow(refusal);
    const own = encodeUserCursor(ada, { key: 'osteria#ada', createdAt: '2022-08-01T12:00:00.000Z' });
    expect(() => decodeUserCursor(own, 'bob' as UserId)).toThrow(refusal);
    expect(() => decodeUserCursor(cursor, ada)).toThrow(refusal);
    expect(() => decodeRankingCursor(own, query)).toThrow(refusal);
  });

  it.each([
    ['another version', { version: '2' }],
    ['another kind', { kind: 'Ranking' }],
    ['a shard that does not exist', { shard: '10' }],
    ['a negative shard', { shard: '-1' }],
    ['a fractional shard', { shard: '1.5' }],
    ['a count of 0', { count: '0' }],
    ['a count that is not a number', { count: 'NaN' }],
    ['an infinite count', { count: 'Infinity' }],
    ['a count above the safe integers', { count: '9007199254740993' }],
    ['a count with a leading zero', { count: '057' }],
    ['a hexadecimal count', { count: '0x39' }],
    ['no count', { count: '' }],
    ['a rank of 0', { rank: '0' }],
    ['a rank beyond the number of rows seen', { rank: '15' }],
    ['no rows seen', { seen: '0', rank: '0' }],
    ['no restaurant', { restaurant: '' }],
    ['a restaurant longer than a key', { restaurant: 'a'.repeat(2_049) }],
    ['an extra field', { more: 'x' }],
  ])('is rejected with %s', (_, fields) => {
    expect(() => decodeRankingCursor(ranking(fields), query)).toThrow(refusal);
  });

  it.each([
    ['no key', forged('1', 'favourites', 'ada', '', 'x')],
    ['a key that is too long', forged('1', 'favourites', 'ada', 'a'.repeat(2_049), 'x')],
    ['no created_at', forged('1', 'favourites', 'ada', 'osteria#ada', '')],
    ['a created_at that is too long', forged('1', 'favourites', 'ada', 'osteria#ada', 'a'.repeat(1_025))],
    ['a field missing', forged('1', 'favourites', 'ada', 'osteria#ada')],
  ])('of a list of favourites is rejected with %s', (_, cursor) => {
    expect(() => decodeUserCursor(cursor, ada)).toThrow(refusal);
  });

  it('is rejected when other characters encode the same bytes', () => {
    const cursor = ranking();
    for (const other of [
      `${cursor}=`,
      ` ${cursor}`,
      `${cursor}.`,
      cursor.replaceAll('.', '..'),
      cursor.toLowerCase(),
      `${cursor}\n`,
    ]) {
      expect(() => decodeRankingCursor(other, query)).toThrow(refusal);
    }
    // The last two bits of `MQ` are 0 and unused.
    expect(() => decodeRankingCursor(cursor.replace(/^MQ/, 'MR'), query)).toThrow(refusal);
  });

  it('always rejects arbitrary text with the same error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (any) => {
        expect(() => decodeRankingCursor(any, query)).toThrow(refusal);
        expect(() => decodeUserCursor(any, ada)).toThrow(refusal);
      }),
    );
  });

  it('is rejected without being decoded when it is longer than any cursor', () => {
    expect(() => decodeUserCursor('A'.repeat(1_000_000), ada)).toThrow(refusal);
  });
});
