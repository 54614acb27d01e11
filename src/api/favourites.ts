/**
 * A user's favourites. Mark, un-mark and read take one key operation each. The list is newest first, in
 * pages.
 */
import type { CreatedAt } from '../counting/time-window.ts';
import { decodeUserCursor, encodeUserCursor } from './cursor.ts';
import { type Operation, readLimit } from './request.ts';

/** `created_at` is this server's clock, so every row that the API writes has a precision of milliseconds. */
export const mark: Operation = async ({ key }, { store, calendar }) => {
  const createdAt = new Date(calendar.nowMs).toISOString() as CreatedAt;
  const answer = await store.mark(key, createdAt);
  const isNew = answer.kind === 'marked';
  return {
    statusCode: isNew ? 201 : 200,
    body: {
      restaurant_id: key.restaurantId,
      user_id: key.userId,
      created_at: isNew ? createdAt : (answer.createdAt ?? null),
    },
  };
};

export const unmark: Operation = async ({ key }, { store }) => {
  await store.unmark(key);
  return { statusCode: 204 };
};

export const ask: Operation = async ({ key }, { store }) => {
  const found = await store.favourite(key);
  return { body: found ? { favourite: true, created_at: found.createdAt ?? null } : { favourite: false } };
};

export const listUserFavourites: Operation = async ({ key: { userId }, query }, { store }) => {
  const limit = readLimit(query);
  const after = decodeUserCursor(query['cursor'], userId);
  // One more row than the page needs shows whether there is a next page.
  const rows = await store.userFavourites(userId, { rowsMax: limit + 1, after });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const favourites = page.map(({ restaurantId, createdAt }) => ({
    restaurant_id: restaurantId,
    created_at: createdAt,
  }));
  const cursor = rows.length > limit && last ? encodeUserCursor(userId, last) : undefined;
  return { body: { favourites, cursor } };
};
