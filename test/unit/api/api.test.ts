import { describe, expect, it } from '@jest/globals';
import { createApi } from '../../../src/api/api.ts';
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import type { ApiAuthorization } from '../../../src/lambda/settings.ts';
import { TableReadError, TableWriteError } from '../../../src/tables/dynamodb/errors.ts';
import { type ApiCall, apiEvent, readAnswer } from '../../support/api-events.ts';
import { type MemoryClientStore, memoryClientStore } from '../../support/memory-client-store.ts';

const SHARDS = 3;
const FAVOURITE = '/users/ada/favourites/osteria';
const nowMs = Date.UTC(2022, 7, 1, 12, 0, 0, 7);

function arrange({
  authorization = 'IAM',
  basePath = '',
  source = defaultSource,
  timeZone = 'UTC',
  ...broken
}: {
  readonly authorization?: ApiAuthorization;
  readonly basePath?: string;
  readonly source?: Source;
  readonly timeZone?: string;
} & Partial<MemoryClientStore> = {}) {
  const store = memoryClientStore({ shards: SHARDS });
  const failures: unknown[] = [];
  const api = createApi({
    environment: {
      authorization,
      basePath,
      rankingShards: SHARDS,
      source,
      timeWindows: { MONTH: 'forever', DAY: 62 },
      timeZone,
    },
    store: { ...store, ...broken },
    clock: { nowMs: () => nowMs },
    failed: (error) => failures.push(error),
  });
  return {
    store,
    failures,
    call: async (request: ApiCall) => readAnswer(await api(apiEvent(request))),
  };
}

