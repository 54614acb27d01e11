/** Reads the row, the position and the registers that a record names. Most rejected records have them too. */
import type { Mapping } from './mapping.ts';
import { type RegisterKey, registerIdOf, type RestaurantId } from './register-key.ts';
import { type Rejection, rejection } from './rejection.ts';
import { isObject, member } from './source/attributes.ts';
import { expectedAndFound, type ReadKey } from './source/row-key.ts';
import { isRestaurantInKey } from './source/source.ts';
import { parseStreamPosition, type StreamPosition } from './stream-position.ts';

/** The position of a record and the key of its row. */
export interface RecordOrigin {
  readonly kind: 'origin';
  readonly position: StreamPosition;
  readonly key: Exclude<ReadKey, Rejection>;
}

export function readOrigin(record: unknown, mapping: Mapping): RecordOrigin | Rejection {
  const streamRecord = member(record, 'dynamodb');
  const position = parseStreamPosition(
    member(record, 'eventSourceARN'),
    member(streamRecord, 'SequenceNumber'),
  );
  if (position === undefined) {
    return rejection('unreadable-position', 'expected a stream ARN and a sequence number of up to 40 digits');
  }
  const keys = member(streamRecord, 'Keys');
  if (isObject(keys) && Object.keys(keys).length !== mapping.keyNames.length) {
    return rejection('unexpected-key', expectedAndFound(mapping.source, keys));
  }
  const key = mapping.readKey(keys);
  return key.kind === 'rejection' ? key : { kind: 'origin', position, key };
}

export interface RecordNames {
  readonly position: StreamPosition;
  /** The registers that its images name, each once. */
  readonly registers: readonly RegisterKey[];
  /** The register that the new image names, or the key if it holds the restaurant. */
  readonly after: RegisterKey | undefined;
  /** Leads to the primary key of the row, even if the row names another register. */
  readonly row: RegisterKey;
  /** False if the row may have belonged to a register that the record does not name. */
  readonly isBeforeKnown: boolean;
}

/** Undefined if the position or the key cannot be read, or if the key is that of another kind of item. */
export function namesOf(record: unknown, mapping: Mapping): RecordNames | undefined {
  const origin = readOrigin(record, mapping);
  if (origin.kind === 'rejection' || origin.key.kind === 'other') return undefined;
  const { position, key } = origin;
  const streamRecord = member(record, 'dynamodb');
  const oldImage = member(streamRecord, 'OldImage');
  // A key that holds the restaurant names the register without an image.
  const before = mapping.readImage(key, oldImage ?? {}).key;
  const after = mapping.readImage(key, member(streamRecord, 'NewImage') ?? {}).key;
  const named = [before, after].filter((register) => register !== undefined);
  return {
    position,
    registers: [...new Map(named.map((register) => [registerIdOf(register), register])).values()],
    after,
    row: after ?? { restaurantId: '' as RestaurantId, rowId: key.rowId },
    isBeforeKnown:
      isRestaurantInKey(mapping.source) || isObject(oldImage) || member(record, 'eventName') === 'INSERT',
  };
}
