import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FavouriteEvent, parseFavouriteEvents } from '../../../src/counting/favourite-event.ts';
import type { RejectionReason } from '../../../src/counting/rejection.ts';
import { defaultMapping } from '../../support/favourite-changes.ts';
import { markRecord, STREAM_LABEL, streamArn, unmarkRecord } from '../../support/stream-records.ts';

const ids = { restaurantId: 'osteria', userId: 'ada' };
const mark = markRecord(ids);
const unmark = unmarkRecord(ids);
const registerKey = { restaurantId: 'osteria', rowId: 'ada' };
const parse = (record: unknown) => parseFavouriteEvents(record, defaultMapping);
const eventOf = (record: unknown): FavouriteEvent => {
  const { events, rejection } = parse(record);
  const [event] = events;
  if (event === undefined) throw new Error(`rejected: ${rejection?.reason}`);
  return event;
};
const reasonOf = (record: unknown): RejectionReason | 'event' => {
  const { events, rejection } = parse(record);
  if (rejection === undefined) return 'event';
  expect(events).toEqual([]);
  return rejection.reason;
};
/** The record with parts of its `dynamodb` member replaced; undefined removes a part. */
const changed = (record: typeof mark, parts: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(JSON.stringify({ ...record, dynamodb: { ...record.dynamodb, ...parts } }));
const withImage = (parts: Readonly<Record<string, unknown>>): unknown =>
  changed(mark, { NewImage: { ...mark.dynamodb.NewImage, ...parts } });
const withKey = (record: typeof mark, key: string): unknown => ({
  ...record,
  dynamodb: {
    ...record.dynamodb,
    Keys: { restaurant_id_user_id: { S: key } },
    NewImage: { created_at: { S: '2024-05-06T07:08:09Z' } },
  },
});

describe('a stream record of a mark', () => {
  it('becomes an event with its key, position, created_at and write time', () => {
    const record = markRecord({
      ...ids,
      createdAt: '2022-08-01T12:00:00Z',
      sequenceNumber: '5',
      writtenAtSeconds: 1.5,
    });
    expect(parse(record)).toEqual({
      rejection: undefined,
      events: [
        {
          key: registerKey,
          position: `${STREAM_LABEL}#${'5'.padStart(40, '0')}`,
          createdAt: '2022-08-01T12:00:00Z',
          previousCreatedAt: undefined,
          writtenAtMs: 1_500,
        },
      ],
    });
  });

  it('is accepted when its image has no ids', () => {
    expect(reasonOf(changed(mark, { NewImage: { created_at: { S: '2022-08-01T12:00:00Z' } } }))).toBe(
      'event',
    );
    expect(reasonOf(withImage({ restaurant_id: undefined }))).toBe('event');
    expect(reasonOf(withImage({ user_id: undefined }))).toBe('event');
  });

  it.each([
    ['restaurant', { restaurant_id: { S: 'trattoria' } }],
    ['user', { user_id: { S: 'bob' } }],
    ['restaurant in another case', { restaurant_id: { S: 'Osteria' } }],
    ['restaurant of another type', { restaurant_id: { BOOL: true } }],
    ['number that is not the restaurant', { restaurant_id: { N: '1' } }],
    ['user that is null', { user_id: { NULL: true } }],
    ['user and restaurant swapped', { restaurant_id: { S: 'ada' }, user_id: { S: 'osteria' } }],
  ])('is rejected when the ids in its image differ from its key: %s', (_, parts) => {
    expect(reasonOf(withImage(parts))).toBe('ids-disagree');
  });

  it.each([
    ['no created_at', { created_at: undefined }],
    ['an unreadable created_at', { created_at: { S: 'yesterday' } }],
    ['a day that does not exist', { created_at: { S: '2022-02-30T00:00:00Z' } }],
    ['a created_at that is a number', { created_at: { N: '1659355200' } }],
    ['a created_at that is not an attribute', { created_at: '2022-08-01T12:00:00Z' }],
    ['a created_at of null', { created_at: null }],
  ])('is rejected with %s', (_, parts) => {
    expect(reasonOf(withImage(parts))).toBe('unreadable-created-at');
  });

  it.each([undefined, null, 'image'])('is rejected with the new image %j', (NewImage) => {
    expect(reasonOf(changed(mark, { NewImage }))).toBe('no-new-image');
  });

  it('is rejected with the view type of a stream that leaves out new images', () => {
    const record = changed(mark, { NewImage: undefined, StreamViewType: 'KEYS_ONLY' });
    expect(parse(record).rejection?.detail).toContain('KEYS_ONLY');
  });

  it('never takes its created_at from the old image', () => {
    expect(reasonOf(changed(mark, { NewImage: {}, OldImage: mark.dynamodb.NewImage }))).toBe(
      'unreadable-created-at',
    );
  });
});

describe('a stream record of an un-mark', () => {
  it('becomes an event with the created_at of its old image as a hint', () => {
    expect(eventOf(unmarkRecord({ ...ids, createdAt: '2022-08-01T12:00:00Z' }))).toMatchObject({
      key: registerKey,
      createdAt: undefined,
      previousCreatedAt: '2022-08-01T12:00:00Z',
    });
  });

  it.each([
    ['no old image', undefined],
    ['an old image of null', null],
    ['an old image without created_at', {}],
    ['an unreadable created_at', { created_at: { S: 'yesterday' } }],
    ['a created_at of another type', { created_at: { N: '1' } }],
    ['ids that disagree', { restaurant_id: { S: 'other' }, user_id: { S: 'other' } }],
  ])('needs only its key and position, and gives no hint with %s', (_, OldImage) => {
    expect(eventOf(changed(unmark, { OldImage }))).toMatchObject({
      createdAt: undefined,
      previousCreatedAt: undefined,
    });
  });

  it('never takes its hint from a new image', () => {
    const record = changed(unmark, { OldImage: undefined, NewImage: unmark.dynamodb.OldImage });
    expect(eventOf(record)).toMatchObject({ createdAt: undefined, previousCreatedAt: undefined });
  });
});

describe('the write time', () => {
  it.each([undefined, null, '1714979289', '2024-05-06T07:08:09Z'])(
    'is unknown when the record has %j',
    (told) => {
      expect(eventOf(changed(mark, { ApproximateCreationDateTime: told })).writtenAtMs).toBeUndefined();
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is unknown when it is %d', (told) => {
    const record = { ...mark, dynamodb: { ...mark.dynamodb, ApproximateCreationDateTime: told } };
    expect(eventOf(record).writtenAtMs).toBeUndefined();
  });
});

describe('a stream record', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a string', 'INSERT'],
    ['a number', 7],
    ['true', true],
    ['an empty object', {}],
    ['a list', []],
    ['a record without dynamodb', { ...mark, dynamodb: undefined }],
    ['a record whose dynamodb is null', { ...mark, dynamodb: null }],
    ['a record whose dynamodb is a string', { ...mark, dynamodb: '{}' }],
  ])('is rejected when it is %s', (_, record) => {
    expect(reasonOf(record)).toBe('not-a-record');
  });

  it.each([undefined, null, 'MODIFY', 'insert', 'INSERT ', '', ['INSERT']])(
    'is rejected with the event name %j',
    (eventName) => {
      expect(reasonOf({ ...mark, eventName })).toBe('unexpected-event-name');
    },
  );

  it.each([
    ['sequence number', changed(mark, { SequenceNumber: undefined })],
    ['sequence number that is all digits', changed(mark, { SequenceNumber: '12x' })],
    ['sequence number that is a string', changed(mark, { SequenceNumber: 12 })],
    ['stream ARN', { ...mark, eventSourceARN: undefined }],
    ['label in its stream ARN', { ...mark, eventSourceARN: streamArn('') }],
  ])('is rejected without a %s', (_, record) => {
    expect(reasonOf(record)).toBe('unreadable-position');
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a key of type N', { restaurant_id_user_id: { N: '1' } }],
    ['a key that is a bare string', { restaurant_id_user_id: 'osteria#ada' }],
    ['a key whose S is a number', { restaurant_id_user_id: { S: 12 } }],
    ['a key of another name', { id: { S: 'osteria#ada' } }],
  ])('is rejected when Keys is %s', (_, Keys) => {
    expect(reasonOf(changed(mark, { Keys }))).toBe('unexpected-key');
    expect(reasonOf(changed(unmark, { Keys }))).toBe('unexpected-key');
  });

  it('never takes its key from an image', () => {
    expect(reasonOf(changed(mark, { Keys: {} }))).toBe('unexpected-key');
  });

  it.each(['', '#', 'osteria', 'osteria#', '#ada', 'osteria#ada#', '#osteria#ada', 'a#b#c', 'a##b'])(
    'is rejected with the key %j, both as a mark and as an un-mark',
    (key) => {
      expect(reasonOf(withKey(mark, key))).toBe('unreadable-key');
      expect(reasonOf(withKey(unmark, key))).toBe('unreadable-key');
    },
  );

  it.each(['osteria\ud800#ada', 'osteria#\udc00ada'])(
    'is rejected with a lone surrogate in its key',
    (key) => {
      expect(reasonOf(withKey(mark, key))).toBe('unreadable-key');
      expect(reasonOf(withKey(unmark, key))).toBe('unreadable-key');
    },
  );

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('is accepted with the id %s', (id) => {
    expect(eventOf(markRecord({ restaurantId: id, userId: id })).key).toEqual({
      restaurantId: id,
      rowId: id,
    });
  });

  it('is parsed from its own properties, never from inherited ones', () => {
    const inherited = Object.create({ S: 'osteria#ada' }) as object;
    const record = { ...mark, dynamodb: { ...mark.dynamodb, Keys: { restaurant_id_user_id: inherited } } };
    expect(reasonOf(record)).toBe('unexpected-key');
    expect(reasonOf(Object.create(mark))).toBe('not-a-record');
    // JSON.parse makes such a member an own property, not the prototype.
    const spoofed = `{"__proto__": ${JSON.stringify({ dynamodb: mark.dynamodb })}, "eventName": "INSERT"}`;
    expect(reasonOf(JSON.parse(spoofed))).toBe('not-a-record');
  });

  it('never makes the parser throw, for any JSON', () => {
    const json = fc.jsonValue({ maxDepth: 6 });
    const loose = fc.record(
      {
        eventName: fc.oneof(fc.constantFrom('INSERT', 'REMOVE'), json),
        eventSourceARN: fc.oneof(fc.constant(mark.eventSourceARN), json),
        dynamodb: fc.oneof(
          json,
          fc.record(
            {
              Keys: fc.oneof(fc.constant(mark.dynamodb.Keys), json),
              NewImage: fc.oneof(fc.constant(mark.dynamodb.NewImage), json),
              OldImage: json,
              SequenceNumber: fc.oneof(fc.constant('1'), json),
              ApproximateCreationDateTime: json,
            },
            { requiredKeys: [] },
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(json, loose), (record) => {
        const { events, rejection } = parse(record);
        expect(events.length + (rejection === undefined ? 0 : 1)).toBeGreaterThan(0);
      }),
    );
  });

  it('is never rejected with a user id in the detail', () => {
    const secret = 'user-4711';
    const hostile = [
      { ...mark, eventName: secret },
      { ...mark, eventSourceARN: secret },
      changed(mark, { SequenceNumber: secret }),
      withKey(mark, secret),
      withKey(mark, `a#${secret}#`),
      withKey(mark, `a#${secret.padEnd(1_025, 'x')}`),
      withImage({ user_id: { S: secret } }),
      withImage({ created_at: { S: secret } }),
      secret,
    ];
    for (const record of hostile) {
      const parsed = parse(record);
      expect(parsed).toMatchObject({ events: [], rejection: { kind: 'rejection' } });
      expect(JSON.stringify(parsed)).not.toContain(secret);
    }
  });
});

