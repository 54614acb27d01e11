/**
 * Rejects requests with problem documents like those of the API. The server listens only on the loopback
 * address. `refusalOf` also rejects requests from other pages in the same browser, so that they can neither
 * read from the server (DNS rebinding) nor send it orders (request forgery).
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { problem } from '../emulator/http-api/api.ts';
import { writeAnswer } from '../emulator/http-api/serve.ts';
import { securityHeaders } from './page-file-names.ts';

/** The message says in one sentence what was expected. It never contains parts of the request. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code = 'problem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function answerProblem(response: ServerResponse, error: unknown): void {
  // Another response has already begun.
  if (response.headersSent) return void response.destroy();
  const { status, message, headers } =
    error instanceof ProblemError ? error : new ProblemError(500, 'The console failed to respond');
  const answer = problem(status, message);
  writeAnswer(response, { ...answer, headers: { ...securityHeaders, ...answer.headers, ...headers } });
}

/** Returns the error for a forbidden request, or undefined. @param port the port of the server */
export function refusalOf(headers: IncomingHttpHeaders, port: number): ProblemError | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (port === 80) hosts.push('127.0.0.1', 'localhost');
  if (!hosts.includes(headers.host ?? '')) {
    return new ProblemError(421, `Misdirected: this server is ${hosts[0]}`);
  }
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) {
    return new ProblemError(403, 'Forbidden: requests from other origins are rejected');
  }
  // An <img> of another page sends no Origin, but browsers say in this header where the request comes from.
  const isCrossSite = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
  return isCrossSite ? new ProblemError(403, 'Forbidden: requests from other sites are rejected') : undefined;
}
