/** The record that poison is made of: a valid INSERT, and the ways to change it. */
import type { PrimaryKey } from '../../../src/counting/source/row-key.ts';
import type { Source } from '../../../src/counting/source/source.ts';
import type { PoisonPlace } from '../emulator/pipe/record-faults.ts';
import { type Attributes, fitIds, type InventedIds, inventImage, inventKey } from '../invented-rows.ts';

/** The parts of a valid INSERT. Each kind changes one of them. */
export interface Sound {
  readonly nonce: string;
  readonly ids: InventedIds;
  readonly record: Attributes;
  readonly stream: Attributes;
  readonly key: PrimaryKey;
  readonly image: Attributes;
}

/** One error by name. */
export type Malformations = Readonly<Record<string, (sound: Sound) => unknown>>;

/** A DynamoDB number has 38 digits; these leave room for a sign. */
const DIGITS_MAX = 30;

/** A record that can be applied: the favourite of an invented user at an invented restaurant. */
export function soundRecord(source: Source, { nonce, eventID, neighbour }: PoisonPlace): Sound {
  // A sign, because the ids of an application have none.
  const digits = `-${nonce.slice(-DIGITS_MAX).replace(/^0+/, '') || '1'}`;
  const ids = fitIds(source, { restaurant: `poison-${nonce}`, user: 'u', digits });
  const key = inventKey(source, ids);
  const image = inventImage(source, key, ids);
  const stream = { ...neighbour.dynamodb, Keys: key, NewImage: image, OldImage: undefined };
  const record = { ...neighbour, eventID, eventName: 'INSERT', dynamodb: stream };
  return { nonce, ids, record, stream, key, image };
}

/** Changes the key of the record and the key in its image, so that they are equal. */
export function withKey(sound: Sound, name: string, value: object): Attributes {
  const key = { ...sound.key, [name]: value };
  return withStream(sound, { Keys: key, NewImage: { ...sound.image, ...key } });
}

export function withImage(sound: Sound, changes: Attributes): Attributes {
  return withStream(sound, { NewImage: { ...sound.image, ...changes } });
}

export function withStream(sound: Sound, changes: Attributes): Attributes {
  return { ...sound.record, dynamodb: { ...sound.stream, ...changes } };
}
