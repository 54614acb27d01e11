/** The filter of the pipe, as EventBridge judges the records of tables of several shapes. */
import { describe, expect, it } from '@jest/globals';
import { eventFilter } from '../../infra/constructs/aggregation-pipe.ts';
import { compileFilter } from '../../infra/local/emulator/pipe/event-pattern.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';

const source = (key: Source['key'], others: Partial<Source> = {}): Source => ({
  key,
  createdAt: 'none',
  ...others,
});
const singleTable = source([
  { name: 'PK', type: 'S', pattern: 'USER#{user}' },
  { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
]);
const numbered = source([
  { name: 'user_id', type: 'N', pattern: '{user}' },
  { name: 'restaurant_id', type: 'N', pattern: '{restaurant}' },
]);
const numberedKeys = { user_id: { N: '7' }, restaurant_id: { N: '42' } };

const passes = (pattern: object, eventName: string, Keys: object): boolean =>
  compileFilter([JSON.stringify(pattern)])({ eventName, dynamodb: { Keys, SequenceNumber: '1' } });
const eventsPassing = (of: Source, Keys: object): readonly string[] =>
  ['INSERT', 'MODIFY', 'REMOVE'].filter((eventName) => passes(eventFilter(of), eventName, Keys));

describe('the filter of the pipe', () => {
  it('drops updates where no update changes a count', () => {
    const keys = { restaurant_id_user_id: { S: 'r1#ada' } };
    expect(eventsPassing(defaultSource, keys)).toEqual(['INSERT', 'REMOVE']);
  });

  it.each([
    ['the source says so', { ...defaultSource, updates: true }],
    ['a flag decides what counts', { ...defaultSource, countedWhen: { attribute: 'gone', exists: false } }],
    [
      'the restaurant is no part of the key',
      source([{ name: 'restaurant_id_user_id', type: 'S' }], { restaurant: { attribute: 'r' } }),
    ],
  ])('passes updates if %s', (_, of) => {
    const keys = { restaurant_id_user_id: { S: 'r1#ada' } };
    expect(eventsPassing(of, keys)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
  });

  it.each([
    ['a favourite', { PK: { S: 'USER#ada' }, SK: { S: 'FAV#r1' } }, true],
    ['another item of a user', { PK: { S: 'USER#ada' }, SK: { S: 'ORDER#r1' } }, false],
    ['an item of something else', { PK: { S: 'SHOP#1' }, SK: { S: 'FAV#r1' } }, false],
  ])('decides on %s of a table of many kinds by its keys', (_, keys, expected) => {
    expect(passes(eventFilter(singleTable), 'INSERT', keys)).toBe(expected);
  });

  it('passes keys that are numbers, which a numeric filter would drop because they arrive as text', () => {
    expect(eventsPassing(numbered, numberedKeys)).toEqual(['INSERT', 'REMOVE']);
    const numeric = { dynamodb: { Keys: { user_id: { N: [{ numeric: ['>=', 0] }] } } } };
    expect(passes({ ...eventFilter(numbered), ...numeric }, 'INSERT', numberedKeys)).toBe(false);
  });
});
