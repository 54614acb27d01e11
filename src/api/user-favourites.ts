/** A user's favourites, newest first, page by page. */
import type { UserId } from '../counting/favourite-event.ts';
import { decodeUserCursor, encodeUserCursor } from './cursor.ts';
import { badRequest } from './problem.ts';
import { type Query, readLimit } from './query-string.ts';
import type { ApiStore } from './store.ts';

/** @throws {Problem} */
export async function listUserFavourites(
  userId: UserId,
  query: Query,
  { store }: { readonly store: ApiStore },
) {
  const limit = readLimit(query);
  const after = query['cursor'] === undefined ? undefined : decodeUserCursor(query['cursor'], userId);
  if (query['cursor'] !== undefined && after === undefined) throw badCursor();
  const rows = await store.userFavourites(userId, { rowsMax: limit + 1, after });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    favourites: page.map(({ restaurantId, createdAt }) => ({
      restaurant_id: restaurantId,
      created_at: createdAt,
    })),
    ...(rows.length > limit && last ? { cursor: encodeUserCursor(userId, last) } : {}),
  };
}

export function badCursor() {
  return badRequest(
    'The cursor is none of this query, expected one that a page of the same query answered with.',
  );
}
