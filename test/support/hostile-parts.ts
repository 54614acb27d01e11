/**
 * Parts of requests that only an attacker or a broken client sends. hostile-requests.ts builds requests from
 * them.
 */

/** HTML that would run if a page echoed it. Every request contains it, and no response may. */
export const marker = 'zq<img onerror=alert(1)>zq';
const markerInPath = encodeURIComponent(marker);

/** Cursors from real responses, which tests damage. */
export interface Cursors {
  readonly ranking: string;
  readonly user: string;
}

export interface Parts {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export const knownPaths = [
  '/users/u/favourites/r',
  '/users/u/favourites',
  '/restaurants/r/favourite-counts',
  '/restaurants',
];

export const wrongMethods: readonly Parts[] = [
  ...['POST', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'PROPFIND', 'PURGE', 'LINK'].flatMap((method) =>
    knownPaths.map((target) => ({ method, target })),
  ),
  ...['PUT', 'DELETE'].flatMap((method) => knownPaths.slice(1).map((target) => ({ method, target }))),
  ...['FOO', 'get', 'G\u0000T', 'GETGETGETGET', ''].map((method) => ({ method, target: '/restaurants' })),
  { method: 'CONNECT', target: 'elsewhere:443' },
  { method: 'POST', target: '/', body: 'x' },
  { method: 'PUT', target: '/console/faults', body: '{}' },
];

export const paths: readonly Parts[] = [
  '/nothing',
  `/${markerInPath}`,
  '/users',
  '/users/',
  '/users/u',
  '/users//favourites',
  '/users//favourites/r',
  '/users/u/favourites/',
  '/users/u/favourites/r/',
  '/users/u/Favourites',
  '/USERS/u/favourites',
  '/restaurants/',
  '/restaurants//favourite-counts',
  '/restaurants/r',
  '/restaurants/r/favourite-counts/',
  '//restaurants',
  '/./restaurants',
  '/../restaurants',
  '/restaurants/../restaurants',
  '/restaurants/..',
  '/users/../favourites',
  '/users/%2e%2e/favourites/%2e',
  '/users/u/favourites/..',
  '/users/u/favourites/../../../etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/users/a/b/favourites/c/d',
  '/users/u/favourites/a%2Fb',
  '/users/u/favourites/a%252Fb',
  '/users/u/favourites/100%',
  '/users/u/favourites/100%25',
  '/users/u/favourites/%zz',
  '/users/u/favourites/%',
  '/users/u/favourites/%c0%af',
  '/users/u/favourites/%ff%fe',
  '/users/u/favourites/%ed%a0%80',
  '/users/u/favourites/%u0041',
  '/users/u/favourites/r;v=1/x',
  '/users/u/favourites/r#top',
  '/restaurants#top',
  '/restaurants\\..\\x',
  '/restaurants%00',
  '/restaurants%0d%0aSet-Cookie:%20a=b',
  '/console/../restaurants',
  '/console/%2e%2e/%2e%2e/etc/passwd',
  '/console/nothing',
  '/.env',
  '/.git/config',
  '/favicon.ico/..',
  '/$default',
  '/%24default',
  '*',
  'restaurants',
  'http://elsewhere.example/restaurants',
  `http://127.0.0.1/${markerInPath}`,
  '/restaurants\u00e9',
  `/${'a/'.repeat(20_000)}`,
  `/${'%2e%2e%2f'.repeat(5_000)}`,
].map((target) => ({ target }));

/** Percent-encoded texts that are not valid ids. */
export const ids = [
  ...['%2F', '%3F', '%23', '%25', '%00', '%0A', '%1F', '%7F', '%C2%80', '%C2%9F'].map(
    (bad) => `${markerInPath}${bad}`,
  ),
  '.',
  '..',
  '%2E%2E',
  `${markerInPath}%2Fx`,
  'a'.repeat(257),
  '%C3%A9'.repeat(129),
  '%F0%9F%8D%9C'.repeat(65),
  'a'.repeat(10_000),
  'a'.repeat(100_000),
  '%25'.repeat(30_000),
];

export function pathsWith(id: string): readonly Parts[] {
  return [
    { method: 'PUT', target: `/users/${id}/favourites/r` },
    { method: 'DELETE', target: `/users/u/favourites/${id}` },
    { target: `/users/${id}/favourites/${id}` },
    { target: `/users/${id}/favourites` },
    { target: `/restaurants/${id}/favourite-counts` },
  ];
}

export const bodies: readonly (Buffer | string)[] = [
  '{',
  '{"a":',
  '[]',
  '"text"',
  'null',
  '0',
  `{"created_at":"${marker}"}`,
  '{"__proto__":{"a":1}}',
  '{}{}',
  '{} trailing',
  '\u0000',
  '<xml/>',
  `a=1&b=${marker}`,
  '['.repeat(50_000),
  '{"a":'.repeat(20_000),
  `"${'x'.repeat(200_000)}"`,
  Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
  Buffer.alloc(5_000_000, 'x'),
];

export function requestsWith(body: Buffer | string): readonly Parts[] {
  const types = ['application/json', 'text/html', undefined];
  return types.map((type) => ({
    method: 'PUT',
    target: '/users/u/favourites/r',
    headers: type === undefined ? {} : { 'content-type': type },
    body,
  }));
}

export function queries(cursors: Cursors): readonly Parts[] {
  const limits = [
    '',
    '0',
    '-1',
    '101',
    '1e1',
    '0x10',
    '1.0',
    '%205',
    '5%20',
    'NaN',
    'Infinity',
    '%D9%A5',
    markerInPath,
    '9'.repeat(5_000),
    '1,2',
    'true',
    '%',
  ];
  const windows = [
    '',
    'all_time',
    'AUG_20222',
    'AUG_22',
    'FOO_2022',
    '20221301',
    '20220230',
    '2022',
    '202208010',
    'AUG_2022%00',
    markerInPath,
    'ALL_TIME%20',
    '__proto__',
    'constructor',
    'A'.repeat(5_000),
    'ALL_TIME#0',
    '%zz',
  ];
  const unknown = [
    'a=1',
    'Limit=1',
    'limit[]=1',
    '__proto__=1',
    '=1',
    '%=1',
    `${markerInPath}=1`,
    'limit=1&limit=2',
    'limit=1&limit=1',
    '%6Cimit=1&limit=2',
  ];
  const lists = ['/restaurants', '/users/u/favourites'];
  const others = wrongCursors(cursors);
  return [
    ...lists.flatMap((path) => limits.map((limit) => ({ target: `${path}?limit=${limit}` }))),
    ...windows.flatMap((window) => [
      { target: `/restaurants?window=${window}` },
      { target: `/restaurants/r/favourite-counts?windows=${window}` },
      { target: `/restaurants/r/favourite-counts?windows=ALL_TIME,${window}` },
    ]),
    ...[...lists, '/restaurants/r/favourite-counts', '/users/u/favourites/r'].flatMap((path) =>
      unknown.map((query) => ({ target: `${path}?${query}` })),
    ),
    { target: `/restaurants/r/favourite-counts?windows=${days(101).join(',')}` },
    { target: `/restaurants?window=ALL_TIME&window=ALL_TIME` },
    { method: 'PUT', target: '/users/u/favourites/r?force=1' },
    { method: 'DELETE', target: '/users/u/favourites/r?limit=1' },
    ...lists.flatMap((path) => others.map((cursor) => ({ target: `${path}?cursor=${cursor}` }))),
    // Valid cursors of another query.
    { target: `/restaurants?cursor=${cursors.user}` },
    { target: `/restaurants?window=20200101&cursor=${cursors.ranking}` },
    { target: `/users/u/favourites?cursor=${cursors.ranking}` },
    { target: `/users/somebody-else/favourites?cursor=${cursors.user}` },
  ];
}

function wrongCursors(cursors: Cursors): readonly string[] {
  const json = [
    '{}',
    '[]',
    '[1]',
    'null',
    '"x"',
    '[[[[]]]]',
    '[1,"ranking"]',
    '[99,"ranking","ALL_TIME",10]',
    '[1e999]',
    '["__proto__"]',
    `["${marker}"]`,
    '[1,2',
  ];
  return [
    '',
    'x',
    '....',
    '%00',
    '%ff',
    'null',
    markerInPath,
    'A'.repeat(8_193),
    'A'.repeat(100_000),
    ...json.map((text) => Buffer.from(text).toString('base64url')),
    ...[cursors.ranking, cursors.user].flatMap((cursor) => [
      `${cursor}A`,
      `${cursor}=`,
      `${cursor}%0A`,
      `%20${cursor}`,
      cursor.slice(1),
      cursor.slice(0, -4),
      cursor.split('').toReversed().join(''),
      `${cursor}${cursor}`,
      cursor.toUpperCase(),
    ]),
  ];
}

function days(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.UTC(2022, 0, 1 + i)).toISOString().slice(0, 10).replaceAll('-', ''),
  );
}

