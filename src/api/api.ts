/** Handles requests of API Gateway's HTTP API (payload format 2.0). It never throws, whatever the request. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { BadInputError } from '../client/bad-input.ts';
import type { FavouriteCountsClient } from '../client/favourite-counts-client.ts';
import { clientOver } from '../client/over-store.ts';
import type { ClientStore } from '../client/store.ts';
import { isDefaultSource } from '../counting/source/source.ts';
import type { ApiEnvironment } from '../lambda/settings.ts';
import { TableReadError, TableWriteError } from '../tables/dynamodb/errors.ts';
import { routePath } from './path.ts';
import { badRequest, Problem } from './problem.ts';
import { checkBody, checkSubject, type OperationAnswer, readQuery } from './request.ts';

export interface ApiParts {
  readonly environment: Pick<
    ApiEnvironment,
    'authorization' | 'basePath' | 'rankingShards' | 'source' | 'timeWindows' | 'timeZone'
  > &
    Partial<Pick<ApiEnvironment, 'ranking'>>;
  readonly store: ClientStore;
  readonly clock: { readonly nowMs: () => number };
  /** Called with the cause of each 500 or 503 response. */
  readonly failed: (error: unknown) => void;
}

export type Api = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** Seconds. A throttled partition recovers within a second, or stays throttled for a long time. */
const RETRY_AFTER_SECONDS = '1';

export function createApi(parts: ApiParts): Api {
  const client = clientOver({ ...parts, settings: parts.environment });
  return async (event) => {
    try {
      return answer(await carryOut(event, parts, client), { 'content-type': 'application/json' });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.status >= 500) parts.failed(thrown);
      const headers = { 'content-type': 'application/problem+json', ...problem.headers };
      return answer({ statusCode: problem.status, body: problem.document }, headers);
    }
  };
}

async function carryOut(
  event: APIGatewayProxyEventV2,
  { environment }: ApiParts,
  client: FavouriteCountsClient,
): Promise<OperationAnswer> {
  const { basePath } = environment;
  // A path outside the base path becomes empty, which no route matches.
  const path = event.rawPath.startsWith(`${basePath}/`) ? event.rawPath.slice(basePath.length) : '';
  // In a table of another shape a mark could overwrite a row of its application.
  if (path.startsWith('/users/') && !isDefaultSource(environment.source)) {
    throw new Problem(404, 'paths under /users/ exist only where a table of the default shape is counted');
  }
  const { operation, key, query } = routePath(event.requestContext.http.method, path);
  if (environment.authorization === 'JWT') checkSubject(event, key.userId);
  const request = { key, query: readQuery(event.rawQueryString, query) };
  checkBody(event);
  return operation(request, client);
}

function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof BadInputError) return badRequest(thrown.message);
  if ((thrown instanceof TableReadError || thrown instanceof TableWriteError) && thrown.retryable) {
    const detail = 'the tables do not respond at the moment; retry the same request';
    return new Problem(503, detail, { 'retry-after': RETRY_AFTER_SECONDS });
  }
  return new Problem(500, 'the API failed, not your request; the log of the API has the cause');
}

/** No response may be cached, and no browser may guess its content type. */
function answer(
  { statusCode = 200, body }: OperationAnswer,
  headers: Readonly<Record<string, string>>,
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: {
      ...(body && headers),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: body ? JSON.stringify(body) : '',
    isBase64Encoded: false,
  };
}
