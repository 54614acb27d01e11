/**
 * For any table content, the pages together contain every row once, and every response is a 2xx or a problem
 * document.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createApi } from '../../src/api/api.ts';
import { isId } from '../../src/api/path.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { type ApiAnswer, type ApiCall, apiEvent, rawApiEvent, readAnswer } from '../support/api-events.ts';
import { type MemoryClientStore, memoryClientStore } from '../support/memory-client-store.ts';

const nowMs = Date.UTC(2022, 7, 1, 12);

function apiOver(store: MemoryClientStore, shards: number) {
  const failures: unknown[] = [];
  const api = createApi({
    environment: {
      authorization: 'IAM',
      basePath: '',
      rankingShards: shards,
      source: defaultSource,
      timeWindows: { MONTH: 'forever', DAY: 62 },
      timeZone: 'UTC',
    },
    store,
    clock: { nowMs: () => nowMs },
    failed: (error) => failures.push(error),
  });
  const call = async (request: ApiCall): Promise<ApiAnswer> => readAnswer(await api(apiEvent(request)));
  return { api, call, failures };
}

const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter(isId);
/** The limit may change from page to page. */
const limits = fc.array(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 100 })), {
  minLength: 1,
  maxLength: 5,
});

async function allPages<T>(
  read: (query: string) => Promise<{ readonly rows: readonly T[]; readonly cursor: string | undefined }>,
  limitsOfPages: readonly number[],
): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    if (page > 1_000) throw new Error('the last page is not reached after 1,000 pages');
    const limit = limitsOfPages[page % limitsOfPages.length] ?? 1;
    const answer = await read(`limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    // Only the last page may have fewer rows than the limit.
    expect(answer.rows.length).toBe(answer.cursor === undefined ? answer.rows.length : limit);
    expect(answer.rows.length > 0 || page === 0).toBe(true);
    all.push(...answer.rows);
    cursor = answer.cursor;
  }
  return all;
}

describe('the pages of the ranking', () => {
  const counts = fc.uniqueArray(
    fc.record({ restaurantId: id, favouriteCount: fc.integer({ min: -1, max: 4 }) }),
    {
      selector: ({ restaurantId }) => restaurantId,
      maxLength: 60,
      size: 'max',
    },
  );

  it('always contain each count above 0 once, highest first, and equal counts share a rank', async () => {
    await fc.assert(
      fc.asyncProperty(
        counts,
        fc.integer({ min: 1, max: 5 }),
        limits,
        async (rows, shards, limitsOfPages) => {
          const store = memoryClientStore({ shards });
          for (const row of rows) {
            store.countRows.push({ ...row, window: 'AUG_2022' });
            store.countRows.push({ restaurantId: row.restaurantId, window: 'ALL_TIME', favouriteCount: 9 });
          }
          const { call } = apiOver(store, shards);
          const listed = await allPages(async (query) => {
            const { status, body } = await call({ target: `/restaurants?window=THIS_MONTH&${query}` });
            expect({ status, window: body.window }).toEqual({ status: 200, window: 'AUG_2022' });
            return { rows: body.restaurants, cursor: body.cursor };
          }, limitsOfPages);

          const expected = rows.filter(({ favouriteCount }) => favouriteCount > 0);
          expect(listed.map((row) => row.restaurant_id).toSorted()).toEqual(
            expected.map(({ restaurantId }) => restaurantId).toSorted(),
          );
          expect(listed.map((row) => row.favourite_count)).toEqual(
            expected.map(({ favouriteCount }) => favouriteCount).toSorted((a, b) => b - a),
          );
          for (const { favourite_count, rank } of listed) {
            expect(rank).toBe(1 + expected.filter((row) => row.favouriteCount > favourite_count).length);
          }
        },
      ),
    );
  });

  it('never show rising counts, and always end, while counts change between pages', async () => {
    await fc.assert(
      fc.asyncProperty(counts, limits, fc.infiniteStream(fc.nat()), async (rows, limitsOfPages, moves) => {
        const shards = 3;
        const store = memoryClientStore({ shards });
        for (const row of rows) store.countRows.push({ ...row, window: 'ALL_TIME' });
        const { call } = apiOver(store, shards);
        const seen: number[] = [];
        let cursor: string | undefined;
        for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
          expect(page).toBeLessThan(1_000);
          const from = cursor === undefined ? '' : `&cursor=${cursor}`;
          const limit = limitsOfPages[page % limitsOfPages.length];
          const { body } = await call({ target: `/restaurants?limit=${limit}${from}` });
          seen.push(...body.restaurants.map((row) => row.favourite_count));
          cursor = body.cursor;
          const moved = Number(moves.next().value ?? 0);
          const row = store.countRows[moved % Math.max(1, store.countRows.length)];
          // The count rises or falls, or its row is deleted.
          if (row !== undefined) {
            const index = store.countRows.indexOf(row);
            const favouriteCount = row.favouriteCount + ((moved >> 8) % 3) - 1;
            store.countRows.splice(index, 1, ...(moved % 7 === 0 ? [] : [{ ...row, favouriteCount }]));
          }
        }
        expect(seen).toEqual(seen.toSorted((a, b) => b - a));
      }),
    );
  });
});

describe('the pages of a user’s favourites', () => {
  it('always contain each favourite once, newest first', async () => {
    const favourites = fc.uniqueArray(
      fc.record({
        restaurantId: id,
        user: fc.constantFrom('ada', 'bob'),
        day: fc.integer({ min: 1, max: 5 }),
      }),
      {
        selector: ({ restaurantId }) => restaurantId,
        maxLength: 40,
        size: 'max',
      },
    );
    await fc.assert(
      fc.asyncProperty(favourites, limits, async (rows, limitsOfPages) => {
        const store = memoryClientStore({ shards: 1 });
        for (const { restaurantId, user, day } of rows) {
          store.favourites.set(`${restaurantId}#${user}`, `2022-08-0${day}T12:00:00.000Z`);
        }
        const { call } = apiOver(store, 1);
        const listed = await allPages(async (query) => {
          const { status, body } = await call({ target: `/users/ada/favourites?${query}` });
          expect(status).toBe(200);
          return { rows: body.favourites, cursor: body.cursor };
        }, limitsOfPages);
        const own = rows.filter(({ user }) => user === 'ada');
        expect(listed.map((row) => row.restaurant_id).toSorted()).toEqual(
          own.map(({ restaurantId }) => restaurantId).toSorted(),
        );
        const times = listed.map((row) => row.created_at);
        expect(times).toEqual(times.toSorted().toReversed());
      }),
    );
  });
});

