/**
 * A user's favourites in the default table. Mark, un-mark and read take one key operation each. The list is
 * newest first, in pages.
 */
import type { CreatedAt } from '../counting/time-window.ts';
import { decodeUserCursor, encodeUserCursor } from './cursor.ts';
import { checkFavourite, checkLimit, checkUserId } from './input.ts';
import type { ClientStore } from './store.ts';

/** Names one favourite of the default table. */
export interface FavouriteIds {
  readonly restaurantId: string;
  readonly userId: string;
}

export interface Mark extends FavouriteIds {
  /** False if it was marked already; it then keeps its first `createdAt`. */
  readonly isNew: boolean;
  /** Such as `2022-08-01T12:00:00.000Z`; null if another application wrote the row without one. */
  readonly createdAt: string | null;
}

export type FavouriteState =
  /** `createdAt` is null if another application wrote the row without one. */
  { readonly favourite: true; readonly createdAt: string | null } | { readonly favourite: false };

export interface FavouritesPage {
  readonly favourites: readonly { readonly restaurantId: string; readonly createdAt: string }[];
  /** Continues after this page; undefined on the last page. */
  readonly cursor: string | undefined;
}

/** Which page of a list. */
export interface PageOptions {
  /** Rows on the page, from 1 to 100; 20 by default. It may change from page to page. */
  readonly limit?: number | undefined;
  /** The cursor of the page before; undefined for the first page. */
  readonly cursor?: string | undefined;
}

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
