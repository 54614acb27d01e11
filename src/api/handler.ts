/**
 * Lambda entry: one request of HTTP API, payload format 2.0.
 *
 * IAM: `dynamodb:PutItem`, `dynamodb:DeleteItem` and `dynamodb:GetItem` on Favourites; `dynamodb:Query` on
 * its index `by_user`; `dynamodb:BatchGetItem` on AggregatedFavourites; `dynamodb:Query` on its index
 * `ranking`.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { createClientStore } from '../client/store.ts';
import { createClient } from '../lambda/clients.ts';
import { systemClock } from '../lambda/clock.ts';
import { readEnvironment } from '../lambda/environment.ts';
import { logger } from '../lambda/logger.ts';
import { apiVariables } from '../lambda/settings.ts';
import { createApi } from './api.ts';

const environment = readEnvironment(apiVariables, process.env);
const client = createClient(DynamoDBClient, 'api');
const tables = { ...environment, countsTable: environment.aggregatedFavouritesTable };
const api = createApi({
  environment,
  store: createClientStore(client, tables, { ...systemClock, random: Math.random }),
  clock: systemClock,
  failed: (error) => logger.error('A request failed', describe(error)),
});

export async function handler(
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> {
  logger.addContext(context);
  return api(event);
}

/** The message of an unexpected error may hold a user id, so only its name and stack are logged. */
function describe(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: typeof error };
  if ('code' in error && 'retryable' in error) return { error: error.name, reason: error.message };
  const stack = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, stack };
}
