/**
 * Reads a request strictly: an unknown, repeated or malformed part is an error and never falls back to a
 * default.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { FavouriteCountsClient, FavouriteIds } from '../client/favourite-counts-client.ts';
import { badRequest, Problem } from './problem.ts';

/**
 * Handles one method of a route in path.ts. `key` holds only the ids that the path has. @throws {Problem}
 * @throws {BadInputError}
 */
export type Operation = (
  request: { readonly key: FavouriteIds; readonly query: Query },
  client: FavouriteCountsClient,
) => Promise<OperationAnswer>;

/** The status is 200 by default. Without `body` the response is empty. */
export interface OperationAnswer {
  readonly statusCode?: number;
  readonly body?: object;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** @param raw still encoded, as it was sent. @throws {Problem} */
export function readQuery(raw: string, known: readonly string[]): Query {
  const query = new Map<string, string>();
  for (const part of raw === '' ? [] : raw.split('&')) {
    const [encodedName = '', ...rest] = part.split('=');
    const [name, value] = [decode(encodedName), decode(rest.join('='))];
    if (known.length === 0) throw badRequest('this path takes no query parameters');
    if (!known.includes(name) || rest.length === 0) {
      throw badRequest(`query parameters must be name=value, with the name ${known.join(' or ')}`);
    }
    if (query.has(name)) throw badRequest(`${name} is given more than once; give it once`);
    query.set(name, value);
  }
  return Object.fromEntries(query);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw badRequest('the query has an invalid percent escape; it must be percent-encoded UTF-8');
  }
}

/** Undefined if the query has no limit, and NaN, which the client refuses, unless it is a plain number. */
export function readLimit({ limit }: Query): number | undefined {
  if (limit === undefined) return undefined;
  return /^[1-9]\d{0,2}$/.test(limit) ? Number(limit) : Number.NaN;
}

/** A user may access only their own favourites. A token without a sub gives no access. @throws {Problem} */
export function checkSubject({ requestContext }: APIGatewayProxyEventV2, userId: string | undefined): void {
  if (userId === undefined) return;
  // The type of this event does not declare the authorizer.
  const { authorizer } = requestContext as {
    readonly authorizer?: { readonly jwt?: { readonly claims?: { readonly sub?: unknown } } };
  };
  if (authorizer?.jwt?.claims?.sub === userId) return;
  throw new Problem(403, 'the token belongs to another user; its sub must be the user_id in the path');
}

/** Characters. Enough for an empty JSON object with white space, also in base64. */
const BODY_LENGTH_MAX = 256;
const EMPTY_OBJECT = /^[ \t\r\n]*\{[ \t\r\n]*\}[ \t\r\n]*$/;

/** @throws {Problem} */
export function checkBody({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): void {
  if (body === '') return;
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  if (body.length <= BODY_LENGTH_MAX && EMPTY_OBJECT.test(text)) return;
  throw badRequest('the request must have no body, or an empty JSON object');
}
