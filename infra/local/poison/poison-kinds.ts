/**
 * The fault `poison` for Favourites: records that the aggregator can never apply. Each kind of record has
 * exactly one error, and ends as exactly one dead letter. The source decides which kinds there are.
 */
import { createHash } from 'node:crypto';
import { readsUpdates, type Source } from '../../../src/counting/source/source.ts';
import type { PoisonKinds } from '../emulator/pipe/record-faults.ts';
import { imageMalformations } from './image-errors.ts';
import { keyMalformations } from './key-errors.ts';
import { type Malformations, type Sound, soundRecord, withKey, withStream } from './poison-record.ts';

/** Random bytes, so that even the compressed record does not fit a 1 MiB queue message. */
const HUGE_BYTES = 900_000;

export function poisonKindsOf(source: Source): PoisonKinds {
  const kinds = {
    ...keyMalformations(source),
    ...imageMalformations(source),
    ...recordMalformations(source),
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, malform]) => [
      kind,
      // JSON.stringify drops fields that are undefined.
      (place) => JSON.parse(JSON.stringify(malform(soundRecord(source, place)))) as unknown,
    ]),
  );
}

function recordMalformations(source: Source): Malformations {
  const name = source.key[0]?.name ?? '';
  const broken = (sound: Sound) => withKey(sound, name, { BOOL: true });
  return {
    'no-sequence-number': (sound) => withStream(sound, { SequenceNumber: undefined }),
    'sequence-number-of-letters': (sound) => withStream(sound, { SequenceNumber: `${sound.nonce}e7` }),
    'sequence-number-too-long': (sound) =>
      withStream(sound, { SequenceNumber: sound.nonce.padStart(41, '1') }),
    'no-stream-record': (sound) => ({ ...sound.record, dynamodb: undefined }),
    'stream-record-is-null': (sound) => ({ ...sound.record, dynamodb: null }),
    ...(!readsUpdates(source) && {
      'event-modify': (sound) => ({ ...sound.record, eventName: 'MODIFY' }),
    }),
    'event-unknown': (sound) => ({ ...sound.record, eventName: 'insert' }),
    'no-event-name': (sound) => ({ ...sound.record, eventName: undefined }),
    'no-stream-arn': (sound) => ({ ...sound.record, eventSourceARN: undefined }),
    'stream-arn-without-label': (sound) => ({
      ...sound.record,
      eventSourceARN: 'arn:aws:dynamodb:eu-west-1:1:table/t',
    }),
    'remove-without-key': (sound) => ({ ...withStream(sound, { Keys: undefined }), eventName: 'REMOVE' }),
    'no-event-id': (sound) => ({ ...broken(sound), eventID: undefined }),
    'event-id-of-wrong-type': (sound) => ({ ...broken(sound), eventID: 7 }),
    'a-string': (sound) => `poison-${sound.nonce}`,
    'an-array': (sound) => [`poison-${sound.nonce}`],
    huge: (sound) =>
      broken({ ...sound, image: { ...sound.image, filler: { B: incompressible(sound.nonce) } } }),
  };
}

function incompressible(seed: string): string {
  return createHash('shake256', { outputLength: HUGE_BYTES }).update(seed).digest('base64');
}
