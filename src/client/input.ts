/** Checks the ids and limits of a call. Ids are never repeated in a message. */
import type { RestaurantId } from '../counting/register-key.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../counting/source/row-key.ts';
import type { FavouriteKey, UserId } from '../tables/favourites.ts';
import { BadInputError } from './bad-input.ts';
import type { FavouriteIds } from './favourite-counts-client.ts';

/** Checks the type too, because a caller in JavaScript may pass anything. */
export function isListOf(most: number, list: readonly unknown[]): boolean {
  return Array.isArray(list) && list.length <= most;
}

/** Rows on a page. */
const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

/** @throws {BadInputError} */
export function checkLimit(limit: number = LIMIT_DEFAULT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new BadInputError('limit', `limit must be a whole number from 1 to ${LIMIT_MAX}`);
}

/** A restaurant id of a table of any shape. @param name its name in the message. @throws {BadInputError} */
export function checkRestaurantId(text: string, name = 'restaurantId'): RestaurantId {
  if (isKeyText(text, PARTITION_KEY_BYTES_MAX)) return text as RestaurantId;
  throw new BadInputError('restaurant-id', `${name} must be ${expectedOf(PARTITION_KEY_BYTES_MAX)}`);
}

/**
 * The separator of the two ids in the key of the default table. Without it in the ids, the key is
 * unambiguous.
 */
const SEPARATOR = '#';

/** A user id of the default table. @throws {BadInputError} */
export function checkUserId(text: string): UserId {
  if (isKeyText(text, SORT_KEY_BYTES_MAX) && !text.includes(SEPARATOR)) return text as UserId;
  throw new BadInputError('user-id', `userId must be ${expectedOf(SORT_KEY_BYTES_MAX)}, without #`);
}

/** The ids of a row of the default table that the pipeline can count. @throws {BadInputError} */
export function checkFavourite({ restaurantId, userId }: FavouriteIds): FavouriteKey {
  const key = { restaurantId: checkRestaurantId(restaurantId), userId: checkUserId(userId) };
  if (restaurantId.includes(SEPARATOR)) {
    throw new BadInputError(
      'restaurant-id',
      'restaurantId must not contain # in a table of the default shape',
    );
  }
  if (isKeyText(restaurantId + SEPARATOR + userId, PARTITION_KEY_BYTES_MAX)) return key;
  const expected = `at most ${PARTITION_KEY_BYTES_MAX - 1} bytes of UTF-8`;
  throw new BadInputError('restaurant-id', `restaurantId and userId together must have ${expected}`);
}

function isKeyText(text: unknown, bytesMax: number): boolean {
  if (typeof text !== 'string' || text === '' || !text.isWellFormed()) return false;
  return Buffer.byteLength(text, 'utf8') <= bytesMax;
}

function expectedOf(bytesMax: number): string {
  return `text of 1 to ${bytesMax} bytes of UTF-8`;
}