describe('an id', () => {
  it('always reaches the table unchanged', async () => {
    const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const biased = fc.oneof(
      any,
      fc.stringMatching(/^[ !'()*~:@,;=+&$.[\]{}|^`"<>\\_-]{1,8}$/),
      fc.constantFrom('...', ':user_id', '%25', 'a%2Fb'),
    );
    await fc.assert(
      fc.asyncProperty(biased, biased, async (userId, restaurantId) => {
        const store = memoryClientStore({ shards: 1 });
        const { api, failures } = apiOver(store, 1);
        const event = rawApiEvent({ method: 'PUT', rawPath: `/users/${userId}/favourites/${restaurantId}` });
        const { status, body } = readAnswer(await api(event));
        expect(failures).toEqual([]);
        if (isId(userId) && isId(restaurantId)) {
          expect(status).toBe(201);
          expect([...store.favourites.keys()]).toEqual([`${restaurantId}#${userId}`]);
          expect(body).toMatchObject({ user_id: userId, restaurant_id: restaurantId });
        } else {
          expect(status).toBe(400);
          expect(store.calls).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('any request, however malformed,', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '',
      'users',
      'favourites',
      'restaurants',
      'favourite-counts',
      '..',
      '%',
      '%2e',
      '<script>',
      '\u0000',
      '\ud800',
      'ada',
      'constructor',
    ),
  );
  const parameter = fc
    .tuple(
      fc.constantFrom('limit', 'cursor', 'window', 'windows', 'x', ''),
      fc.oneof(part, fc.constantFrom('1', 'ALL_TIME', 'MQ.cmFua2luZw', '%E9')),
    )
    .map(([name, value]) => `${name}=${value}`);
  const request = fc.record({
    method: fc.oneof(
      fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'get'),
      part,
    ),
    rawPath: fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
      fc.tuple(part, part).map(([user, restaurant]) => `/users/${user}/favourites/${restaurant}`),
      fc.constantFrom('/restaurants', '/users/ada/favourites', '/restaurants/osteria/favourite-counts'),
      part,
    ),
    rawQueryString: fc.oneof(
      fc.constant(''),
      fc.array(parameter, { maxLength: 4 }).map((parts) => parts.join('&')),
      part,
    ),
    headers: fc.dictionary(
      fc.constantFrom('host', 'x-forwarded-proto', 'content-type', 'transfer-encoding', 'weird header'),
      part,
    ),
    body: fc.oneof(fc.constantFrom('', '{}', '{"a":1}', '{', 'null', '[]', '9'.repeat(100_000)), part),
    isBase64Encoded: fc.boolean(),
  });

  const valid = {
    method: 'GET',
    rawPath: '/restaurants',
    rawQueryString: '',
    headers: {},
    body: '',
    isBase64Encoded: false,
  };

  it('never causes a 5xx; every rejection is a problem document without text from the request', async () => {
    const statuses = new Set<number | undefined>();
    const details = new Set<string>();
    await fc.assert(
      fc.asyncProperty(request, async (hostile) => {
        const { api, failures } = apiOver(memoryClientStore({ shards: 2 }), 2);
        const answer = await api(rawApiEvent(hostile));
        const { status = 0, headers, body } = readAnswer(answer);
        statuses.add(status);
        expect(failures).toEqual([]);
        expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
        if (status < 300) return;
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
        expect(headers['content-type']).toBe('application/problem+json');
        expect(body).toEqual({
          type: 'about:blank',
          title: expect.any(String),
          status,
          detail: expect.any(String),
        });
        details.add(body.detail);
      }),
      // The random requests need not include a valid one.
      { numRuns: 2_000, examples: [[valid]] },
    );
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404, 405]));
    // The details come from a few fixed sentences of the API.
    expect(details.size).toBeLessThan(30);
    expect([...details].join()).not.toMatch(/[<>&"]/);
  });
});
