import { STATUS_CODES } from 'node:http';

/** A request to an HTTP API, as received. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query as sent, not decoded. */
  readonly target: string;
  /** Names in lower case; values of a repeated header joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Never rejects. */
export type Api = (request: ApiRequest) => Promise<ApiResponse>;

/** A problem document (RFC 9457) for a request that does not reach the function. Never echoes the request. */
export function problem(status: number, detail: string): ApiResponse {
  const document = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: Buffer.from(JSON.stringify(document)),
  };
}