describe('the API', () => {
  it.each([
    ['PUT', 'mark'],
    ['DELETE', 'unmark'],
    ['GET', 'favourite'],
  ])('handles %s of a favourite with one table operation', async (method, operation) => {
    const { store, call } = arrange();
    await call({ method, target: FAVOURITE });
    expect(store.calls).toEqual([operation]);
  });

  it('serves only counts and the ranking where a table of another shape is counted', async () => {
    const source: Source = {
      key: [
        { name: 'user_id', type: 'S', pattern: '{user}' },
        { name: 'restaurant_id', type: 'S', pattern: '{restaurant}' },
      ],
      createdAt: { attribute: 'created_at', format: 'rfc3339' },
    };
    const { store, call } = arrange({ source });
    for (const method of ['PUT', 'DELETE', 'GET']) {
      expect((await call({ method, target: FAVOURITE })).status).toBe(404);
    }
    expect((await call({ method: 'GET', target: '/users/ada/favourites' })).status).toBe(404);
    expect(store.calls).toEqual([]);
    expect((await call({ method: 'GET', target: '/restaurants' })).status).toBe(200);
    expect((await call({ method: 'GET', target: '/restaurants/osteria/favourite-counts' })).status).toBe(200);
  });

  it('writes the time of its own clock as created_at, in milliseconds', async () => {
    const { call } = arrange();
    expect((await call({ method: 'PUT', target: FAVOURITE })).body.created_at).toBe(
      '2022-08-01T12:00:00.007Z',
    );
  });

  it('marks in UTC whatever the time zone of the windows, and serves the windows of that zone', async () => {
    const { call, store } = arrange({ timeZone: 'Pacific/Kiritimati' });
    const marked = await call({ method: 'PUT', target: FAVOURITE });
    expect(marked.body.created_at).toBe('2022-08-01T12:00:00.007Z');
    expect((await call({ target: FAVOURITE })).body.created_at).toBe('2022-08-01T12:00:00.007Z');
    expect((await call({ target: '/users/ada/favourites' })).body).toMatchObject({
      favourites: [{ restaurant_id: 'osteria', created_at: '2022-08-01T12:00:00.007Z' }],
    });
    // It is 2 August already, 14 hours ahead of UTC.
    for (const window of ['20220801', '20220802']) {
      store.countRows.push({ restaurantId: 'osteria', window, favouriteCount: Number(window.at(-1)) });
    }
    const { body } = await call({ target: '/restaurants/osteria/favourite-counts' });
    expect(body.counts).toEqual({ ALL_TIME: 0, AUG_2022: 0, '20220802': 2 });
    expect((await call({ target: '/restaurants?window=TODAY' })).body.window).toBe('20220802');
  });

  it('serves a window until its retention ends in its time zone', async () => {
    // In Kiritimati, 62 days have passed since the end of 31 May; in Adak, they pass a day later.
    const ofDay = (timeZone: string) => {
      const { call, store } = arrange({ timeZone });
      store.countRows.push({ restaurantId: 'osteria', window: '20220531', favouriteCount: 3 });
      return call({ target: '/restaurants/osteria/favourite-counts?windows=20220531' });
    };
    expect((await ofDay('Pacific/Kiritimati')).body.counts).toEqual({ '20220531': 0 });
    expect((await ofDay('America/Adak')).body.counts).toEqual({ '20220531': 3 });
  });

  it('returns null as created_at when the row has none', async () => {
    const { call } = arrange({
      mark: async () => ({ kind: 'was-marked', createdAt: undefined }),
      favourite: async () => ({ createdAt: undefined }),
    });
    expect(await call({ method: 'PUT', target: FAVOURITE })).toMatchObject({
      status: 200,
      body: { created_at: null },
    });
    expect((await call({ target: FAVOURITE })).body).toEqual({ favourite: true, created_at: null });
  });

  it('queries each shard once for a page of the ranking, and no shard for an expired window', async () => {
    const { store, call } = arrange();
    await call({ target: '/restaurants?limit=10' });
    expect(store.calls).toEqual(Array.from({ length: SHARDS }, () => 'rankingShard'));
    store.calls.length = 0;
    expect((await call({ target: '/restaurants?window=20220101' })).body).toEqual({
      window: '20220101',
      restaurants: [],
    });
    expect(store.calls).toEqual([]);
  });

  it('does not read counts past their retention, and returns 0 for a negative count', async () => {
    const { store, call } = arrange();
    store.countRows.push({ restaurantId: 'osteria', window: 'ALL_TIME', favouriteCount: -1 });
    const past = await call({ target: '/restaurants/osteria/favourite-counts?windows=20220101' });
    expect(past.body).toEqual({ restaurant_id: 'osteria', counts: { '20220101': 0 }, updated_at: null });
    expect(store.calls).toEqual([]);
    const { body } = await call({ target: '/restaurants/osteria/favourite-counts' });
    expect(body.counts).toEqual({ ALL_TIME: 0, AUG_2022: 0, '20220801': 0 });
  });

  it('accepts a cursor only for the window whose ranking returned it', async () => {
    const { store, call } = arrange();
    for (const restaurantId of ['a', 'b', 'c']) {
      store.countRows.push({ restaurantId, window: 'AUG_2022', favouriteCount: 1 });
    }
    const { body } = await call({ target: '/restaurants?window=THIS_MONTH&limit=1' });
    const next = async (query: string) =>
      (await call({ target: `/restaurants?${query}&cursor=${body.cursor}` })).status;
    expect(await next(`window=${body.window}`)).toBe(200);
    expect(await next('window=THIS_MONTH')).toBe(200);
    expect(await next('window=ALL_TIME')).toBe(400);
    expect(await next('window=JUL_2022&limit=5')).toBe(400);
    expect((await call({ target: `/users/ada/favourites?cursor=${body.cursor}` })).status).toBe(400);
  });

  it.each([
    ['{}', false],
    [' {\n} ', false],
    [Buffer.from('{}').toString('base64'), true],
    ['', false],
  ])('treats the body %j like a missing body', async (body, isBase64Encoded) => {
    const { call } = arrange();
    expect((await call({ method: 'PUT', target: FAVOURITE, body, isBase64Encoded })).status).toBe(201);
    expect((await call({ method: 'DELETE', target: FAVOURITE, body, isBase64Encoded })).status).toBe(204);
    expect((await call({ target: FAVOURITE, body, isBase64Encoded })).status).toBe(200);
  });

  it.each([
    ['{'],
    ['[]'],
    ['null'],
    ['{"created_at":"2020-01-01T00:00:00Z"}'],
    [' '],
    [`{${' '.repeat(300)}}`],
  ])('rejects the body %j', async (body) => {
    const { store, call } = arrange();
    const answer = await call({ method: 'PUT', target: FAVOURITE, body });
    expect(answer).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('empty JSON object') },
    });
    expect(store.calls).toEqual([]);
  });

  it('rejects query parameters on a path that takes no parameters', async () => {
    const { call } = arrange();
    expect((await call({ method: 'PUT', target: `${FAVOURITE}?created_at=now` })).status).toBe(400);
  });

  it('ignores the host and protocol headers that a client sends', async () => {
    const headers = { host: 'a b', 'x-forwarded-proto': '::', 'content-length': '-1', 'bad name': '\u0000' };
    expect((await arrange().call({ target: FAVOURITE, headers })).status).toBe(200);
  });
});

