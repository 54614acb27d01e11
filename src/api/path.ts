/**
 * The routes of the API, all in one table. HTTP API decodes a path before it passes it on, so an encoded
 * slash in an id looks like any other slash. Patterns therefore match as widely as they can: an id with a
 * slash is a bad id (400) and not an unknown path (404).
 */
import type { FavouriteIds } from '../client/favourite-counts-client.ts';
import { ask, listUserFavourites, mark, unmark } from './favourites.ts';
import { badRequest, Problem } from './problem.ts';
import type { Operation } from './request.ts';
import { listRestaurants, readFavouriteCounts } from './restaurants.ts';

interface Route {
  /** Its named groups are the ids. */
  readonly pattern: RegExp;
  readonly operations: Readonly<Record<string, Operation>>;
  /** Names of the query parameters. */
  readonly query: readonly string[];
}

const routes: readonly Route[] = [
  {
    pattern: /^\/users\/(?<user_id>.*)\/favourites\/(?<restaurant_id>.*)$/s,
    operations: { GET: ask, PUT: mark, DELETE: unmark },
    query: [],
  },
  {
    pattern: /^\/users\/(?<user_id>.*)\/favourites$/s,
    operations: { GET: listUserFavourites },
    query: ['limit', 'cursor'],
  },
  {
    pattern: /^\/restaurants\/(?<restaurant_id>.*)\/favourite-counts$/s,
    operations: { GET: readFavouriteCounts },
    query: ['windows'],
  },
  {
    pattern: /^\/restaurants$/,
    operations: { GET: listRestaurants },
    query: ['window', 'limit', 'cursor'],
  },
];

/**
 * @throws {Problem} 404 for an unknown path, 405 for a method that the path does not allow, 400 for an
 * invalid id
 */
export function routePath(method: string, decodedPath: string) {
  for (const { pattern, operations, query } of routes) {
    const match = pattern.exec(decodedPath);
    if (match === null) continue;
    if (!Object.hasOwn(operations, method)) {
      const allow = Object.keys(operations).join(', ');
      throw new Problem(405, `this path allows only ${allow}`, { allow });
    }
    const { user_id: userId, restaurant_id: restaurantId } = match.groups ?? {};
    for (const [name, id] of Object.entries(match.groups ?? {})) checkId(name, id);
    return {
      operation: operations[method] as Operation,
      key: { userId, restaurantId } as FavouriteIds,
      query,
    };
  }
  throw new Problem(404, 'there is no such path; docs/openapi.json lists the paths');
}

/** Bytes of UTF-8. A UUID has 36; two ids of this length fit easily into a key. */
const ID_BYTES_MAX = 256;
/**
 * Control characters (C0, DEL and C1), characters that end a path or a key, and `%`: an id with a `%` would
 * change if it were decoded twice.
 */
const FORBIDDEN = /[/?#%\p{Cc}]/u;

/** Whether a text can be an id in a path. */
export function isId(text: string): boolean {
  // A URL drops the segments `.` and `..`, encoded or not.
  if (text.length > ID_BYTES_MAX || text === '.' || text === '..' || text.trim() === '') return false;
  if (FORBIDDEN.test(text) || !text.isWellFormed()) return false;
  return new TextEncoder().encode(text).length <= ID_BYTES_MAX;
}

function checkId(name: string, text: string): void {
  if (isId(text)) return;
  throw badRequest(
    `${name} in the path must be 1 to ${ID_BYTES_MAX} bytes of UTF-8, percent-encoded as one segment; it ` +
      'must not be white space alone, . or .., and must not hold / ? # % or control characters',
  );
}
