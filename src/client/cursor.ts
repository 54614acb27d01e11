/**
 * A cursor says where a page ended, and the caller sends it back unchanged for the next page. It holds a
 * version and the query that it continues. It is not signed, because a forged cursor reads nothing that the
 * query could not read anyway.
 */
import type { RestaurantId } from '../counting/register-key.ts';
import type { RankingPosition } from '../counting/ranking.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../counting/source/row-key.ts';
import type { TimeWindow } from '../counting/time-window.ts';
import type { UserFavouritePosition, UserId } from '../tables/favourites.ts';
import { BadInputError } from './bad-input.ts';

/** Raise it when fields change: a cursor of another release is then rejected instead of misread. */
const VERSION = '1';
/** A partition key has at most 2 KB and a sort key 1 KB, so a cursor has at most about 4,500 characters. */
const CURSOR_LENGTH_MAX = 8_192;

/** The query that a page of the ranking belongs to. */
export interface RankingQuery {
  readonly window: TimeWindow;
  readonly shards: number;
}

export function encodeUserCursor(userId: UserId, { key, createdAt }: UserFavouritePosition): string {
  return encode([VERSION, 'favourites', userId, key, createdAt]);
}

/** @param text undefined for the first page. @throws {BadInputError} when it is not a cursor of this query */
export function decodeUserCursor(
  text: string | undefined,
  userId: UserId,
): UserFavouritePosition | undefined {
  if (text === undefined) return undefined;
  const [key = '', createdAt = ''] = decode(text, [VERSION, 'favourites', userId], 2);
  if (isKey(key, PARTITION_KEY_BYTES_MAX) && isKey(createdAt, SORT_KEY_BYTES_MAX)) return { key, createdAt };
  throw badCursor();
}

export function encodeRankingCursor({ window, shards }: RankingQuery, position: RankingPosition): string {
  const { favouriteCount, shard, restaurantId, rank, seen } = position;
  const numbers = [shards, favouriteCount, shard, rank, seen].map(String);
  return encode([VERSION, 'ranking', window, ...numbers, restaurantId]);
}

/** @param text undefined for the first page. @throws {BadInputError} when it is not a cursor of this query */
export function decodeRankingCursor(
  text: string | undefined,
  { window, shards }: RankingQuery,
): RankingPosition | undefined {
  if (text === undefined) return undefined;
  const prefix = [VERSION, 'ranking', window, String(shards)];
  const [count = '', shardText = '', rankText = '', seenText = '', id = ''] = decode(text, prefix, 5);
  // A damaged count may be a fraction until the next audit.
  const favouriteCount = numberOf(count);
  const [shard, rank, seen] = [numberOf(shardText), numberOf(rankText), numberOf(seenText)];
  const isSound =
    favouriteCount >= 1 &&
    favouriteCount <= Number.MAX_SAFE_INTEGER &&
    [shard, rank, seen].every(Number.isSafeInteger) &&
    shard >= 0 &&
    shard < shards &&
    rank >= 1 &&
    rank <= seen;
  if (!isSound || !isKey(id, PARTITION_KEY_BYTES_MAX)) throw badCursor();
  return { favouriteCount, shard, restaurantId: id as RestaurantId, rank, seen };
}

function badCursor(): BadInputError {
  return new BadInputError('cursor', 'this cursor belongs to another query; start again without one');
}

/**
 * Encodes each field in base64url, because a field may hold any character and JSON would write a control
 * character as six.
 */
function encode(fields: readonly string[]): string {
  return fields.map((field) => Buffer.from(field, 'utf8').toString('base64url')).join('.');
}

/**
 * The `count` fields after `prefix`. @throws {BadInputError} when {@link encode} would not write exactly
 * `text`
 */
function decode(text: string, prefix: readonly string[], count: number): readonly string[] {
  // A caller without types may pass anything.
  if (typeof text !== 'string' || text.length > CURSOR_LENGTH_MAX) throw badCursor();
  const fields = text.split('.').map((field) => Buffer.from(field, 'base64url').toString('utf8'));
  const isOfQuery = prefix.every((expected, index) => fields[index] === expected);
  if (!isOfQuery || fields.length !== prefix.length + count || encode(fields) !== text) throw badCursor();
  return fields.slice(prefix.length);
}

function isKey(text: string, bytesMax: number): boolean {
  return text !== '' && Buffer.byteLength(text, 'utf8') <= bytesMax;
}

/** NaN unless the text is exactly how JavaScript writes the number. */
function numberOf(text: string): number {
  return String(Number(text)) === text ? Number(text) : Number.NaN;
}
