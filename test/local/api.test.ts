/** The API of `npm start`, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countsByWindow, favouritesFile } from '../support/favourites-file.ts';
import { marker } from '../support/hostile-parts.ts';
import { hostileRequests } from '../support/hostile-requests.ts';
import { send, sendRaw, type RawAnswer } from '../support/raw-http.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startLocalRun } from '../../infra/local/local-run.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import { apiClient, clientOf, expectedRanks, fetchFrom, type ApiClient } from './api-client.ts';
import { runCommand, until, urlOf } from './command-run.ts';
import { snapshotWhere } from './console-client.ts';

const file = favouritesFile({ pairs: 1_500 });
const stack = new AsyncDisposableStack();
let api: ApiClient;
let port: number;

beforeAll(async () => {
  const directory = stack.use(temporaryDirectory());
  const path = join(directory.path, 'f.csv');
  writeFileSync(path, file.csv);
  const run = stack.use(runCommand('start', ['--data', path]));
  const url = await urlOf(run);
  api = apiClient(fetchFrom(url));
  port = Number(new URL(url).port);
  await snapshotWhere(url, ({ replay }) => replay.state === 'done');
});

afterAll(() => stack.disposeAsync());

const fixedTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('the API', () => {
  it('marks, reads, lists and un-marks, and answers repeated requests the same way', async () => {
    const path = '/users/ann/favourites/noodles';
    expect(await api.request('GET', path)).toMatchObject({ status: 200, body: { favourite: false } });

    const first = await api.request('PUT', path);
    expect(first).toMatchObject({
      status: 201,
      body: { user_id: 'ann', restaurant_id: 'noodles', created_at: fixedTime },
    });
    expect(await api.request('PUT', path)).toEqual({ ...first, status: 200 });
    const { created_at: createdAt } = first.body as { readonly created_at: string };
    expect((await api.request('GET', path)).body).toEqual({ favourite: true, created_at: createdAt });
    expect((await api.request('GET', '/users/ann/favourites')).body).toEqual({
      favourites: [{ restaurant_id: 'noodles', created_at: createdAt }],
    });

    for (let times = 0; times < 2; times += 1) {
      expect(await api.request('DELETE', path)).toEqual({ status: 204, type: null, body: undefined });
    }
    expect((await api.request('GET', path)).body).toEqual({ favourite: false });
    expect((await api.request('GET', '/users/ann/favourites')).body).toEqual({ favourites: [] });
  });

  it('lists the favourites of a user page by page, newest first', async () => {
    const marked = ['one', 'two', 'three', 'four', 'five'];
    for (const restaurant of marked) await api.mark('lister', restaurant);

    const listed: string[] = [];
    const sizes: number[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? 'limit=2' : `limit=2&cursor=${cursor}`;
      const { body } = await api.request('GET', `/users/lister/favourites?${query}`);
      const page = body as {
        readonly favourites: readonly { readonly restaurant_id: string }[];
        readonly cursor?: string;
      };
      listed.push(...page.favourites.map((favourite) => favourite.restaurant_id));
      sizes.push(page.favourites.length);
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(listed.toSorted()).toEqual(marked.toSorted());
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('counts a mark in the present windows, and subtracts its un-mark from them', async () => {
    const path = '/restaurants/counted-here/favourite-counts';
    const zeros = await api.request('GET', path);
    expect(zeros).toMatchObject({ status: 200, body: { restaurant_id: 'counted-here', updated_at: null } });
    const { counts } = zeros.body as { readonly counts: Readonly<Record<string, number>> };
    expect(Object.keys(counts).toSorted()).toEqual([
      expect.stringMatching(/^\d{8}$/),
      'ALL_TIME',
      expect.stringMatching(/^[A-Z]{3}_\d{4}$/),
    ]);
    expect(Object.values(counts)).toEqual([0, 0, 0]);

    const { body: marked } = await api.mark('a', 'counted-here');
    await Promise.all(['b', 'c'].map((user) => api.mark(user, 'counted-here')));
    const { created_at: createdAt } = marked as { readonly created_at: string };
    const day = createdAt.slice(0, 10).replaceAll('-', '');
    await until(async () => (await countOf('counted-here', 'ALL_TIME')) === 3);
    expect((await api.request('GET', path)).body).toMatchObject({ updated_at: fixedTime });
    const ranked = (await api.ranking(day, 100)).filter((row) => row.restaurant_id === 'counted-here');
    expect(ranked).toEqual([{ restaurant_id: 'counted-here', favourite_count: 3, rank: 1 }]);

    await Promise.all(['a', 'b', 'c'].map((user) => api.unmark(user, 'counted-here')));
    await until(async () => (await countOf('counted-here', 'ALL_TIME')) === 0);
    const rest = await api.ranking('ALL_TIME', 100);
    expect(rest.some((row) => row.restaurant_id === 'counted-here')).toBe(false);
  });

  it('ranks every restaurant of every window of the file once, highest first', async () => {
    const top = (await api.request('GET', '/restaurants?window=ALL_TIME&limit=10')).body as {
      readonly restaurants: readonly { readonly favourite_count: number }[];
    };
    expect(top.restaurants.map((row) => row.favourite_count)).toEqual(file.top.map(([, count]) => count));

    const expected = countsByWindow(file.countsCsv);
    expect(expected.size).toBeGreaterThan(60);
    for (const [window, counts] of expected) {
      const rows = await api.ranking(window, window === 'ALL_TIME' ? 7 : 100);
      const here = rows.filter((row) => counts.has(row.restaurant_id) || window !== 'ALL_TIME');
      expect(sorted(here)).toEqual([...counts].toSorted(byId));
      const inOrder = rows.map((row) => row.favourite_count);
      expect(inOrder).toEqual(inOrder.toSorted((a, b) => b - a));
      expect(rows.map(({ rank }) => rank)).toEqual(expectedRanks(inOrder));
    }
  });

  it('accepts an id that is percent-encoded once, and refuses ids that a path cannot carry', async () => {
    for (const id of ['a b', 'a+b', 'Café "0", 🍜', "it's!*()", 'a&b=c;d:e@f$,', '...', '[]|\\^`{}<>~']) {
      const path = `/users/ids/favourites/${encodeURIComponent(id)}`;
      const { created_at: _, ...body } = (await api.request('PUT', path)).body as Record<string, string>;
      expect(body).toEqual({ user_id: 'ids', restaurant_id: id });
      expect((await api.request('GET', path)).body).toMatchObject({ favourite: true });
    }
    // With one escape less it is the same id; with one more it is another path.
    expect((await send(port, { target: '/users/ids/favourites/a%2Bb' })).body).toContain('"favourite":true');
    for (const id of ['a%2Fb', 'a%252Fb', '100%25', '100%', 'what%3F', 'a%23b', 'a%00b', '%C3']) {
      expect(await send(port, { target: `/users/ids/favourites/${id}` })).toMatchObject({ status: 400 });
    }
  });

  it('refuses a foreign Host and a foreign Origin', async () => {
    const target = '/users/ann/favourites/forged';
    const foreign = { method: 'PUT', target };
    expectProblem(await send(port, { ...foreign, headers: { host: 'elsewhere.example' } }), 421);
    expectProblem(await send(port, { ...foreign, headers: { origin: 'http://elsewhere.example' } }), 403);
    expectProblem(await send(port, { ...foreign, headers: { origin: 'null' } }), 403);

    expect((await api.request('GET', target)).body).toEqual({ favourite: false });
  });

  it('answers a thousand hostile requests with 4xx problem documents, and keeps running', async () => {
    for (const restaurant of ['x', 'y']) await api.mark('hostile', restaurant);
    const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000);
    const requests = hostileRequests({
      count: 1_000,
      seed,
      port,
      cursors: {
        ranking: await cursorOf('/restaurants?limit=1'),
        user: await cursorOf('/users/hostile/favourites?limit=1'),
      },
    });

    const wrong: string[] = [];
    const queue = requests.values();
    const worker = async (): Promise<void> => {
      for (const { name, bytes } of queue) {
        const violation = await sendRaw(port, bytes).then(violationOf, String);
        if (violation !== undefined) wrong.push(`${name}: ${violation}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));

    expect({ seed, wrong }).toEqual({ seed, wrong: [] });
    expect(await api.request('GET', '/restaurants?limit=1')).toMatchObject({ status: 200 });
  });
});

describe('the API behind a custom domain', () => {
  it('answers below its base path, and 404 outside of it', async () => {
    await using started = new AsyncDisposableStack();
    const run = await startLocalRun({ settings: settingsFor('dev', { api: { basePath: '/v1' } }), seed: 1 });
    started.defer(() => run.stop());
    const below = clientOf(run);
    const path = '/users/ann/favourites/noodles';
    expect(await below.request('PUT', `/v1${path}`)).toMatchObject({ status: 201, body: { user_id: 'ann' } });
    expect(await below.request('GET', `/v1${path}`)).toMatchObject({
      status: 200,
      body: { favourite: true },
    });
    await run.pipe.drain();
    expect((await below.request('GET', '/v1/restaurants')).body).toMatchObject({
      restaurants: [{ restaurant_id: 'noodles', favourite_count: 1, rank: 1 }],
    });
    for (const outside of [path, '/restaurants', '/v1', '/v2/restaurants', '/v1restaurants']) {
      expect(await below.request('GET', outside)).toMatchObject({
        status: 404,
        type: 'application/problem+json',
        body: { status: 404, detail: 'there is no such path; docs/openapi.json lists the paths' },
      });
    }
  });
});

/** The problem with an answer to a hostile request; undefined if it is right. */
function violationOf(answer: RawAnswer): string | undefined {
  const { status, headers, body } = answer;
  if (status < 400 || status > 499) return `status ${status}, ${body.slice(0, 100)}`;
  if (headers['content-type'] !== 'application/problem+json') return `type ${headers['content-type']}`;
  if (headers['x-content-type-options'] !== 'nosniff') return 'no nosniff header';
  if (JSON.stringify(answer).includes(marker.slice(0, 6))) return 'the answer repeats the request';
  if (/node_modules|\.ts:|\.js:|\bat \w+ \(/.test(body)) return `a stack trace: ${body.slice(0, 200)}`;
  // Only answers to HEAD have no body.
  if (body === '') return undefined;
  const document = JSON.parse(body) as Record<string, unknown>;
  return document['status'] === status && typeof document['title'] === 'string'
    ? undefined
    : `not a problem document: ${body.slice(0, 200)}`;
}

function expectProblem(answer: RawAnswer, status: number): void {
  expect({ status: answer.status, violation: violationOf(answer) }).toEqual({ status, violation: undefined });
}

async function cursorOf(path: string): Promise<string> {
  const { cursor } = (await api.request('GET', path)).body as { readonly cursor?: string };
  if (cursor === undefined) throw new Error(`${path} has only one page`);
  return cursor;
}

async function countOf(restaurantId: string, window: string): Promise<number | undefined> {
  const { body } = await api.request(
    'GET',
    `/restaurants/${restaurantId}/favourite-counts?windows=${window}`,
  );
  return (body as { readonly counts: Readonly<Record<string, number>> }).counts[window];
}

/** The counts of the CSV, by window and restaurant. */
function sorted(rows: readonly { readonly restaurant_id: string; readonly favourite_count: number }[]) {
  return rows.map((row) => [row.restaurant_id, row.favourite_count] as const).toSorted(byId);
}

function byId([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
