/**
 * Cursors: where a page ended, as text that a client hands back as it is. They are versioned, bound to the query that
 * they continue, and hold no secret: whoever makes one up reaches no more than by the query itself.
 */
import type { RestaurantId, UserId } from '../counting/favourite-event.ts';
import type { RankingPosition } from '../counting/ranking.ts';
import type { TimeWindow } from '../counting/time-window.ts';
import type { UserFavouritePosition } from '../tables/favourites.ts';

/** Raised when the fields of a kind change: a cursor of another release is refused, never misread. */
const VERSION = '1';
/** Keys of DynamoDB are at most 2 KB and 1 KB, so that the longest cursor has some 4,500 characters. */
const CURSOR_LENGTH_MAX = 8_192;
const PARTITION_KEY_BYTES_MAX = 2_048;
const SORT_KEY_BYTES_MAX = 1_024;

/** What a page of the ranking answers. */
export interface RankingQuery {
  readonly window: TimeWindow;
  readonly shards: number;
}

export function encodeUserCursor(userId: UserId, { key, createdAt }: UserFavouritePosition): string {
  return encode([VERSION, 'favourites', userId, key, createdAt]);
}

/** Undefined for what is no cursor, or one of another query. */
export function decodeUserCursor(text: string, userId: UserId): UserFavouritePosition | undefined {
  const fields = decode(text, [VERSION, 'favourites', userId]);
  const [key, createdAt] = fields ?? [];
  if (fields?.length !== 2) return undefined;
  if (!isKey(key, PARTITION_KEY_BYTES_MAX) || !isKey(createdAt, SORT_KEY_BYTES_MAX)) return undefined;
  return { key, createdAt };
}

export function encodeRankingCursor({ window, shards }: RankingQuery, position: RankingPosition): string {
  const { favouriteCount, shard, restaurantId, rank, seen } = position;
  const numbers = [shards, favouriteCount, shard, rank, seen].map(String);
  return encode([VERSION, 'ranking', window, ...numbers, restaurantId]);
}

/** Undefined for what is no cursor, or one of another query. */
export function decodeRankingCursor(
  text: string,
  { window, shards }: RankingQuery,
): RankingPosition | undefined {
  const fields = decode(text, [VERSION, 'ranking', window, String(shards)]);
  const [countText, shardText, rankText, seenText, restaurantId] = fields ?? [];
  if (fields?.length !== 5) return undefined;
  // A count may be a fraction, where damage left one.
  const favouriteCount = numberOf(countText, { min: 1, max: Number.MAX_SAFE_INTEGER });
  const shard = wholeNumberOf(shardText, { min: 0, max: shards - 1 });
  const seen = wholeNumberOf(seenText, { min: 1, max: Number.MAX_SAFE_INTEGER });
  const rank = wholeNumberOf(rankText, { min: 1, max: seen ?? 0 });
  if (favouriteCount === undefined || shard === undefined || rank === undefined || seen === undefined) {
    return undefined;
  }
  if (!isKey(restaurantId, PARTITION_KEY_BYTES_MAX)) return undefined;
  return { favouriteCount, shard, restaurantId: restaurantId as RestaurantId, rank, seen };
}

/** Field by field in base64url: a field may hold anything, and JSON would make six characters of a control character. */
function encode(fields: readonly string[]): string {
  return fields.map((field) => Buffer.from(field, 'utf8').toString('base64url')).join('.');
}

/** The fields behind `prefix`, when `text` is exactly what {@link encode} makes of them. */
function decode(text: string, prefix: readonly string[]): readonly string[] | undefined {
  if (text.length > CURSOR_LENGTH_MAX) return undefined;
  const fields = text.split('.').map((field) => Buffer.from(field, 'base64url').toString('utf8'));
  if (encode(fields) !== text) return undefined;
  return prefix.every((expected, index) => fields[index] === expected)
    ? fields.slice(prefix.length)
    : undefined;
}

function isKey(text: string | undefined, bytesMax: number): text is string {
  return text !== undefined && text !== '' && Buffer.byteLength(text, 'utf8') <= bytesMax;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function wholeNumberOf(text: string | undefined, range: Range): number | undefined {
  const number = numberOf(text, range);
  return Number.isInteger(number) ? number : undefined;
}

function numberOf(text: string | undefined, { min, max }: Range): number | undefined {
  const number = Number(text);
  return String(number) === text && number >= min && number <= max ? number : undefined;
}
