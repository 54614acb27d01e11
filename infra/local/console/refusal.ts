/**
 * What the server refuses, on every path, the API's too: it listens on the loopback address only, and these rules keep other
 * web pages, open in the same browser, from reading it (DNS rebinding) or driving it (forged requests).
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  readonly status: 403 | 421;
  readonly message: string;
}

export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  /** That the server listens on. */
  readonly port: number;
}

/** Undefined when the request may be served. */
export function refusalOf({ headers, port }: RequestHead): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (port === 80) hosts.push('127.0.0.1', 'localhost');
  if (!hosts.includes(headers.host ?? '')) {
    return { status: 421, message: `Misdirected: this server is ${hosts[0]}` };
  }
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) {
    return { status: 403, message: 'Forbidden: requests from other origins are refused' };
  }
  // A request without Origin, such as another page's <img>: browsers say where it comes from in this header.
  const isCrossSite = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
  if (isCrossSite) return { status: 403, message: 'Forbidden: requests from other sites are refused' };
  return undefined;
}
