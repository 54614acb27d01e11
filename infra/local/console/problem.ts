/**
 * Requests that the console refuses, answered as problem documents like those of the API. The server listens
 * on the loopback address only, and `refusalOf` keeps other pages in the same browser from reading it (DNS
 * rebinding) or driving it (forged requests).
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { problem } from '../emulator/http-api/api.ts';
import { writeAnswer } from '../emulator/http-api/serve.ts';
import { securityHeaders } from './page-files.ts';

/** The message says in one sentence what was expected, and repeats nothing of the request. */
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
  // Too late for another answer.
  if (response.headersSent) return void response.destroy();
  const { status, message, headers } =
    error instanceof ProblemError ? error : new ProblemError(500, 'The console failed to answer');
  const answer = problem(status, message);
  writeAnswer(response, { ...answer, headers: { ...securityHeaders, ...answer.headers, ...headers } });
}

/** Undefined when the request may be served. @param port that the server listens on */
export function refusalOf(headers: IncomingHttpHeaders, port: number): ProblemError | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (port === 80) hosts.push('127.0.0.1', 'localhost');
  if (!hosts.includes(headers.host ?? '')) {
    return new ProblemError(421, `Misdirected: this server is ${hosts[0]}`);
  }
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) {
    return new ProblemError(403, 'Forbidden: requests from other origins are refused');
  }
  // A request without Origin, such as another page's <img>: browsers say in this header where it comes from.
  const isCrossSite = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
  return isCrossSite ? new ProblemError(403, 'Forbidden: requests from other sites are refused') : undefined;
}
