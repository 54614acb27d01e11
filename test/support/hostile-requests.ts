/**
 * Requests that only an attacker or a broken client sends, as bytes on the wire. The response to each must
 * be a 4xx problem document. A fixed list comes first, and seeded random mixtures of the same kinds follow
 * until the requested number is reached.
 */
import { seededRandom } from '../../infra/local/emulator/random.ts';
import {
  bodies,
  type Cursors,
  foreignHeaders,
  ids,
  knownPaths,
  marker,
  type Parts,
  paths,
  pathsWith,
  queries,
  rawBytes,
  requestsWith,
  wrongMethods,
} from './hostile-parts.ts';

export interface HostileRequest {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface HostileOptions {
  readonly count: number;
  readonly seed: number;
  readonly port: number;
  readonly cursors: Cursors;
}

export function hostileRequests(options: HostileOptions): readonly HostileRequest[] {
  const random = seededRandom(options.seed);
  const kinds: readonly (readonly [string, readonly Parts[]])[] = [
    ['method', wrongMethods],
    ['path', paths],
    ['id', ids.flatMap(pathsWith)],
    ['body', bodies.flatMap(requestsWith)],
    ['query', [...queries(options.cursors)]],
    ['header', foreignHeaders(options.port)],
  ];
  const fixed = kinds.flatMap(([kind, all]) =>
    all.map((parts, i) => ({
      name: `${kind} ${i}: ${describe(parts)}`,
      bytes: bytesOf(parts, options.port),
    })),
  );
  const raw = rawBytes.map((text, i) => ({
    name: `raw ${i}: ${JSON.stringify(text.slice(0, 40))}`,
    bytes: Buffer.from(text, 'latin1'),
  }));
  const all = [...fixed, ...raw];
  if (all.length > options.count)
    throw new Error(`${all.length} fixed requests exceed count, which is ${options.count}`);
  while (all.length < options.count) {
    const parts = mixture(random, options.cursors);
    all.push({ name: `mixture ${all.length}: ${describe(parts)}`, bytes: bytesOf(parts, options.port) });
  }
  return all;
}

function mixture(random: () => number, cursors: Cursors): Parts {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const junk = (length: number): string =>
    Array.from({ length }, () => String.fromCodePoint(Math.floor(random() * 0x2ff) + 1)).join('');
  // Ends with a broken escape, so that it is never a valid id.
  const someId = () => encodeURIComponent(junk(1 + Math.floor(random() * 40)));
  const brokenId = `${someId()}${pick(['%', '%F', '%2', '%80', '%ff'])}`;
  const badId = `${someId()}${pick(['%00', '%2F', '%3F', '%23', '%25', '%07', '%C2%85'])}`;
  const bentCursor = pick([cursors.ranking, cursors.user]).split('');
  bentCursor.splice(Math.floor(random() * bentCursor.length), 1, pick(['!', '%2B', '*', '%00', '..', '%20']));
  return pick<() => Parts>([
    () => ({ method: pick(['GET', 'PUT', 'DELETE', 'POST']), target: `/users/${brokenId}/favourites/r` }),
    () => ({ method: pick(['GET', 'PUT', 'DELETE']), target: `/users/u/favourites/${badId}` }),
    () => ({ target: `/restaurants/${pick([brokenId, badId])}/favourite-counts` }),
    () => ({ target: `/${encodeURIComponent(junk(30))}/${encodeURIComponent(junk(5))}` }),
    () => ({ target: `${pick(['/restaurants', '/users/u/favourites'])}?cursor=${bentCursor.join('')}` }),
    () => ({
      target: `${pick(['/restaurants', '/users/u/favourites'])}?limit=${encodeURIComponent(`${junk(3)}x`)}`,
    }),
    () => ({ target: `/restaurants?window=${encodeURIComponent(`${junk(8)}x`)}` }),
    () => ({ target: `/restaurants?${encodeURIComponent(`x${junk(5)}`)}=${encodeURIComponent(junk(5))}` }),
    () => ({ method: 'PUT', target: '/users/u/favourites/r', body: `x${junk(50)}` }),
    () => ({
      method: pick(['POST', 'PATCH', 'TRACE', 'OPTIONS', 'MKCOL']),
      target: pick(knownPaths),
      body: junk(20),
    }),
  ])();
}

function bytesOf({ method = 'GET', target, headers = {}, body = '' }: Parts, port: number): Buffer {
  const content = Buffer.from(body);
  const all: Readonly<Record<string, string>> = {
    host: `127.0.0.1:${port}`,
    'x-marker': marker,
    ...(content.length > 0 && { 'content-length': String(content.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  return Buffer.concat([head, content]);
}

function describe({ method = 'GET', target, headers = {}, body = '' }: Parts): string {
  const shown = [
    method,
    target,
    JSON.stringify(headers),
    JSON.stringify(Buffer.from(body).subarray(0, 30).toString('latin1')),
  ];
  return shown.map((text) => text.slice(0, 80)).join(' ');
}
