/**
 * The fault `poison` for Favourites: records that the aggregator can never apply. Each kind of record has
 * exactly one error.
 */
import { createHash } from 'node:crypto';
import type { PoisonKinds, PoisonPlace } from './emulator/pipe/record-faults.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The parts of a valid INSERT. Each kind changes one of them. */
interface Sound {
  readonly nonce: string;
  readonly restaurantId: string;
  readonly record: Fields;
  readonly stream: Fields;
  readonly image: Fields;
}

/** Random bytes, so that even the compressed record does not fit a 1 MiB queue message. */
const HUGE_BYTES = 900_000;
/** One byte more than the maximum of a partition key (Service quotas, "Keys"). */
const KEY_TOO_LONG_BYTES = 2_049;

const malformations = {
  'no-key': (sound) => withStream(sound, { Keys: {} }),
  'keys-not-an-object': (sound) => withStream(sound, { Keys: `poison-${sound.nonce}` }),
  'empty-key': (sound) => withKey(sound, ''),
  'key-without-separator': (sound) => withKey(sound, sound.restaurantId),
  'key-without-user': (sound) => withKey(sound, `${sound.restaurantId}#`),
  'key-without-restaurant': (sound) => withKey(sound, `#${sound.restaurantId}`),
  'ambiguous-key': (sound) => withKey(sound, `${sound.restaurantId}#a#b`),
  'key-of-wrong-type': (sound) => withStream(sound, { Keys: { restaurant_id_user_id: { N: sound.nonce } } }),
  'key-too-long': (sound) => withKey(sound, `${sound.restaurantId}#u`.padEnd(KEY_TOO_LONG_BYTES, 'u')),
  'control-characters': (sound) => withKey(sound, `${sound.restaurantId}\u0000\u0007\u001b\u2028\ufffe`),
  'lone-surrogate': (sound) => withKey(sound, `${sound.restaurantId}\ud800#u\udc00`),
  'no-created-at': (sound) => withImage(sound, { created_at: undefined }),
  'no-such-day': (sound) => withImage(sound, { created_at: { S: '2022-02-30T12:00:00Z' } }),
  'no-such-hour': (sound) => withImage(sound, { created_at: { S: '2022-02-03T25:00:00Z' } }),
  'unreadable-created-at': (sound) => withImage(sound, { created_at: { S: 'the day before yesterday' } }),
  'created-at-of-wrong-type': (sound) => withImage(sound, { created_at: { N: '1659355200' } }),
  'no-image': (sound) => withStream(sound, { NewImage: undefined }),
  'image-is-null': (sound) => withStream(sound, { NewImage: null }),
  'other-restaurant': (sound) => withImage(sound, { restaurant_id: { S: `${sound.restaurantId}-other` } }),
  'other-user': (sound) => withImage(sound, { user_id: { S: 'u-other' } }),
  'no-sequence-number': (sound) => withStream(sound, { SequenceNumber: undefined }),
  'sequence-number-of-letters': (sound) => withStream(sound, { SequenceNumber: `${sound.nonce}e7` }),
  'sequence-number-too-long': (sound) => withStream(sound, { SequenceNumber: sound.nonce.padStart(41, '1') }),
  'no-stream-record': (sound) => ({ ...sound.record, dynamodb: undefined }),
  'stream-record-is-null': (sound) => ({ ...sound.record, dynamodb: null }),
  'event-modify': (sound) => ({ ...sound.record, eventName: 'MODIFY' }),
  'event-unknown': (sound) => ({ ...sound.record, eventName: 'insert' }),
  'no-event-name': (sound) => ({ ...sound.record, eventName: undefined }),
  'no-stream-arn': (sound) => ({ ...sound.record, eventSourceARN: undefined }),
  'stream-arn-without-label': (sound) => ({
    ...sound.record,
    eventSourceARN: 'arn:aws:dynamodb:eu-west-1:1:table/t',
  }),
  'remove-without-key': (sound) => ({ ...withStream(sound, { Keys: undefined }), eventName: 'REMOVE' }),
  'no-event-id': (sound) => ({ ...withKey(sound, sound.restaurantId), eventID: undefined }),
  'event-id-of-wrong-type': (sound) => ({ ...withKey(sound, sound.restaurantId), eventID: 7 }),
  'a-string': (sound) => `poison-${sound.nonce}`,
  'an-array': (sound) => [`poison-${sound.nonce}`],
  huge: (sound) => ({
    ...withKey(
      { ...sound, image: { ...sound.image, filler: { B: incompressible(sound.nonce) } } },
      sound.restaurantId,
    ),
  }),
} as const satisfies Readonly<Record<string, (sound: Sound) => unknown>>;

export const poisonKinds: PoisonKinds = Object.fromEntries(
  Object.entries(malformations).map(([kind, malform]) => [
    kind,
    // JSON.stringify drops fields that are undefined.
    (place) => JSON.parse(JSON.stringify(malform(soundRecord(place)))) as unknown,
  ]),
);

function soundRecord({ nonce, eventID, neighbour }: PoisonPlace): Sound {
  const restaurantId = `poison-${nonce}`;
  const key = `${restaurantId}#u`;
  const image = {
    restaurant_id_user_id: { S: key },
    restaurant_id: { S: restaurantId },
    user_id: { S: 'u' },
    created_at: { S: '2022-08-01T12:00:00Z' },
  };
  const stream = {
    ...neighbour.dynamodb,
    Keys: { restaurant_id_user_id: { S: key } },
    NewImage: image,
    OldImage: undefined,
  };
  const record = { ...neighbour, eventID, eventName: 'INSERT', dynamodb: stream };
  return { nonce, restaurantId, record, stream, image };
}

/** Changes the key of the record and the key in its image, so that they are equal. */
function withKey(sound: Sound, key: string): Fields {
  const image = { ...sound.image, restaurant_id_user_id: { S: key } };
  return withStream(sound, { Keys: { restaurant_id_user_id: { S: key } }, NewImage: image });
}

function withImage(sound: Sound, changes: Fields): Fields {
  return withStream(sound, { NewImage: { ...sound.image, ...changes } });
}

function withStream(sound: Sound, changes: Fields): Fields {
  return { ...sound.record, dynamodb: { ...sound.stream, ...changes } };
}

function incompressible(seed: string): string {
  return createHash('shake256', { outputLength: HUGE_BYTES }).update(seed).digest('base64');
}
