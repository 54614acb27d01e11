/**
 * Reads a stream record as an event, or gives the reason why it can never be applied (I5, I6). An un-mark
 * needs a key and a position; a mark also needs a readable `created_at`. No record depends on another.
 */
import type { Brand } from './brand.ts';
import { parseStreamPosition, type StreamPosition } from './stream-position.ts';
import { type CreatedAt, parseCreatedAt } from './time-window.ts';

export type RestaurantId = Brand<string, 'RestaurantId'>;
export type UserId = Brand<string, 'UserId'>;

export interface FavouriteKey {
  readonly restaurantId: RestaurantId;
  readonly userId: UserId;
}

/** The partition key of the favourite's row. Ids hold no `#`, so the join is unambiguous. */
export function favouriteId({ restaurantId, userId }: FavouriteKey): string {
  return `${restaurantId}#${userId}`;
}

export interface FavouriteEvent {
  readonly key: FavouriteKey;
  readonly position: StreamPosition;
  readonly change:
    | { readonly kind: 'mark'; readonly createdAt: CreatedAt }
    /** `previousCreatedAt` is from the old image: it predicts the counted value, and may be wrong. */
    | { readonly kind: 'unmark'; readonly previousCreatedAt: CreatedAt | undefined };
  /**
   * When the application wrote the row, by DynamoDB's clock (whole seconds on AWS); undefined if the record
   * does not say.
   */
  readonly writtenAtMs: number | undefined;
}

export type RejectionReason =
  | 'not-a-record'
  | 'unexpected-event-name'
  | 'unreadable-position'
  | 'unreadable-key'
  | 'key-too-long'
  | 'ids-disagree'
  | 'unreadable-created-at';

/** The record can never be applied, however often it is delivered. `detail` holds no user id. */
export interface Rejection {
  readonly kind: 'rejection';
  readonly reason: RejectionReason;
  readonly detail: string;
}

export type ParsedRecord = { readonly kind: 'event'; readonly event: FavouriteEvent } | Rejection;

/** Attribute names, passed in so that these rules do not depend on a table. */
export interface FavouriteAttributes {
  readonly partitionKey: string;
  readonly restaurantId: string;
  readonly userId: string;
  readonly createdAt: string;
}

/** DynamoDB's limits for a partition key and a sort key, in bytes of UTF-8 (Service quotas, "Keys"). */
const PARTITION_KEY_BYTES_MAX = 2048;
const SORT_KEY_BYTES_MAX = 1024;

export function parseFavouriteEvent(record: unknown, attributes: FavouriteAttributes): ParsedRecord {
  const streamRecord = member(record, 'dynamodb');
  if (!isObject(record) || !isObject(streamRecord)) {
    return rejection('not-a-record', 'expected an object with a member dynamodb');
  }
  const eventName = record['eventName'];
  if (eventName !== 'INSERT' && eventName !== 'REMOVE') {
    return rejection('unexpected-event-name', 'expected INSERT or REMOVE: check the filter of the pipe');
  }
  const position = parseStreamPosition(record['eventSourceARN'], streamRecord['SequenceNumber']);
  if (position === undefined) {
    return rejection('unreadable-position', 'expected a stream ARN and a sequence number of up to 40 digits');
  }
  const key = parseFavouriteKey(stringAttribute(streamRecord['Keys'], attributes.partitionKey));
  if ('reason' in key) return key;

  const writtenAtMs = parseEpochSeconds(streamRecord['ApproximateCreationDateTime']);
  if (eventName === 'REMOVE') {
    const previousCreatedAt = parseCreatedAt(stringAttribute(streamRecord['OldImage'], attributes.createdAt));
    const change = { kind: 'unmark', previousCreatedAt } as const;
    return { kind: 'event', event: { key, position, change, writtenAtMs } };
  }
  const createdAt = parseCountable(streamRecord['NewImage'], attributes, key);
  if (typeof createdAt === 'object') return createdAt;
  return { kind: 'event', event: { key, position, change: { kind: 'mark', createdAt }, writtenAtMs } };
}

/** A row of Favourites, read by the same rules as the events about it. */
export type FavouriteRow =
  | { readonly kind: 'countable'; readonly key: FavouriteKey; readonly createdAt: CreatedAt }
  | {
      readonly kind: 'uncountable';
      /** Undefined if the row's key cannot be read. */
      readonly key: FavouriteKey | undefined;
      readonly rejection: Rejection;
    };

export function parseFavouriteRow(item: unknown, attributes: FavouriteAttributes): FavouriteRow {
  const key = parseFavouriteKey(stringAttribute(item, attributes.partitionKey));
  if ('reason' in key) return { kind: 'uncountable', key: undefined, rejection: key };
  const createdAt = parseCountable(item, attributes, key);
  if (typeof createdAt === 'object') return { kind: 'uncountable', key, rejection: createdAt };
  return { kind: 'countable', key, createdAt };
}

function parseCountable(
  image: unknown,
  attributes: FavouriteAttributes,
  key: FavouriteKey,
): CreatedAt | Rejection {
  if (!agrees(image, attributes, key)) {
    return rejection('ids-disagree', 'expected the ids in the new image to equal those in its key');
  }
  const createdAt = parseCreatedAt(stringAttribute(image, attributes.createdAt));
  return (
    createdAt ??
    rejection('unreadable-created-at', 'expected RFC 3339 in UTC, such as 2022-08-01T12:00:00.000Z')
  );
}

/**
 * Reads `<restaurant_id>#<user_id>`. A key with two `#` could mean either of two favourites, and the record
 * of an un-mark may hold nothing else that identifies the favourite.
 */
export function parseFavouriteKey(text: string | undefined): FavouriteKey | Rejection {
  const parts = text?.split('#') ?? [];
  const [restaurantId, userId] = parts;
  if (parts.length !== 2 || !restaurantId || !userId || !text?.isWellFormed()) {
    return rejection('unreadable-key', 'expected a key <restaurant_id>#<user_id> with exactly one #');
  }
  if (isLongerThan(text, PARTITION_KEY_BYTES_MAX) || isLongerThan(userId, SORT_KEY_BYTES_MAX)) {
    const detail = `expected at most ${PARTITION_KEY_BYTES_MAX} bytes, ${SORT_KEY_BYTES_MAX} in the user id`;
    return rejection('key-too-long', detail);
  }
  return { restaurantId: restaurantId as RestaurantId, userId: userId as UserId };
}

/** An image may leave out the ids. If it has them, they must equal those in the key. */
function agrees(image: unknown, attributes: FavouriteAttributes, key: FavouriteKey): boolean {
  const isAbsentOr = (name: string, expected: string) =>
    member(image, name) === undefined || stringAttribute(image, name) === expected;
  return isAbsentOr(attributes.restaurantId, key.restaurantId) && isAbsentOr(attributes.userId, key.userId);
}

function parseEpochSeconds(seconds: unknown): number | undefined {
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function stringAttribute(image: unknown, name: string): string | undefined {
  const value = member(member(image, name), 'S');
  return typeof value === 'string' ? value : undefined;
}

function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isLongerThan(text: string, bytesMax: number): boolean {
  // A UTF-16 code unit takes at most three bytes, so most keys need not be encoded.
  return text.length * 3 > bytesMax && new TextEncoder().encode(text).length > bytesMax;
}

function rejection(reason: RejectionReason, detail: string): Rejection {
  return { kind: 'rejection', reason, detail };
}
