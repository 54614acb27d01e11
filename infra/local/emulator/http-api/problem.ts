/** What is answered before or instead of the function: problem documents (RFC 9457), which never repeat the request. */
import { STATUS_CODES } from 'node:http';
import type { ApiResponse } from './api-request.ts';

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
