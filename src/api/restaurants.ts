/** The counts of one restaurant, and the ranking of a window page by page. */
import { type Operation, readLimit } from './request.ts';

export const readFavouriteCounts: Operation = async ({ key, query }, client) => {
  const windows = query['windows']?.split(',');
  const { restaurantId, counts, updatedAt } = await client.counts(key.restaurantId, { windows });
  return { body: { restaurant_id: restaurantId, counts, updated_at: updatedAt } };
};

export const listRestaurants: Operation = async ({ query }, client) => {
  const { window, restaurants, cursor } = await client.ranking({
    window: query['window'],
    limit: readLimit(query),
    cursor: query['cursor'],
  });
  const rows = restaurants.map(({ restaurantId, favouriteCount, rank }) => ({
    restaurant_id: restaurantId,
    favourite_count: favouriteCount,
    rank,
  }));
  return { body: { window, restaurants: rows, cursor } };
};
