/** The handler of the API with the real SDK client, against the embedded engine. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import type { handler as apiHandler } from '../../src/api/handler.ts';
import type { RestaurantId } from '../../src/counting/register-key.ts';
import { rankingKeyOf } from '../../src/counting/ranking.ts';
import type { TimeWindow } from '../../src/counting/time-window.ts';
import { type ApiBody, type ApiCall, apiContext, apiEvent, readAnswer } from '../support/api-events.ts';
import type { CapturedOutput } from '../support/captured-output.ts';
import { type HandlerEngine, type Item, startHandlerEngine } from '../support/handler-engine.ts';

const describeWithEngine = findEmbeddedBinary() === undefined ? describe.skip : describe;
const SHARDS = 4;

describeWithEngine('the API handler on the embedded engine', () => {
  let engine: HandlerEngine;
  let client: DynamoDBClient;
  let output: CapturedOutput;
  let handler: typeof apiHandler;

  beforeAll(async () => {
    engine = await startHandlerEngine({
      FAVOURITES_TABLE: 'Favourites',
      AGGREGATED_FAVOURITES_TABLE: 'Counts',
      TIME_WINDOWS: 'MONTH:forever,DAY:62',
      RANKING_SHARDS: String(SHARDS),
      API_AUTHORIZATION_KIND: 'IAM',
      API_BASE_PATH: '',
      POWERTOOLS_SERVICE_NAME: 'api',
    });
    ({ client, output } = engine);
    ({ handler } = await import('../../src/api/handler.ts'));
  });
  beforeEach(async () => {
    output.reset();
    for (const TableName of ['Favourites', 'Counts']) {
      await client.send(new DeleteTableCommand({ TableName })).catch(() => undefined);
    }
    await client.send(favouritesTable);
    await client.send(countsTable);
  });
  afterAll(() => engine.stop());

  const call = async (request: ApiCall) => readAnswer(await handler(apiEvent(request), apiContext));
  const put = (TableName: string, Item: Item) => client.send(new PutItemCommand({ TableName, Item }));
  const count = (restaurantId: string, favouriteCount: number, window = 'ALL_TIME', shards = SHARDS) =>
    put('Counts', {
      restaurant_id: { S: restaurantId },
      time_window: { S: window },
      favourite_count: { N: String(favouriteCount) },
      updated_at: { S: '2022-08-01T12:00:00.000Z' },
      ranking_key: { S: rankingKeyOf(restaurantId as RestaurantId, window as TimeWindow, shards) },
    });

  it('marks once, keeps the first created_at, un-marks, and reads a favourite', async () => {
    const target = '/users/ada/favourites/osteria%20%C3%A9';
    expect(await call({ target })).toMatchObject({ status: 200, body: { favourite: false } });

    const first = await call({ target, method: 'PUT' });
    expect(first).toEqual({
      status: 201,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
      body: {
        restaurant_id: 'osteria é',
        user_id: 'ada',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    });
    const { created_at } = first.body;
    expect((await client.send(new ScanCommand({ TableName: 'Favourites' }))).Items).toEqual([
      {
        restaurant_id_user_id: { S: 'osteria é#ada' },
        restaurant_id: { S: 'osteria é' },
        user_id: { S: 'ada' },
        created_at: { S: created_at },
      },
    ]);

    expect(await call({ target, method: 'PUT', body: '{}' })).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect((await call({ target })).body).toEqual({ favourite: true, created_at });

    for (let time = 0; time < 2; time += 1) {
      expect(await call({ target, method: 'DELETE' })).toEqual({
        status: 204,
        headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
        body: undefined,
      });
    }
    expect((await call({ target })).body).toEqual({ favourite: false });
    expect(output.lines()).toEqual([]);
  });

  it('lists a user’s favourites, newest first, page by page', async () => {
    const favourite = (restaurantId: string, userId: string, day: number) =>
      put('Favourites', {
        restaurant_id_user_id: { S: `${restaurantId}#${userId}` },
        user_id: { S: userId },
        created_at: { S: `2022-08-0${day}T12:00:00.000Z` },
      });
    for (const [index, day] of [3, 1, 2, 2, 2].entries()) await favourite(`r${index}`, 'ada', day);
    await favourite('other', 'bob', 4);

    const { body: all } = await call({ target: '/users/ada/favourites' });
    expect(all).toEqual({ favourites: expect.any(Array) });
    expect(all.favourites).toHaveLength(5);
    expect(all.favourites[0]).toEqual({ restaurant_id: 'r0', created_at: '2022-08-03T12:00:00.000Z' });
    expect(all.favourites[4]).toEqual({ restaurant_id: 'r1', created_at: '2022-08-01T12:00:00.000Z' });

    const pages: unknown[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await call({
        target: `/users/ada/favourites?limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`,
      });
      pages.push(...body.favourites);
      cursor = body.cursor;
    } while (cursor !== undefined && pages.length < 10);
    expect(pages).toEqual(all.favourites);
    expect((await call({ target: '/users/nobody/favourites' })).body).toEqual({ favourites: [] });
  });

  it('reads the counts of the given windows, and returns 0 when a row is missing', async () => {
    await count('osteria', 3);
    await count('osteria', 2, 'AUG_2022');
    await count('osteria', 9, '20220801');
    const target = '/restaurants/osteria/favourite-counts';
    expect((await call({ target: `${target}?windows=AUG_2022,ALL_TIME,20220801,SEP_2022` })).body).toEqual({
      restaurant_id: 'osteria',
      // The retention of this day is over.
      counts: { AUG_2022: 2, ALL_TIME: 3, '20220801': 0, SEP_2022: 0 },
      updated_at: '2022-08-01T12:00:00.000Z',
    });
    const { body } = await call({ target: '/restaurants/never/favourite-counts' });
    expect(Object.keys(body.counts)).toHaveLength(3);
    expect(Object.values(body.counts)).toEqual([0, 0, 0]);
    expect(body.updated_at).toBeNull();
  });

  describe('the ranking', () => {
    async function ranking(query: string) {
      const rows: ApiBody['restaurants'][number][] = [];
      let cursor: string | undefined;
      for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
        if (page > 100) throw new Error('the ranking does not end');
        const from = cursor === undefined ? '' : `&cursor=${cursor}`;
        const { status, body } = await call({ target: `/restaurants?${query}${from}` });
        expect(status).toBe(200);
        rows.push(...body.restaurants);
        cursor = body.cursor;
      }
      return rows;
    }

    it('merges the shards, shares ranks, and pages without gaps or repeats among ties', async () => {
      for (let index = 0; index < 30; index += 1) await count(`r${index}`, index < 20 ? 5 : index);
      await count('none', 0);
      await count('month', 7, 'AUG_2022');
      const all = await ranking('limit=100');
      expect(all.map(({ favourite_count }) => favourite_count)).toEqual([
        ...Array.from({ length: 10 }, (_, index) => 29 - index),
        ...Array.from({ length: 20 }, () => 5),
      ]);
      expect(all.map(({ rank }) => rank)).toEqual([
        ...Array.from({ length: 10 }, (_, index) => index + 1),
        ...Array.from({ length: 20 }, () => 11),
      ]);
      expect(new Set(all.map(({ restaurant_id }) => restaurant_id)).size).toBe(30);
      for (const limit of [1, 3, 7, 29, 30]) expect(await ranking(`limit=${limit}`)).toEqual(all);
      expect(await ranking('window=AUG_2022')).toEqual([
        { restaurant_id: 'month', favourite_count: 7, rank: 1 },
      ]);
      expect(await ranking('window=20220801')).toEqual([]);
    });

    it('continues after a row whose count changed or that was deleted', async () => {
      for (let index = 0; index < 12; index += 1) await count(`r${index}`, 5);
      const all = await ranking('limit=100');
      const { body } = await call({ target: '/restaurants?limit=6' });
      const rest = async () =>
        (await call({ target: `/restaurants?cursor=${body.cursor}` })).body.restaurants;
      const last = all[5]?.restaurant_id ?? '';
      expect(await rest()).toEqual(all.slice(6));
      await count(last, 8);
      expect(await rest()).toEqual(all.slice(6));
      await client.send(
        new DeleteItemCommand({
          TableName: 'Counts',
          Key: { restaurant_id: { S: last }, time_window: { S: 'ALL_TIME' } },
        }),
      );
      expect(await rest()).toEqual(all.slice(6));
    });
  });

  it('responds only below its base path when the environment sets one', async () => {
    jest.resetModules();
    process.env['API_BASE_PATH'] = '/v1';
    const below = await import('../../src/api/handler.ts');
    process.env['API_BASE_PATH'] = '';
    const at = async (target: string) => readAnswer(await below.handler(apiEvent({ target }), apiContext));
    expect(await at('/v1/users/ada/favourites/osteria')).toMatchObject({
      status: 200,
      body: { favourite: false },
    });
    expect(await at('/users/ada/favourites/osteria')).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
    });
  });

  it('returns 500 with a problem document, and logs the cause, when a table is missing', async () => {
    await client.send(new DeleteTableCommand({ TableName: 'Favourites' }));
    const answer = await call({ target: '/users/user-4711/favourites/osteria', method: 'PUT' });
    expect(answer).toMatchObject({
      status: 500,
      headers: { 'content-type': 'application/problem+json' },
      body: { status: 500, title: 'Internal Server Error' },
    });
    expect(output.lines().join()).toMatch(/PutItem in table Favourites failed: ResourceNotFoundException/);
    expect(output.lines().join()).not.toContain('user-4711');
  });
});

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const keySchema = (...names: readonly string[]) =>
  names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' }) as const);

const favouritesTable = new CreateTableCommand({
  TableName: 'Favourites',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [text('restaurant_id_user_id'), text('user_id'), text('created_at')],
  KeySchema: keySchema('restaurant_id_user_id'),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by_user',
      KeySchema: keySchema('user_id', 'created_at'),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
});
const countsTable = new CreateTableCommand({
  TableName: 'Counts',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    text('restaurant_id'),
    text('time_window'),
    text('ranking_key'),
    { AttributeName: 'favourite_count', AttributeType: 'N' },
  ],
  KeySchema: keySchema('restaurant_id', 'time_window'),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'ranking',
      KeySchema: keySchema('ranking_key', 'favourite_count'),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
});
