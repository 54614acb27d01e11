/** The API: a request of HTTP API (payload format 2.0) in, its answer out. Nothing that a client sends makes it throw. */
import { Router } from '@aws-lambda-powertools/event-handler/http';
import type { RequestContext } from '@aws-lambda-powertools/event-handler/types';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { FavouriteKey, RestaurantId, UserId } from '../counting/favourite-event.ts';
import type { ApiEnvironment } from '../lambda/environment.ts';
import { ask, mark, unmark } from './favourite.ts';
import { readFavouriteCounts } from './favourite-counts.ts';
import { templates } from './path.ts';
import { Problem } from './problem.ts';
import { readRequest } from './request.ts';
import { listRestaurants } from './restaurants.ts';
import { listUserFavourites } from './user-favourites.ts';
import type { ApiStore } from './store.ts';
import { TableReadError, TableWriteError } from '../tables/dynamodb/errors.ts';

export interface ApiParts {
  readonly environment: Pick<ApiEnvironment, 'authorization' | 'rankingShards' | 'timeWindows'>;
  readonly store: ApiStore;
  readonly clock: { readonly nowMs: () => number };
  /** Called with what a client cannot mend, once for each answer of 500 or 503. */
  readonly failed: (error: unknown) => void;
}

export type Api = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Seconds: DynamoDB's throttling of a partition is over, or lasts, by then. */
const RETRY_AFTER_SECONDS = '1';
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function createApi(parts: ApiParts): Api {
  const router = createRouter(parts);
  return async (event, context) => {
    try {
      return withHeaders(await router.resolve(readRequest(event, parts.environment), context));
    } catch (thrown) {
      return withHeaders(asAnswer(thrown, parts));
    }
  };
}

function createRouter(parts: ApiParts): Router {
  const { environment, store, clock } = parts;
  const calendar = () => ({ settings: environment.timeWindows, nowMs: clock.nowMs() });
  // It would log paths, and in them user ids.
  const router = new Router({ logger: silent });
  router.put(templates.favourite, (request) => mark(keyOf(request), { store, nowMs: clock.nowMs() }));
  router.delete(templates.favourite, (request) => unmark(keyOf(request), { store }));
  router.get(templates.favourite, (request) => ask(keyOf(request), { store }));
  router.get(templates.userFavourites, (request) =>
    listUserFavourites(userOf(request), queryOf(request), { store }),
  );
  router.get(templates.favouriteCounts, (request) =>
    readFavouriteCounts(restaurantOf(request), queryOf(request), { store, calendar: calendar() }),
  );
  router.get(templates.restaurants, (request) =>
    listRestaurants(queryOf(request), { store, calendar: calendar(), shards: environment.rankingShards }),
  );
  router.errorHandler(Error, async (error) => asAnswer(error, parts));
  return router;
}

/** Ids were read before the request was routed: nothing else comes this far. */
const userOf = ({ params }: RequestContext) => params['user_id'] as UserId;
const restaurantOf = ({ params }: RequestContext) => params['restaurant_id'] as RestaurantId;
const keyOf = (request: RequestContext): FavouriteKey => ({
  restaurantId: restaurantOf(request),
  userId: userOf(request),
});
const queryOf = ({ req }: RequestContext) => Object.fromEntries(new URL(req.url).searchParams);

function asAnswer(thrown: unknown, { failed }: Pick<ApiParts, 'failed'>) {
  const problem = asProblem(thrown);
  if (problem.status >= 500) failed(thrown);
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    body: JSON.stringify(problem.document),
  };
}

function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if ((thrown instanceof TableReadError || thrown instanceof TableWriteError) && thrown.retryable) {
    const detail = 'The tables do not answer just now. The request can be sent again as it is.';
    return new Problem(503, detail, { 'retry-after': RETRY_AFTER_SECONDS });
  }
  return new Problem(
    500,
    'Something went wrong that is not of your making. The log of the API has the cause.',
  );
}

/** No answer is to be kept, guessed at, or shown as a page. */
function withHeaders({
  statusCode = 500,
  headers = {},
  body = '',
}: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  const { 'content-type': contentType, ...others } = headers;
  return {
    statusCode,
    headers: {
      ...(contentType === undefined || body === '' ? {} : { 'content-type': contentType }),
      ...others,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body,
    isBase64Encoded: false,
  };
}
