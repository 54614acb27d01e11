/** A client's mistake or a failure of the API, as a problem document (RFC 9457). */
const titles = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** Thrown while a request is handled; becomes the response. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code = 'problem';
  readonly status: keyof typeof titles;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail for people; it never repeats values of the request, because they may be personal data */
  constructor(status: keyof typeof titles, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }

  get document() {
    const { status, message: detail } = this;
    return { type: 'about:blank', title: titles[status], status, detail };
  }
}

export function badRequest(detail: string): Problem {
  return new Problem(400, detail);
}
