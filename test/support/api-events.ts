/**
 * Requests as an HTTP API passes them to Lambda (payload format 2.0): the path decoded, the query string as
 * sent.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

export interface ApiCall {
  readonly method?: string;
  /** Path and query as a client sends them; every percent escape in the path must be valid. */
  readonly target: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Record<string, string>;
  /** Claims of a token that the JWT authorizer accepted. */
  readonly claims?: Record<string, unknown>;
}

export const apiContext = { awsRequestId: 'request-1', functionName: 'api' } as Context;

export function apiEvent({ target, ...call }: ApiCall): APIGatewayProxyEventV2 {
  const [path = '', ...query] = target.split('?');
  return rawApiEvent({ ...call, rawPath: decodeURIComponent(path), rawQueryString: query.join('?') });
}

/** An event with any path and query string, even those that no client can send through API Gateway. */
export function rawApiEvent({
  method = 'GET',
  rawPath,
  rawQueryString = '',
  body,
  isBase64Encoded = false,
  headers = {},
  claims,
}: Omit<ApiCall, 'target'> & {
  readonly rawPath: string;
  readonly rawQueryString?: string;
}): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers,
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '01/Aug/2022:12:00:00 +0000',
      timeEpoch: 1_659_355_200_000,
      ...(claims && { authorizer: { jwt: { claims, scopes: null } } }),
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded,
  };
}

/** The members of all response bodies. A test reads the members that its response has. */
export interface ApiBody {
  readonly created_at: string;
  readonly favourites: readonly { readonly restaurant_id: string; readonly created_at: string }[];
  readonly counts: Readonly<Record<string, number>>;
  readonly updated_at: string | null;
  readonly window: string;
  readonly restaurants: readonly {
    readonly restaurant_id: string;
    readonly favourite_count: number;
    readonly rank: number;
  }[];
  readonly cursor?: string;
  readonly status: number;
  readonly detail: string;
}

export interface ApiAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined when the body is empty. */
  readonly body: ApiBody;
}

export function readAnswer({ statusCode, headers = {}, body }: APIGatewayProxyStructuredResultV2): ApiAnswer {
  const read: unknown = body === undefined || body === '' ? undefined : JSON.parse(body);
  return { status: statusCode, headers, body: read as ApiBody };
}