describe('the API behind a custom domain', () => {
  it.each(['/v1', '/shop/v1'])('serves requests below its base path %s', async (basePath) => {
    const { store, call } = arrange({ basePath, authorization: 'JWT' });
    const claims = { sub: 'ada' };
    const target = `${basePath}${FAVOURITE}`;
    expect(await call({ method: 'PUT', target, claims })).toMatchObject({
      status: 201,
      body: { user_id: 'ada', restaurant_id: 'osteria' },
    });
    expect((await call({ target, claims })).body).toMatchObject({ favourite: true });
    expect((await call({ target: `${basePath}/restaurants`, claims })).status).toBe(200);
    expect((await call({ method: 'POST', target: `${basePath}/restaurants`, claims })).status).toBe(405);
    store.calls.length = 0;
    const outside = ['', '/', FAVOURITE, '/restaurants', basePath, `${basePath}/`, `${basePath}restaurants`];
    for (const path of [
      ...outside,
      `${basePath}${target}`,
      `/v2${FAVOURITE}`,
      `${basePath.toUpperCase()}${FAVOURITE}`,
    ]) {
      expect({ path, status: (await call({ target: path, claims })).status }).toEqual({ path, status: 404 });
    }
    expect(store.calls).toEqual([]);
  });
});

describe('the API with tokens', () => {
  it.each([
    ['GET', FAVOURITE],
    ['PUT', FAVOURITE],
    ['DELETE', FAVOURITE],
    ['GET', '/users/ada/favourites'],
  ])('allows %s %s only to the subject of the token', async (method, target) => {
    const { store, call } = arrange({ authorization: 'JWT' });
    for (const claims of [
      undefined,
      {},
      { sub: 'bob' },
      { sub: '' },
      { sub: ['ada'] },
      { username: 'ada' },
    ]) {
      const answer = await call({ method, target, ...(claims && { claims }) });
      expect(answer).toMatchObject({ status: 403, headers: { 'content-type': 'application/problem+json' } });
    }
    expect(store.calls).toEqual([]);
    expect((await call({ method, target, claims: { sub: 'ada' } })).status).toBeLessThan(300);
  });

  it('returns counts and rankings to every valid token', async () => {
    const { call } = arrange({ authorization: 'JWT' });
    expect((await call({ target: '/restaurants', claims: { sub: 'bob' } })).status).toBe(200);
    expect((await call({ target: '/restaurants/osteria/favourite-counts', claims: {} })).status).toBe(200);
  });

  it('does not check the user when the API uses IAM authorization', async () => {
    expect((await arrange().call({ target: FAVOURITE, claims: { sub: 'bob' } })).status).toBe(200);
  });
});

describe('the API when a table fails', () => {
  const throttled = Object.assign(new Error('user-4711'), { name: 'ThrottlingException' });
  const denied = Object.assign(new Error('user-4711'), { name: 'AccessDeniedException' });
  const options = (thrown: Error) => ({ tableName: 'Favourites', thrown });

  it.each([
    ['PUT', { mark: () => Promise.reject(new TableWriteError('PutItem', options(throttled))) }],
    ['GET', { favourite: () => Promise.reject(new TableReadError('GetItem', options(throttled))) }],
  ])('returns 503 for a throttled %s, and asks the client to retry', async (method, broken) => {
    const { failures, call } = arrange(broken);
    expect(await call({ method, target: FAVOURITE })).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/problem+json' },
      body: { title: 'Service Unavailable', status: 503 },
    });
    expect(String(failures)).toMatch(/ThrottlingException/);
    expect(String(failures)).not.toMatch(/user-4711/);
  });

  it.each([
    ['a denied request', () => Promise.reject(new TableReadError('GetItem', options(denied)))],
    ['an unforeseen error', () => Promise.reject(new TypeError('x.user-4711 is not a function'))],
    [
      'a synchronous error',
      () => {
        throw new RangeError('user-4711');
      },
    ],
  ])('returns 500 for %s, without any text of the error', async (_, favourite) => {
    const { failures, call } = arrange({ favourite });
    const answer = await call({ target: FAVOURITE });
    expect(answer).toMatchObject({ status: 500, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.stringify(answer)).not.toContain('user-4711');
    expect(failures).toHaveLength(1);
  });
});
