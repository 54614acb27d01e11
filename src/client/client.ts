/**
 * `favourite-counts/client`, for application code: marks, counts and rankings, directly in the tables of a
 * deployment. docs/client.md has every method with its answer, its errors and its cost.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../lambda/clock.ts';
import { BadInputError } from './bad-input.ts';
import { parseClientConfig } from './config.ts';
import type { FavouriteCountsClient } from './favourite-counts-client.ts';
import { clientOver } from './over-store.ts';
import { createClientStore } from './store.ts';

export { TableReadError, TableWriteError } from '../tables/dynamodb/errors.ts';
export { type BadInputCode, BadInputError } from './bad-input.ts';
export type {
  CountsOptions,
  FavouriteCountsClient,
  FavouriteIds,
  FavouritesPage,
  FavouriteState,
  Mark,
  PageOptions,
  RankedRestaurant,
  RankingOptions,
  RankingPage,
  RestaurantCounts,
} from './favourite-counts-client.ts';

export interface FavouriteCountsClientOptions {
  /** The text of `clientConfig`, which your function gets in an environment variable of your choice. */
  readonly config: string | undefined;
  /** Your own client: its region, credentials, retries and timeouts apply to every request. */
  readonly dynamoDb: DynamoDBClient;
}

/**
 * Call this once, outside your handler. It checks the configuration and sends no request. The client keeps
 * nothing between calls.
 * @throws {BadInputError} if the configuration is missing, damaged or of another version
 */
export function createFavouriteCountsClient({
  config,
  dynamoDb,
}: FavouriteCountsClientOptions): FavouriteCountsClient {
  const settings = parseClientConfig(config);
  if (typeof (dynamoDb as Partial<DynamoDBClient> | undefined)?.send !== 'function') {
    throw new BadInputError('config', 'dynamoDb must be a DynamoDBClient of @aws-sdk/client-dynamodb');
  }
  const store = createClientStore(dynamoDb, settings, { ...systemClock, random: Math.random });
  return clientOver({ store, settings, clock: systemClock });
}
