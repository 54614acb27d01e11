import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createFavouriteCountsClient } from 'favourite-counts/client';

const favourites = createFavouriteCountsClient({
  config: process.env.FAVOURITES,
  dynamoDb: new DynamoDBClient(),
});

interface Heart {
  readonly userId: string;
  readonly restaurantId: string;
  readonly pressed: boolean;
}

/** Marks or un-marks, and answers with what the page shows. It is safe to repeat a call. */
export async function handler({ userId, restaurantId, pressed }: Heart) {
  if (pressed) await favourites.mark({ userId, restaurantId });
  else await favourites.unmark({ userId, restaurantId });
  // The ranking is a second or two behind, so the user's own heart comes from the table of favourites.
  const [heart, top] = await Promise.all([
    favourites.favourite({ userId, restaurantId }),
    favourites.ranking({ window: 'ALL_TIME', limit: 10 }),
  ]);
  return { pressed: heart.favourite, top: top.restaurants };
}
