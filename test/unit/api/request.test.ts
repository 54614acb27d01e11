import { describe, expect, it } from '@jest/globals';
import { checkLimit } from '../../../src/client/input.ts';
import { readLimit, readQuery } from '../../../src/api/request.ts';

const known = ['limit', 'cursor'];

describe('a query string', () => {
  it.each([
    ['', {}],
    ['limit=5', { limit: '5' }],
    ['limit=5&cursor=a', { limit: '5', cursor: 'a' }],
    ['cursor=', { cursor: '' }],
    ['cursor=a=b', { cursor: 'a=b' }],
    ['%6Cimit=5', { limit: '5' }],
    ['cursor=a+b%20%26%C3%A9', { cursor: 'a b &é' }],
  ])('%j is accepted', (raw, query) => {
    expect(readQuery(raw, known)).toEqual(query);
  });

  it.each([
    ['offset=1', 'must be name=value, with the name limit or cursor'],
    ['Limit=1', 'must be name=value'],
    ['limit', 'must be name=value'],
    ['limit=1&', 'must be name=value'],
    ['&', 'must be name=value'],
    ['=', 'must be name=value'],
    ['__proto__=1', 'must be name=value'],
    ['limit=1&limit=1', 'more than once'],
    ['limit=1&%6Cimit=2', 'more than once'],
    ['limit=%', 'invalid percent escape'],
    ['limit=%E9', 'invalid percent escape'],
    ['%GG=1', 'invalid percent escape'],
  ])('%j gets 400', (raw, message) => {
    expect(() => readQuery(raw, known)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(message) }),
    );
  });

  it('must be empty when the path takes no parameters', () => {
    expect(() => readQuery('limit=1', [])).toThrow('this path takes no query parameters');
    expect(readQuery('', [])).toEqual({});
  });
});

describe('a limit', () => {
  it.each([
    [undefined, undefined],
    ['1', 1],
    ['20', 20],
    ['100', 100],
  ])('of %j is parsed as %j', (limit, expected) => {
    expect(readLimit(limit === undefined ? {} : { limit })).toBe(expected);
  });

  it.each([
    '',
    '0',
    '101',
    '1000',
    '-1',
    '+1',
    '1.0',
    '1e1',
    ' 1',
    '01',
    '0x10',
    '١',
    'ten',
    '9'.repeat(5_000),
  ])('is no number if it is %j', (limit) => {
    const number = readLimit({ limit }) as number;
    expect(() => checkLimit(number)).toThrow('limit must be a whole number from 1 to 100');
  });
});
