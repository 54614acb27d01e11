/**
 * Reads a stream record as events, or gives the reason why it can never be applied (I5, I6). A record holds
 * the image of a row before a write and the image after it. Each image names at most one register:
 *
 *     new image counts              → its register counts it, since that date
 *     new image does not count      → its register becomes a tombstone
 *     new image is rejected         → a dead letter; its register stays as it is
 *     old image names another one   → that register becomes a tombstone, whatever the new image is
 *
 * No record depends on another one.
 */
import { type FavouriteRow, isSameRegister, type Mapping } from './mapping.ts';
import type { RegisterKey } from './register-key.ts';
import { readOrigin } from './record-names.ts';
import { type Rejection, rejection } from './rejection.ts';
import { isObject, member } from './source/attributes.ts';
import type { ReadKey } from './source/row-key.ts';
import { isRestaurantInKey, needsNewImage, readsUpdates } from './source/source.ts';
import type { StreamPosition } from './stream-position.ts';
import type { CreatedAt } from './time-window.ts';

/** What a record says about one register. */
export interface FavouriteEvent {
  readonly key: RegisterKey;
  readonly position: StreamPosition;
  /** Since when the favourite counts; undefined if it does not count any more. */
  readonly createdAt: CreatedAt | undefined;
  /** Predicts what the register counts before the event; it may be wrong. */
  readonly previousCreatedAt: CreatedAt | undefined;
  /**
   * When the application wrote the row, by DynamoDB's clock (whole seconds on AWS); undefined if the record
   * does not say.
   */
  readonly writtenAtMs: number | undefined;
}

/** A record with its two images read. */
export interface FavouriteRecord {
  readonly kind: 'record';
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly position: StreamPosition;
  /** Undefined if the row did not exist before; uncountable if its image is missing. */
  readonly before: FavouriteRow | undefined;
  /** Undefined if the row is gone. */
  readonly after: FavouriteRow | undefined;
  readonly writtenAtMs: number | undefined;
}

export interface ParsedRecord {
  /** At most two, of different registers; none if the record changes no count. */
  readonly events: readonly FavouriteEvent[];
  /** Why the record, or its new image, can never be applied. */
  readonly rejection: Rejection | undefined;
}

export function parseFavouriteEvents(record: unknown, mapping: Mapping): ParsedRecord {
  const read = readRecord(record, mapping);
  return read.kind === 'rejection' ? { events: [], rejection: read } : eventsOf(read);
}

export function readRecord(record: unknown, mapping: Mapping): FavouriteRecord | Rejection {
  const streamRecord = member(record, 'dynamodb');
  if (!isObject(record) || !isObject(streamRecord)) {
    return rejection('not-a-record', 'expected an object with a member dynamodb');
  }
  const eventName = eventNameOf(record['eventName'], mapping);
  if (typeof eventName === 'object') return eventName;
  const origin = readOrigin(record, mapping);
  if (origin.kind === 'rejection') return origin;
  const { key, position } = origin;
  const before = eventName === 'INSERT' ? undefined : imageBefore(streamRecord, key, mapping);
  const after = eventName === 'REMOVE' ? undefined : imageAfter(streamRecord, key, mapping);
  if (before?.kind === 'rejection') return before;
  if (after?.kind === 'rejection') return after;
  const writtenAtMs = parseEpochSeconds(streamRecord['ApproximateCreationDateTime']);
  return { kind: 'record', eventName, position, before, after, writtenAtMs };
}

function eventNameOf(name: unknown, { source }: Mapping): FavouriteRecord['eventName'] | Rejection {
  if (name === 'INSERT' || name === 'REMOVE') return name;
  const updates = readsUpdates(source);
  if (name === 'MODIFY' && updates) return name;
  const expected = updates ? 'INSERT, MODIFY or REMOVE' : 'INSERT or REMOVE';
  return rejection('unexpected-event-name', `expected ${expected}: check the filter of the pipe`);
}

/** If the old image is missing, the key still names the register, provided that it holds the restaurant. */
function imageBefore(streamRecord: object, key: ReadKey, mapping: Mapping): FavouriteRow | Rejection {
  const image = member(streamRecord, 'OldImage');
  if (isObject(image) || key.kind !== 'key') return mapping.readImage(key, image);
  // The key alone decides what the row counts, so the row counted the same before.
  if (!needsNewImage(mapping.source)) return mapping.readImage(key, {});
  const missing = rejection('no-old-image', missingImage('an old image', streamRecord));
  if (!isRestaurantInKey(mapping.source)) return missing;
  const named = mapping.readImage(key, {});
  return { kind: 'uncountable', key: named.key, rejection: missing };
}

function imageAfter(streamRecord: object, key: ReadKey, mapping: Mapping): FavouriteRow | Rejection {
  const image = member(streamRecord, 'NewImage');
  if (isObject(image) || key.kind !== 'key' || !needsNewImage(mapping.source)) {
    return mapping.readImage(key, image ?? {});
  }
  return rejection('no-new-image', missingImage('a new image', streamRecord));
}

function missingImage(what: string, streamRecord: object): string {
  const view = member(streamRecord, 'StreamViewType');
  const found = typeof view === 'string' ? view.slice(0, 30) : 'unknown';
  return `expected ${what}, but the view type of the stream is ${found}: enable NEW_AND_OLD_IMAGES`;
}

/** The events of a record, and the rejection of its new image, if there is one. */
export function eventsOf({ before, after, position, writtenAtMs }: FavouriteRecord): ParsedRecord {
  const events: FavouriteEvent[] = [];
  const rejected = after?.kind === 'uncountable' ? after.rejection : undefined;
  const isSame = isSameRegister(before?.key, after?.key);
  // The register of a row that did not count is a tombstone, or becomes one when an earlier record arrives.
  const isGoneUncounted = before?.kind === 'uncounted' && after === undefined;
  if (before?.key !== undefined && !isSame && !isGoneUncounted) {
    const previousCreatedAt = before.kind === 'countable' ? before.createdAt : undefined;
    events.push({ key: before.key, position, createdAt: undefined, previousCreatedAt, writtenAtMs });
  }
  if (after?.kind !== 'countable' && after?.kind !== 'uncounted') return { events, rejection: rejected };
  const createdAt = after.kind === 'countable' ? after.createdAt : undefined;
  if (!isSame || before === undefined || !isSameVerdict(before, after)) {
    const previousCreatedAt = isSame && before !== undefined ? predicted(before, createdAt) : undefined;
    events.push({ key: after.key, position, createdAt, previousCreatedAt, writtenAtMs });
  }
  return { events, rejection: undefined };
}

/** Whether the row counts as before and since the same date. False if one of the images was rejected. */
function isSameVerdict(before: FavouriteRow, after: FavouriteRow): boolean {
  if (before.kind === 'countable') return after.kind === 'countable' && before.createdAt === after.createdAt;
  return before.kind === 'uncounted' && after.kind === 'uncounted';
}

/** Most updates change no count, so a row whose old image is missing probably counted as it does now. */
function predicted(before: FavouriteRow, createdAt: CreatedAt | undefined): CreatedAt | undefined {
  if (before.kind === 'countable') return before.createdAt;
  const isUnseen = before.kind === 'uncountable' && before.rejection.reason === 'no-old-image';
  return isUnseen ? createdAt : undefined;
}

function parseEpochSeconds(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
