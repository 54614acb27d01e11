import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createFavouriteCountsClient } from 'favourite-counts/client';

const likes = createFavouriteCountsClient({ config: process.env.LIKES, dynamoDb: new DynamoDBClient() });

/** A page of the most liked restaurants, with their likes of this month. */
export async function handler({ cursor }: { readonly cursor?: string }) {
  const page = await likes.ranking({ window: 'ALL_TIME', limit: 20, cursor });
  const ids = page.restaurants.map(({ restaurantId }) => restaurantId);
  const months = await likes.countsOf(ids, { windows: ['THIS_MONTH'] });
  const restaurants = page.restaurants.map(({ restaurantId, rank, favouriteCount }, at) => {
    const [thisMonth = 0] = Object.values(months[at]?.counts ?? {});
    return { restaurantId, rank, likes: favouriteCount, thisMonth };
  });
  return { restaurants, cursor: page.cursor };
}
