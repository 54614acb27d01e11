/**
 * A user's favourites in the default table. Mark, un-mark and read take one key operation each. The list is
 * newest first, in pages.
 */
import type { CreatedAt } from '../counting/time-window.ts';
import { decodeUserCursor, encodeUserCursor } from './cursor.ts';
import type {
  FavouriteIds,
  FavouritesPage,
  FavouriteState,
  Mark,
  PageOptions,
} from './favourite-counts-client.ts';
import { checkFavourite, checkLimit, checkUserId } from './input.ts';
import type { ClientStore } from './store.ts';

/** `createdAt` is the caller's clock, so every row that the client writes has a precision of milliseconds. */
export async function mark(store: ClientStore, ids: FavouriteIds, nowMs: number): Promise<Mark> {
  const key = checkFavourite(ids);
  const createdAt = new Date(nowMs).toISOString() as CreatedAt;
  const answer = await store.mark(key, createdAt);
  const isNew = answer.kind === 'marked';
  return { ...key, isNew, createdAt: isNew ? createdAt : (answer.createdAt ?? null) };
}

export async function unmark(store: ClientStore, ids: FavouriteIds): Promise<void> {
  await store.unmark(checkFavourite(ids));
}

export async function favourite(store: ClientStore, ids: FavouriteIds): Promise<FavouriteState> {
  const found = await store.favourite(checkFavourite(ids));
  return found ? { favourite: true, createdAt: found.createdAt ?? null } : { favourite: false };
}

export async function favouritesOf(
  store: ClientStore,
  userIdText: string,
  options: PageOptions = {},
): Promise<FavouritesPage> {
  const userId = checkUserId(userIdText);
  const limit = checkLimit(options.limit);
  const after = decodeUserCursor(options.cursor, userId);
  // One more row than the page needs shows whether there is a next page.
  const rows = await store.userFavourites(userId, { rowsMax: limit + 1, after });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    favourites: page.map(({ restaurantId, createdAt }) => ({ restaurantId, createdAt })),
    cursor: rows.length > limit && last ? encodeUserCursor(userId, last) : undefined,
  };
}
