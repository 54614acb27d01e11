/** What a client did wrong, or what we cannot answer, as a problem document (RFC 9457). It never repeats what was sent. */
const titles = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

export type ProblemStatus = keyof typeof titles;

export interface ProblemDocument {
  /** The status says all there is to say about the kind of problem. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: ProblemStatus;
  /** For a person: what is wrong, and what was expected. */
  readonly detail: string;
}

/** Thrown anywhere in a request; becomes its answer. `detail` holds nothing of the request. */
export class Problem extends Error {
  readonly code = 'problem';
  readonly retryable: boolean;
  readonly status: ProblemStatus;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: ProblemStatus, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.headers = headers;
    this.retryable = status === 503;
  }

  get document(): ProblemDocument {
    return { type: 'about:blank', title: titles[this.status], status: this.status, detail: this.message };
  }
}

export function badRequest(detail: string): Problem {
  return new Problem(400, detail);
}
