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

/** Presses or releases a heart, and answers with what the page shows. Both may be repeated. */
export async function handler({ userId, restaurantId, pressed }: Heart) {
  if (pressed) await favourites.mark({ userId, restaurantId });
  else await favourites.unmark({ userId, restaurantId });
  // The ranking follows a second or two later, so the page shows the user's own heart from here.
  const [heart, top] = await Promise.all([
    favourites.favourite({ userId, restaurantId }),
    favourites.ranking({ window: 'ALL_TIME', limit: 10 }),
  ]);
  return { pressed: heart.favourite, top: top.restaurants };
}
