/** A user's favourites: mark, un-mark, ask, list. */
import { type Operation, readLimit } from './request.ts';

export const mark: Operation = async ({ key }, client) => {
  const { restaurantId, userId, isNew, createdAt } = await client.mark(key);
  return {
    statusCode: isNew ? 201 : 200,
    body: { restaurant_id: restaurantId, user_id: userId, created_at: createdAt },
  };
};

export const unmark: Operation = async ({ key }, client) => {
  await client.unmark(key);
  return { statusCode: 204 };
};

export const ask: Operation = async ({ key }, client) => {
  const state = await client.favourite(key);
  return { body: state.favourite ? { favourite: true, created_at: state.createdAt } : state };
};

export const listUserFavourites: Operation = async ({ key, query }, client) => {
  const page = await client.favouritesOf(key.userId, { limit: readLimit(query), cursor: query['cursor'] });
  const favourites = page.favourites.map(({ restaurantId, createdAt }) => ({
    restaurant_id: restaurantId,
    created_at: createdAt,
  }));
  return { body: { favourites, cursor: page.cursor } };
};
