/**
 * The paths of the API, read from a path as HTTP API hands it over: decoded once, so that an encoded slash in an id
 * looks like any other. Therefore a path is matched as widely as it can be, and an id with a slash is a bad id and no
 * unknown path.
 */
import { badRequest, Problem } from './problem.ts';

interface PathRule {
  readonly pattern: RegExp;
  /** The router's template; its parameters, in order, are the groups of `pattern`. */
  readonly template: `/${string}`;
  readonly ids: readonly string[];
  readonly methods: readonly string[];
  /** The query parameters that it knows. */
  readonly query: readonly string[];
}

export const templates = {
  favourite: '/users/:user_id/favourites/:restaurant_id',
  userFavourites: '/users/:user_id/favourites',
  favouriteCounts: '/restaurants/:restaurant_id/favourite-counts',
  restaurants: '/restaurants',
} as const;

const rules: readonly PathRule[] = [
  {
    pattern: /^\/users\/(.*)\/favourites\/(.*)$/s,
    template: templates.favourite,
    ids: ['user_id', 'restaurant_id'],
    methods: ['GET', 'PUT', 'DELETE'],
    query: [],
  },
  {
    pattern: /^\/users\/(.*)\/favourites$/s,
    template: templates.userFavourites,
    ids: ['user_id'],
    methods: ['GET'],
    query: ['limit', 'cursor'],
  },
  {
    pattern: /^\/restaurants\/(.*)\/favourite-counts$/s,
    template: templates.favouriteCounts,
    ids: ['restaurant_id'],
    methods: ['GET'],
    query: ['windows'],
  },
  {
    pattern: /^\/restaurants$/,
    template: templates.restaurants,
    ids: [],
    methods: ['GET'],
    query: ['window', 'limit', 'cursor'],
  },
];

export interface ReadPath {
  /** Encoded anew: the router's decoding gives exactly the ids that came. */
  readonly path: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly query: readonly string[];
}

/** @throws {Problem} 404, 405, or 400 for an id that cannot be one. */
export function readPath(method: string, decodedPath: string): ReadPath {
  for (const rule of rules) {
    const match = rule.pattern.exec(decodedPath);
    if (match === null) continue;
    if (!rule.methods.includes(method)) {
      const allow = rule.methods.join(', ');
      throw new Problem(405, `This path answers to ${allow}.`, { allow });
    }
    const ids = rule.ids.map((name, index) => [name, readId(name, match[index + 1] ?? '')] as const);
    return {
      path: ids.reduce<string>(
        (path, [name, id]) => path.replace(`:${name}`, () => encode(id)),
        rule.template,
      ),
      ids: Object.fromEntries(ids),
      query: rule.query,
    };
  }
  throw new Problem(404, 'There is nothing at this path. docs/openapi.json has those that there are.');
}

/** Bytes of UTF-8: a UUID has 36, and two such ids stay far below what a key may have. */
const ID_BYTES_MAX = 256;
/** What does not survive being decoded twice, or ends a path or a key; and control characters (C0, DEL and C1). */
const FORBIDDEN = /[/?#%\p{Cc}]/u;

/** Whether a text can be an id in a path: 1 to 256 bytes that travel safely. */
export function isId(text: string): boolean {
  // A URL swallows the segments `.` and `..`, encoded or not; the router takes white space for an empty segment.
  if (text.length > ID_BYTES_MAX || text === '.' || text === '..' || text.trim() === '') return false;
  if (FORBIDDEN.test(text) || !text.isWellFormed()) return false;
  return new TextEncoder().encode(text).length <= ID_BYTES_MAX;
}

function readId(name: string, text: string): string {
  if (isId(text)) return text;
  throw badRequest(
    `The ${name} in the path cannot be one: expected 1 to ${ID_BYTES_MAX} bytes of UTF-8, not white space alone, without ` +
      '/ ? # % or control characters, percent-encoded as one segment, and neither . nor ...',
  );
}

/** Like encodeURIComponent, and of what that leaves only what every URL parser leaves too. */
function encode(id: string): string {
  return encodeURIComponent(id).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}