describe('the key of a favourite', () => {
  const read = (text: string) => defaultMapping.readKey({ restaurant_id_user_id: { S: text } });
  const outcome = (text: string) => {
    const readKey = read(text);
    return readKey.kind === 'rejection' ? readKey.reason : readKey.kind;
  };

  it.each([
    ['2,048 bytes in all', `${'r'.repeat(2_046)}#u`, 'key'],
    ['2,049 bytes in all', `${'r'.repeat(2_047)}#u`, 'key-too-long'],
    ['a user id of 1,024 bytes', `r#${'u'.repeat(1_024)}`, 'key'],
    ['a user id of 1,025 bytes', `r#${'u'.repeat(1_025)}`, 'key-too-long'],
    ['2,048 bytes in 1,025 characters', `${'é'.repeat(1_023)}#u`, 'key'],
    ['2,050 bytes in 1,026 characters', `${'é'.repeat(1_024)}#u`, 'key-too-long'],
    ['a user id of 1,024 bytes in 512 characters', `r#${'é'.repeat(512)}`, 'key'],
    ['a user id of 1,026 bytes in 513 characters', `r#${'é'.repeat(513)}`, 'key-too-long'],
    ['a user id of 1,024 bytes in 256 emoji', `r#${'🍮'.repeat(256)}`, 'key'],
    ['a user id of 1,028 bytes in 257 emoji', `r#${'🍮'.repeat(257)}`, 'key-too-long'],
    ['a user id of 1,026 bytes in 342 signs', `r#${'€'.repeat(342)}`, 'key-too-long'],
    ['a restaurant id of more than 1,024 bytes', `${'r'.repeat(1_500)}#u`, 'key'],
  ])('with %s is accepted only within the limits of DynamoDB', (_, text, expected) => {
    expect(outcome(text)).toBe(expected);
  });

  it('always parses back into its two ids, and is always rejected unless it has exactly one #', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(id, id, (restaurantId, userId) => {
        const plain = !restaurantId.includes('#') && !userId.includes('#');
        const expected = { rowId: userId, ids: { restaurant: restaurantId, user: userId } };
        expect(read(`${restaurantId}#${userId}`)).toMatchObject(
          plain ? expected : { reason: 'unreadable-key' },
        );
      }),
    );
  });
});
