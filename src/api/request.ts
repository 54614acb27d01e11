/**
 * A request as it came, checked and made safe for the router, which would build a URL and a Request from it: a strange
 * method, a Host header, a body of a GET or a broken escape must be an answer of ours, never an error of theirs.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ApiAuthorization } from '../lambda/environment.ts';
import { readPath } from './path.ts';
import { badRequest, Problem } from './problem.ts';
import { readQuery } from './query-string.ts';

/** @returns the event to route: of what came, its method, its ids encoded anew and the query parameters that are known. @throws {Problem} */
export function readRequest(
  event: APIGatewayProxyEventV2,
  { authorization }: { readonly authorization: ApiAuthorization },
): APIGatewayProxyEventV2 {
  const { method } = event.requestContext.http;
  const { path, ids, query } = readPath(method, event.rawPath);
  if (authorization === 'JWT') checkSubject(event, ids['user_id']);
  const parameters = readQuery(event.rawQueryString, query);
  checkBody(event);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams(Object.entries(parameters) as [string, string][]).toString(),
    headers: {},
    requestContext: { ...event.requestContext, domainName: 'api.invalid' },
    isBase64Encoded: false,
  };
}

/** A user reaches their own favourites only; a token without a subject reaches nobody's. */
function checkSubject({ requestContext }: APIGatewayProxyEventV2, userId: string | undefined): void {
  if (userId === undefined) return;
  const subject = member(member(member(member(requestContext, 'authorizer'), 'jwt'), 'claims'), 'sub');
  if (subject !== userId) {
    throw new Problem(
      403,
      'The token is of another user, expected one whose sub is the user_id in the path.',
    );
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** More than any spelling of an empty object needs. */
const BODY_LENGTH_MAX = 256;

function checkBody({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): void {
  if (body === '') return;
  if (body.length <= BODY_LENGTH_MAX && isEmptyObject(isBase64Encoded ? fromBase64(body) : body)) return;
  throw badRequest('The request has a body, expected none, or an empty JSON object.');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function isEmptyObject(text: string): boolean {
  return /^[ \t\r\n]*\{[ \t\r\n]*\}[ \t\r\n]*$/.test(text);
}
