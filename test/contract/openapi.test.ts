/**
 * docs/openapi.json matches the API in paths, methods, parameters, statuses, headers and bodies.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createApi } from '../../src/api/api.ts';
import { isId } from '../../src/api/path.ts';
import { readWindow } from '../../src/client/window.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { kinds, windowKinds } from '../../src/counting/time-window.ts';
import type { ApiAuthorization } from '../../src/lambda/settings.ts';
import { TableReadError } from '../../src/tables/dynamodb/errors.ts';
import { type ApiCall, apiEvent, readAnswer } from '../support/api-events.ts';
import { type JsonSchema, schemaIssues } from '../support/json-schema.ts';
import { memoryClientStore } from '../support/memory-client-store.ts';

const documentFile = join(import.meta.dirname, '../../docs/openapi.json');
const openApi = JSON.parse(readFileSync(documentFile, 'utf8')) as OpenApi;

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<'Cursor' | 'Id' | 'Problem' | 'Window', JsonSchema>>;
    readonly parameters: Readonly<Record<'limit' | 'windows', Parameter>>;
  };
}
type PathItem = Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] };
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: JsonSchema;
}
interface Answer {
  readonly headers?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

function resolve<T>(part: T): T {
  if (typeof part !== 'object' || part === null || !('$ref' in part)) return part;
  return String(part.$ref)
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((at, name) => (at as Readonly<Record<string, unknown>>)[name], openApi) as T;
}
const refOf = (ref: string): JsonSchema => resolve<JsonSchema>({ $ref: ref });
const issuesOf = (value: unknown, schema: JsonSchema) => schemaIssues(value, schema, refOf);
const isValid = (value: unknown, schema: JsonSchema) => issuesOf(value, schema).length === 0;

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const operations = Object.entries(openApi.paths).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
    return [{ path, method, operation, query: parameters.filter((one) => one.in === 'query') }];
  }),
);
const targetOf = (path: string) => path.replace('{user_id}', 'ada').replace('{restaurant_id}', 'osteria');

function arrange({
  authorization = 'IAM',
  fails,
}: {
  readonly authorization?: ApiAuthorization;
  readonly fails?: Error;
} = {}) {
  const store = memoryClientStore({ shards: 2 });
  const fail = () => {
    throw fails ?? new Error('this test expects no failure of the API');
  };
  const failing = new Proxy(store, { get: () => fail });
  const api = createApi({
    environment: {
      authorization,
      basePath: '',
      rankingShards: 2,
      source: defaultSource,
      timeWindows: { MONTH: 'forever', DAY: 62 },
      timeZone: 'UTC',
    },
    store: fails === undefined ? store : failing,
    clock: { nowMs: () => Date.UTC(2022, 7, 1) },
    failed: () => undefined,
  });
  return { store, call: async (request: ApiCall) => readAnswer(await api(apiEvent(request))) };
}

describe('the OpenAPI document', () => {
  it('lists each path and method of the API, and no others', async () => {
    const { call } = arrange();
    expect(openApi.openapi).toMatch(/^3\.1\./);
    for (const [path, item] of Object.entries(openApi.paths)) {
      const documented = methods.filter((method) => item[method] !== undefined);
      for (const method of methods) {
        const { status, headers } = await call({ method: method.toUpperCase(), target: targetOf(path) });
        expect({ path, method, isAnswered: status !== 405 && status !== 404 }).toEqual({
          path,
          method,
          isAnswered: documented.includes(method),
        });
        if (status === 405) {
          const allowed = String(headers['allow']).toLowerCase().split(', ');
          expect(allowed.toSorted()).toEqual(documented.toSorted());
        }
      }
    }
    expect(operations.map(({ operation }) => operation.operationId)).toHaveLength(6);
  });

  it('lists each query parameter of the API, and no others', async () => {
    const { call } = arrange();
    for (const { path, method, query } of operations) {
      const known: string[] = [];
      for (const name of ['limit', 'cursor', 'window', 'windows', 'offset']) {
        const { body } = await call({ method: method.toUpperCase(), target: `${targetOf(path)}?${name}=` });
        const isUnknown = /^(query parameters must be|this path takes no)/.test(body?.detail ?? '');
        if (!isUnknown) known.push(name);
      }
      expect({ path, method, known: known.toSorted() }).toEqual({
        path,
        method,
        known: query.map(({ name }) => name).toSorted(),
      });
    }
  });

  it('allows exactly the ids that the API allows, except for the limit in bytes', () => {
    const { Id } = openApi.components.schemas;
    const odd = ` .'!/?#%a\u0000\u001f\u007f\u0085\u009f\u00a0\u2028\u3000\ufeff🍮é`;
    const ids = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.array(fc.constantFrom(...Array.from(odd)), { maxLength: 6 }).map((parts) => parts.join('')),
      fc.integer({ min: 250, max: 260 }).map((length) => 'a'.repeat(length)),
    );
    fc.assert(
      fc.property(ids, (id) => {
        expect({ id, is: isValid(id, Id) && Buffer.byteLength(id) <= 256 }).toEqual({ id, is: isId(id) });
      }),
      { numRuns: 1_000 },
    );
  });

  it('allows exactly the windows that the API allows', () => {
    const { Window } = openApi.components.schemas;
    const settings = Object.fromEntries(windowKinds.map((kind) => [kind, 'forever'] as const));
    const calendar = { timeWindows: settings, timeZone: 'UTC', nowMs: 0 };
    const isWindow = (name: string) => {
      try {
        return readWindow(name, calendar) !== undefined;
      } catch {
        return false;
      }
    };
    const two = fc.integer({ min: 0, max: 35 }).map((number) => String(number).padStart(2, '0'));
    const year = fc.integer({ min: 0, max: 9_999 }).map((number) => String(number).padStart(4, '0'));
    const names = fc.oneof(
      fc.tuple(year, two, two).map((parts) => parts.join('')),
      fc.tuple(year, fc.constant('02'), fc.constantFrom('28', '29', '30')).map((parts) => parts.join('')),
      fc.tuple(fc.constantFrom('JAN', 'MAY', 'DEC', 'Jan', 'ABC', ''), year).map((parts) => parts.join('_')),
      fc
        .tuple(fc.oneof(year, fc.constant('2020')), fc.integer({ min: 50, max: 54 }))
        .map((parts) => parts.join('_W')),
      fc.tuple(year, two).map((parts) => parts.join('_W')),
      year,
      fc.constantFrom(
        'ALL_TIME',
        ...windowKinds.map((kind) => kinds[kind].current),
        'THIS_CENTURY',
        'all_time',
        '',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(names, (name) => {
        expect({ name, is: isValid(name, Window) }).toEqual({ name, is: isWindow(name) });
      }),
      { numRuns: 2_000 },
    );
  });

  it('allows exactly the limits and the numbers of windows that the API allows', async () => {
    const { call } = arrange();
    const { limit, windows } = openApi.components.parameters;
    for (const value of [-1, 0, 1, 20, 100, 101, 1.5]) {
      const { status } = await call({ target: `/restaurants?limit=${value}` });
      expect({ value, is: isValid(value, limit.schema) }).toEqual({ value, is: status === 200 });
    }
    for (const length of [0, 1, 100, 101]) {
      const names = Array.from({ length }, () => 'TODAY');
      const target = `/restaurants/osteria/favourite-counts?windows=${names.join(',')}`;
      expect({ length, is: isValid(names, windows.schema) }).toEqual({
        length,
        is: (await call({ target })).status === 200,
      });
    }
    expect(limit.schema['default']).toBe(20);
  });

  it('describes every response of the API', async () => {
    const seen = new Set<string>();
    async function check(api: ReturnType<typeof arrange>, request: ApiCall): Promise<void> {
      const { status, headers, body } = await api.call(request);
      const path = request.target.split('?', 1)[0];
      const found = operations.find(
        (one) => targetOf(one.path) === path && one.method === (request.method ?? 'GET').toLowerCase(),
      );
      if (found === undefined) throw new Error(`${request.target} has no path in the document`);
      const described = found.operation.responses[String(status)];
      if (described === undefined)
        throw new Error(`${request.target}returned ${status}, which the document does not describe`);
      const answer = resolve(described);
      const type = headers['content-type'] as string | undefined;
      const content = type === undefined ? undefined : answer.content?.[type];
      expect({ target: request.target, status, isDescribed: content !== undefined }).toEqual({
        target: request.target,
        status,
        isDescribed: body !== undefined,
      });
      if (content !== undefined) expect(issuesOf(body, content.schema)).toEqual([]);
      for (const [name, header] of Object.entries(answer.headers ?? {})) {
        const value = headers[name.toLowerCase()];
        const { schema } = resolve(header);
        expect({
          name,
          issues: issuesOf(schema['type'] === 'integer' ? Number(value) : value, schema),
        }).toEqual({
          name,
          issues: [],
        });
      }
      seen.add(`${found.operation.operationId} ${status}`);
    }

    const full = arrange();
    full.store.favourites.set('trattoria#ada', '2022-08-01T12:00:00.000Z');
    for (const restaurantId of ['a', 'b', 'osteria']) {
      full.store.countRows.push({ restaurantId, window: 'ALL_TIME', favouriteCount: 2 });
    }
    const throttling = { tableName: 'Counts', thrown: new Error('throttled') };
    const throttled = arrange({ fails: new TableReadError('Query', throttling) });
    const broken = arrange({ fails: new TypeError('broken') });
    for (const { path, method: name, query } of operations) {
      const method = name.toUpperCase();
      const target = targetOf(path);
      await check(full, { method, target });
      await check(full, { method, target });
      await check(full, { method, target, body: 'no' });
      await check(throttled, { method, target });
      await check(broken, { method, target });
      if (path.startsWith('/users/')) await check(arrange({ authorization: 'JWT' }), { method, target });
      if (query.some((parameter) => parameter.name === 'cursor')) {
        await check(full, { method, target: `${target}?limit=1` });
        await check(full, { method, target: `${target}?cursor=x` });
      }
    }
    await check(arrange(), { target: '/users/ada/favourites/osteria' });
    await check(arrange(), { target: '/users/ada/favourites' });
    await check(arrange(), { target: '/restaurants/osteria/favourite-counts' });

    // API Gateway itself returns these statuses.
    const others = ['401', '429'];
    const documented = operations.flatMap(({ path, operation }) =>
      Object.keys(operation.responses)
        .filter((status) => !others.includes(status) && !(status === '403' && !path.startsWith('/users/')))
        .map((status) => `${operation.operationId} ${status}`),
    );
    expect([...seen].toSorted()).toEqual(documented.toSorted());
  });

  it('describes responses to unknown paths and methods too', async () => {
    const { Problem } = openApi.components.schemas;
    const { call } = arrange();
    for (const request of [{ target: '/' }, { target: '/restaurants', method: 'POST' }]) {
      const { headers, body } = await call(request);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(issuesOf(body, Problem)).toEqual([]);
    }
  });

  it('allows every cursor that the API returns', async () => {
    const { Cursor } = openApi.components.schemas;
    const { store, call } = arrange();
    for (const restaurantId of ['a', 'b', 'é']) {
      store.countRows.push({ restaurantId, window: 'ALL_TIME', favouriteCount: 2 });
      store.favourites.set(`${restaurantId}#ada`, '2022-08-01T12:00:00.000Z');
    }
    for (const target of ['/restaurants', '/users/ada/favourites']) {
      const { body } = await call({ target: `${target}?limit=2` });
      expect(issuesOf(body.cursor, Cursor)).toEqual([]);
    }
  });
});
