/**
 * Turns a request into the event that an HTTP API passes to its function, payload format 2.0. The path is
 * decoded once, as on AWS, so code that decodes it a second time fails here as well.
 */
import { randomUUID } from 'node:crypto';
import type { HttpApiSettings } from '../stack/http-api.ts';
import type { ApiRequest } from './api.ts';

type ApiEvent = Readonly<Record<string, unknown>>;

interface EventOptions {
  readonly settings: Pick<HttpApiSettings, 'apiId' | 'accountId' | 'domainName'>;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** The only characters that RFC 3986 allows in a request line. */
const targetPattern = /^\/[\x21-\x7e]*$/;

/** Undefined when the target is not a path, or contains an invalid percent-escape. */
export function apiEvent(request: ApiRequest, { settings, nowMs }: EventOptions): ApiEvent | undefined {
  const { method, target, body } = request;
  if (!targetPattern.test(target)) return undefined;
  const [, encodedPath = '', rawQueryString = ''] = /^([^?]*)\??(.*)$/.exec(target) ?? [];
  const path = decoded(encodedPath);
  if (path === undefined) return undefined;
  const { cookie, ...headers } = request.headers;
  const { apiId, accountId, domainName } = settings;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: joinedParameters(rawQueryString) }),
    requestContext: {
      accountId,
      apiId,
      domainName,
      domainPrefix: apiId,
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: commonLogTime(nowMs),
      timeEpoch: nowMs,
    },
    ...bodyFields(body, headers['content-type'] ?? ''),
  };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Joins the values of a repeated parameter with commas. */
function joinedParameters(query: string): Readonly<Record<string, string>> {
  const values = new URLSearchParams(query);
  return Object.fromEntries([...values.keys()].map((name) => [name, values.getAll(name).join(',')]));
}

/** Content types whose body is passed as text. All other bodies are passed in base64. */
const textTypes = /^(?:text\/|application\/(?:json|javascript|xml)\b)/i;

function bodyFields(body: Buffer, contentType: string) {
  if (body.length === 0) return { isBase64Encoded: false };
  if (textTypes.test(contentType)) return { body: body.toString('utf8'), isBase64Encoded: false };
  return { body: body.toString('base64'), isBase64Encoded: true };
}

/** `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(nowMs: number): string {
  // `Thu, 12 Mar 2020 19:03:58 GMT`
  const [, day, month, year, time] = new Date(nowMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
