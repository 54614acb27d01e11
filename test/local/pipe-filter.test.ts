import { describe, expect, it } from '@jest/globals';
import { compileFilter } from '../../infra/local/emulator/pipe/event-pattern.ts';

const record = {
  eventName: 'INSERT',
  size: 7,
  isLocal: true,
  nothing: null,
  tags: ['red', 'green'],
  dynamodb: { Keys: { id: { S: 'r1#u1' } } },
};

const passes = (pattern: unknown): boolean => compileFilter([JSON.stringify(pattern)])(record);

describe('the filter of the local pipe', () => {
  it('passes everything without a pattern', () => {
    expect(compileFilter([])(record)).toBe(true);
  });

  it('passes a record that matches one of several patterns', () => {
    const filter = compileFilter(['{"eventName":["REMOVE"]}', '{"eventName":["INSERT"]}']);
    expect([record, { eventName: 'REMOVE' }, { eventName: 'MODIFY' }].map(filter)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each<[string, unknown, boolean]>([
    ['an exact value', { eventName: ['INSERT'] }, true],
    ['one of several values', { eventName: ['INSERT', 'REMOVE'] }, true],
    ['another value', { eventName: ['REMOVE'] }, false],
    ['another case', { eventName: ['insert'] }, false],
    ['an exact number', { size: [7] }, true],
    ['a number as a text', { size: ['7'] }, false],
    ['a boolean', { isLocal: [true] }, true],
    ['null', { nothing: [null] }, true],
    ['null for a field that is absent', { absent: [null] }, false],
    ['an element of an array', { tags: ['green'] }, true],
    ['a nested object', { dynamodb: { Keys: { id: { S: ['r1#u1'] } } } }, true],
    ['a nested object that is absent', { dynamodb: { NewImage: { id: { S: ['r1#u1'] } } } }, false],
    ['all fields together', { eventName: ['INSERT'], size: [8] }, false],
    ['prefix', { dynamodb: { Keys: { id: { S: [{ prefix: 'r1#' }] } } } }, true],
    ['another prefix', { dynamodb: { Keys: { id: { S: [{ prefix: 'r2#' }] } } } }, false],
    ['suffix', { eventName: [{ suffix: 'ERT' }] }, true],
    ['equals-ignore-case', { eventName: [{ 'equals-ignore-case': 'insert' }] }, true],
    ['exists', { size: [{ exists: true }] }, true],
    ['exists for a field that is absent', { absent: [{ exists: true }] }, false],
    ['exists false', { absent: [{ exists: false }] }, true],
    ['exists false for a field that is there', { size: [{ exists: false }] }, false],
    ['anything-but', { eventName: [{ 'anything-but': 'MODIFY' }] }, true],
    ['anything-but the value', { eventName: [{ 'anything-but': ['INSERT', 'MODIFY'] }] }, false],
    ['anything-but for a field that is absent', { absent: [{ 'anything-but': 'x' }] }, false],
    ['anything-but a prefix', { eventName: [{ 'anything-but': { prefix: 'INS' } }] }, false],
    ['numeric', { size: [{ numeric: ['>', 0, '<=', 7] }] }, true],
    ['numeric out of range', { size: [{ numeric: ['<', 7] }] }, false],
    ['numeric on a text', { eventName: [{ numeric: ['=', 7] }] }, false],
  ])('decides on %s as EventBridge does', (_, pattern, expected) => {
    expect(passes(pattern)).toBe(expected);
  });

  it.each<[string, string, string]>([
    ['not JSON', '{eventName}', 'is not JSON'],
    ['not an object', '["INSERT"]', 'expected a JSON object'],
    ['a value outside an array', '{"eventName":"INSERT"}', '$.eventName: expected an array of alternatives'],
    ['no alternatives', '{"eventName":[]}', '$.eventName: expected an array of alternatives'],
    ['no fields', '{"dynamodb":{}}', '$.dynamodb: expected at least one field'],
    [
      'an unknown operator',
      '{"a":{"b":[{"cidr":"10.0.0.0/8"}]}}',
      '$.a.b: {"cidr":"10.0.0.0/8"} is not supported',
    ],
    ['wildcard', '{"a":[{"wildcard":"x*"}]}', '{"wildcard":"x*"} is not supported'],
    ['$or', '{"a":{"$or":[{"b":[1]}]}}', '$or is not supported'],
    ['$or at the top', '{"$or":[{"b":[1]},{"c":[2]}]}', '$or is not supported'],
    ['an operand of the wrong type', '{"a":[{"prefix":1}]}', '{"prefix":1} is not supported'],
    ['exists of a text', '{"a":[{"exists":"yes"}]}', '{"exists":"yes"} is not supported'],
    ['an unknown comparison', '{"a":[{"numeric":["!=",1]}]}', 'is not supported'],
    ['two operators in one', '{"a":[{"prefix":"x","suffix":"y"}]}', 'is not supported'],
  ])('refuses %s as unsupported', (_, pattern, message) => {
    expect(() => compileFilter([pattern])).toThrow(message);
  });
});
