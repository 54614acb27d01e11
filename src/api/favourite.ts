/** Mark, un-mark and ask: one key operation each. */
import type { FavouriteKey } from '../counting/favourite-event.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import type { ApiStore } from './store.ts';

/** `created_at` is this server's clock, in milliseconds: the one precision of all that the API writes. */
export async function mark(
  key: FavouriteKey,
  { store, nowMs }: { readonly store: ApiStore; readonly nowMs: number },
) {
  const createdAt = new Date(nowMs).toISOString() as CreatedAt;
  const answer = await store.mark(key, createdAt);
  const favourite = (created_at: string | null) => ({
    restaurant_id: key.restaurantId,
    user_id: key.userId,
    created_at,
  });
  return answer.kind === 'marked'
    ? { statusCode: 201, body: favourite(createdAt) }
    : { statusCode: 200, body: favourite(answer.createdAt ?? null) };
}

export async function unmark(key: FavouriteKey, { store }: { readonly store: ApiStore }) {
  await store.unmark(key);
  return { statusCode: 204, body: undefined };
}

export async function ask(key: FavouriteKey, { store }: { readonly store: ApiStore }) {
  const favourite = await store.favourite(key);
  if (favourite === undefined) return { statusCode: 200, body: { favourite: false } };
  return { statusCode: 200, body: { favourite: true, created_at: favourite.createdAt ?? null } };
}
