import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type DeadLetter,
  decodeDeadLetter,
  encodeDeadLetter,
  MESSAGE_BYTES_MAX,
} from '../../../src/dead-letters/dead-letter.ts';
import { markRecord, STREAM_ARN } from '../../support/stream-records.ts';

const letterOf = (record: unknown): DeadLetter => ({
  reason: 'unreadable-created-at',
  detail: 'expected RFC 3339',
  record,
});
/** Text that gzip cannot compress below three quarters of its length. */
const noise = (bytes: number) => randomBytes(bytes).toString('base64');
const mark = markRecord({ restaurantId: 'osteria', userId: 'ada' });
const markWith = (
  image: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> = {},
) => ({
  ...mark,
  dynamodb: { ...mark.dynamodb, NewImage: { ...mark.dynamodb.NewImage, ...image } },
  ...options,
});

describe('a dead letter', () => {
  it('always parses back with the record as it was delivered, for any JSON', () => {
    const characters = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
    const json = fc.oneof(
      fc.jsonValue(),
      characters,
      fc.array(characters),
      fc.dictionary(characters, characters),
    );
    fc.assert(
      fc.property(json, (value) => {
        // A delivered record was parsed from JSON, which has no -0, for example.
        const record: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeDeadLetter(encodeDeadLetter(letterOf(record)))).toEqual(letterOf(record));
      }),
    );
  });

  it.each([
    ['lone surrogates', 'a\ud800b\udc00c'],
    ['control characters, which SQS rejects', '\u0000\u0008\u000b\u001f\ufffe\uffff'],
    ['emoji', '🍮'],
  ])('keeps %s', (_, text) => {
    const letter = letterOf(markWith({ created_at: { S: text } }));
    expect(decodeDeadLetter(encodeDeadLetter(letter))).toEqual(letter);
  });

  it('contains only characters that SQS accepts', () => {
    expect(encodeDeadLetter(letterOf('\u0000\ud800'))).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
  });

  it('keeps a record complete if it fits when compressed', () => {
    const letter = letterOf(markWith({ filler: { S: 'x'.repeat(3 * MESSAGE_BYTES_MAX) } }));
    expect(decodeDeadLetter(encodeDeadLetter(letter))).toEqual(letter);
  });

  it('may be as large as an SQS message, 1 MiB', () => {
    expect(MESSAGE_BYTES_MAX).toBe(1_024 * 1_024);
  });

  it('is complete at exactly the limit, and truncated when the limit is one byte lower', () => {
    const letter = letterOf(markWith({ filler: { S: noise(5_000) } }));
    const size = encodeDeadLetter(letter).length;
    expect(decodeDeadLetter(encodeDeadLetter(letter, size))).toEqual(letter);
    expect(decodeDeadLetter(encodeDeadLetter(letter, size - 1))).toHaveProperty('truncated', true);
  });

  it('of a record too large for a message keeps its identity and reason, and is marked truncated', () => {
    const body = encodeDeadLetter(letterOf(markWith({ filler: { S: noise(2 * MESSAGE_BYTES_MAX) } })));
    expect(body.length).toBeLessThan(10_000);
    expect(decodeDeadLetter(body)).toEqual({
      reason: 'unreadable-created-at',
      detail: 'expected RFC 3339',
      truncated: true,
      eventID: mark.eventID,
      eventSourceARN: STREAM_ARN,
      sequenceNumber: mark.dynamodb.SequenceNumber,
      keys: mark.dynamodb.Keys,
    });
  });

  it('keeps keys of the largest size that DynamoDB accepts', () => {
    const key = `${'€'.repeat(341)}#${'€'.repeat(341)}`;
    const Keys = { restaurant_id_user_id: { S: key } };
    const record = { ...mark, dynamodb: { Keys, NewImage: { filler: { S: noise(2 * MESSAGE_BYTES_MAX) } } } };
    expect(decodeDeadLetter(encodeDeadLetter(letterOf(record)))).toHaveProperty('keys', Keys);
  });

  it('drops parts that are too long to identify a record, and keeps the rest', () => {
    const huge = noise(2 * MESSAGE_BYTES_MAX);
    const record = {
      ...mark,
      eventSourceARN: [huge],
      dynamodb: { ...mark.dynamodb, Keys: { restaurant_id_user_id: { S: huge } } },
    };
    expect(decodeDeadLetter(encodeDeadLetter(letterOf(record)))).toEqual({
      reason: 'unreadable-created-at',
      detail: 'expected RFC 3339',
      truncated: true,
      eventID: mark.eventID,
      sequenceNumber: mark.dynamodb.SequenceNumber,
    });
  });

  it('fits even when every identifying part has its maximum length', () => {
    const long = noise(12_000);
    const record = {
      eventID: long,
      eventSourceARN: long,
      dynamodb: { SequenceNumber: long, Keys: long, NewImage: noise(2 * MESSAGE_BYTES_MAX) },
    };
    const body = encodeDeadLetter(letterOf(record));
    expect(body.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    expect(decodeDeadLetter(body)).toMatchObject({ truncated: true, eventID: long, keys: long });
  });

  it.each([
    ['a text', 'text'],
    ['a list', ['list']],
    ['null', null],
  ])('that is truncated may contain %s, which has no properties', (_, start) => {
    const body = encodeDeadLetter(letterOf([start, noise(2 * MESSAGE_BYTES_MAX)]));
    expect(decodeDeadLetter(body)).toEqual({
      reason: 'unreadable-created-at',
      detail: 'expected RFC 3339',
      truncated: true,
    });
  });

  it.each([
    ['plain JSON, as in the messages of the pipe', '{"context":{}}'],
    ['base64 without gzip', Buffer.from('text').toString('base64')],
    ['no JSON inside', gzipSync('text').toString('base64')],
    ['nothing', ''],
  ])('is not accepted from a body of %s', (_, body) => {
    expect(() => decodeDeadLetter(body)).toThrow(SyntaxError);
    expect(() => decodeDeadLetter(body)).toThrow('not a dead letter of the aggregator');
  });

  it('is rejected before it inflates beyond the size of any record', () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1_048_576)).toString('base64');
    const before = process.memoryUsage().arrayBuffers;
    expect(() => decodeDeadLetter(bomb)).toThrow('inflates to more than 8388608 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1_048_576);
  });

  it.each([
    ['nested lists', '['.repeat(4_000_000) + ']'.repeat(4_000_000)],
    ['nested objects', '{"a":'.repeat(1_100_000) + '1' + '}'.repeat(1_100_000)],
    ['empty lists', `[${'[],'.repeat(2_600_000)}[]]`],
  ])('is rejected before it is parsed into more %s than any record has', (_, json) => {
    expect(json.length).toBeLessThan(8 * 1_048_576);
    const body = gzipSync(json).toString('base64');
    expect(() => decodeDeadLetter(body)).toThrow('more than 8388608 bytes or 1000000 objects and lists');
  });

  it('may contain an item of 400 KB of empty strings, the values that grow most in JSON', () => {
    const record = markWith({ list: { L: Array.from({ length: 400_000 }, () => ({ S: '' })) } });
    expect(decodeDeadLetter(encodeDeadLetter(letterOf(record)))).toEqual(letterOf(record));
  });

  it('is truncated when its JSON exceeds the limit of the decoder, however small its body would be', () => {
    const record = markWith({ note: { S: 'x'.repeat(9 * 1_048_576) } });
    expect(decodeDeadLetter(encodeDeadLetter(letterOf(record)))).toMatchObject({
      truncated: true,
      keys: mark.dynamodb.Keys,
    });
  });
});
