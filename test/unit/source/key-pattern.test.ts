import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseKeyPattern } from '../../../src/counting/source/key-pattern.ts';

const read = (pattern: string, text: string) => parseKeyPattern(pattern).read(text);

describe('a key pattern', () => {
  it.each([
    ['{restaurant}#{user}', 'r1#u1', { restaurant: 'r1', user: 'u1' }],
    ['{user}:{restaurant}', 'u1:r1', { restaurant: 'r1', user: 'u1' }],
    ['USER#{user}', 'USER#u1', { user: 'u1' }],
    ['USER#{user}', 'USER#USER#', { user: 'USER#' }],
    ['FAV#{restaurant}', 'FAV#r1#META', { restaurant: 'r1#META' }],
    ['{restaurant}', ' r1 ', { restaurant: ' r1 ' }],
    ['u={user}&r={restaurant};', 'u=1&r=2;', { restaurant: '2', user: '1' }],
    ['PROFILE', 'PROFILE', {}],
  ])('%s reads the ids in %s', (pattern, text, ids) => {
    expect(read(pattern, text)).toEqual(ids);
  });

  it.each([
    ['FAV#{restaurant}', 'FAVS#r1'],
    ['FAV#{restaurant}', 'fav#r1'],
    ['FAV#{restaurant}', 'META'],
    ['FAV#{restaurant}', ''],
    ['{user}#FAV', 'u1#PROFILE'],
    ['ab{user}ba', 'aba'],
    ['USER#{user}#FAV#{restaurant}', 'USER#u1#PROFILE'],
    ['PROFILE', 'PROFILE#1'],
  ])('%s finds another kind of item in %j', (pattern, text) => {
    expect(read(pattern, text)).toBe('other');
  });

  it.each([
    ['{restaurant}#{user}', 'r1'],
    ['{restaurant}#{user}', '#u1'],
    ['{restaurant}#{user}', 'r1#'],
    ['{restaurant}#{user}', 'r1#u1#'],
    ['{restaurant}#{user}', 'a##b'],
    ['{restaurant}##{user}', 'a###b'],
    ['FAV#{restaurant}', 'FAV#'],
    ['F#{user}#R#{restaurant}', 'F#u#R#r#R#r'],
  ])('%s cannot read %j in one way only', (pattern, text) => {
    expect(read(pattern, text)).toBe('unreadable');
  });

  it.each([
    ['', /is empty/],
    ['{restaurant}{user}', /needs a literal between/],
    ['{user}{restaurant}#', /needs a literal between/],
    ['{user}#{user}', /the same id twice/],
    ['{post}', /\{post\}, but the only placeholders/],
    ['USER#{user', /only placeholders/],
    ['USER}#{user}', /only placeholders/],
  ])('%j is refused', (pattern, reason) => {
    expect(() => parseKeyPattern(pattern)).toThrow(reason);
  });

  it('always writes what it reads, and always reads what it writes or finds it ambiguous', () => {
    const literal = fc.string({ unit: fc.constantFrom('#', ':', 'a', 'F'), maxLength: 3 });
    const id = fc.string({ unit: fc.constantFrom('#', ':', 'a', 'F', 'é'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(literal, literal, literal, id, id, (prefix, between, suffix, restaurant, user) => {
        fc.pre(between !== '');
        const pattern = parseKeyPattern(`${prefix}{user}${between}{restaurant}${suffix}`);
        const text = pattern.write({ restaurant, user });
        const ids = pattern.read(text);
        if (typeof ids === 'object') expect(ids).toEqual({ restaurant, user });
        else expect(ids).toBe('unreadable');
      }),
    );
  });
});