export function foreignHeaders(port: number): readonly Parts[] {
  return [
    { host: 'elsewhere.example' },
    { host: `elsewhere.example:${port}` },
    { host: `127.0.0.1:${port + 1}` },
    { host: `127.0.0.1:${port}@elsewhere.example` },
    { host: '' },
    { host: marker },
    { origin: 'http://elsewhere.example' },
    { origin: 'null' },
    { origin: `https://127.0.0.1:${port}` },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { expect: 'the-unexpected' },
    { 'content-length': '-1' },
    { 'content-length': 'x' },
    { 'transfer-encoding': 'gzip' },
    { 'transfer-encoding': 'chunked', 'content-length': '5' },
    { 'x-huge': 'a'.repeat(1_100_000) },
    { 'x-nul': 'a\u0000b' },
    { 'x y': 'a' },
  ].map((these) => ({ target: '/restaurants', headers: these }));
}

export const rawBytes: readonly string[] = [
  'hello\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /restaurants\r\n\r\n',
  'GET /restaurants HTTP/9.9\r\n\r\n',
  'GET /restaurants HTCPCP/1.0\r\n\r\n',
  'GET  /restaurants  HTTP/1.1\r\n\r\n',
  'GET /restaurants HTTP/1.1\r\n\r\n',
  'GET /restaurants HTTP/1.1\r\nhost\r\n\r\n',
  `GET /${'a'.repeat(1_200_000)} HTTP/1.1\r\n\r\n`,
];
