/** What the console refuses: answered as a problem document, like what the API refuses. Nothing of the request is in it. */
import type { ServerResponse } from 'node:http';
import { problem } from '../emulator/http-api/api.ts';
import { writeAnswer } from '../emulator/http-api/serve.ts';
import { securityHeaders } from './page-files.ts';

export interface Refused {
  readonly status: number;
  /** One sentence: what was expected. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of an order or a path that cannot be served as it was asked. */
export class ProblemError extends Error {
  readonly refused: Refused;

  constructor(refused: Refused) {
    super(refused.message);
    this.name = 'ProblemError';
    this.refused = refused;
  }
}

export function answerProblem(response: ServerResponse, { status, message, headers }: Refused): void {
  // Too late for another answer.
  if (response.headersSent) return void response.destroy();
  const answer = problem(status, message);
  writeAnswer(response, { ...answer, headers: { ...securityHeaders, ...answer.headers, ...headers } });
}
