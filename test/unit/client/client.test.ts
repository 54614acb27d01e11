import { describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BadInputError, createFavouriteCountsClient, type RankingPage } from '../../../src/client/client.ts';
import { clientConfigOf } from '../../../src/client/config.ts';
import { memoryClient } from '../../support/memory-client.ts';

const adaAtOsteria = { restaurantId: 'osteria', userId: 'ada' };
const now = '2022-08-01T12:00:00.007Z';
const badInput = (code: string, message: string) =>
  expect.objectContaining({
    name: 'BadInputError',
    code,
    message: expect.stringMatching(message),
  }) as unknown as Error;

describe('the client’s favourites', () => {
  it('are marked once, keep their first date, and are un-marked', async () => {
    const { client, store } = memoryClient();
    expect(await client.favourite(adaAtOsteria)).toEqual({ favourite: false });
    expect(await client.mark(adaAtOsteria)).toEqual({ ...adaAtOsteria, isNew: true, createdAt: now });
    store.favourites.set('osteria#ada', '2020-01-01T00:00:00Z');
    const again = { ...adaAtOsteria, isNew: false, createdAt: '2020-01-01T00:00:00Z' };
    expect(await client.mark(adaAtOsteria)).toEqual(again);
    expect(await client.favourite(adaAtOsteria)).toEqual({ favourite: true, createdAt: again.createdAt });
    await client.unmark(adaAtOsteria);
    await client.unmark(adaAtOsteria);
    expect(await client.favourite(adaAtOsteria)).toEqual({ favourite: false });
  });

  it('are listed in pages, newest first, with a cursor of that user only', async () => {
    const { client, store } = memoryClient();
    for (const [at, restaurantId] of ['a', 'b', 'c'].entries()) {
      store.favourites.set(`${restaurantId}#ada`, `2022-08-0${at + 1}T12:00:00.000Z`);
    }
    const first = await client.favouritesOf('ada', { limit: 2 });
    expect(first.favourites.map(({ restaurantId }) => restaurantId)).toEqual(['c', 'b']);
    const { cursor } = first;
    expect(await client.favouritesOf('ada', { limit: 2, cursor })).toEqual({
      favourites: [{ restaurantId: 'a', createdAt: '2022-08-01T12:00:00.000Z' }],
      cursor: undefined,
    });
    await expect(client.favouritesOf('bob', { cursor })).rejects.toEqual(badInput('cursor', 'another query'));
  });

  it.each([
    ['restaurant-id', { restaurantId: '', userId: 'ada' }],
    ['restaurant-id', { restaurantId: 'a#b', userId: 'ada' }],
    ['restaurant-id', { restaurantId: '\ud800', userId: 'ada' }],
    ['restaurant-id', { restaurantId: 'é'.repeat(1_025), userId: 'ada' }],
    ['restaurant-id', { restaurantId: 'a'.repeat(2_044), userId: 'adam' }],
    ['restaurant-id', { restaurantId: 7 as unknown as string, userId: 'ada' }],
    ['user-id', { restaurantId: 'osteria', userId: '' }],
    ['user-id', { restaurantId: 'osteria', userId: 'a#b' }],
    ['user-id', { restaurantId: 'osteria', userId: 'a'.repeat(1_025) }],
    ['user-id', { restaurantId: 'osteria' } as { restaurantId: string; userId: string }],
  ])('are refused with the code %s for the ids %j, and no table is asked', async (code, ids) => {
    const { client, store } = memoryClient();
    for (const call of [client.mark, client.unmark, client.favourite]) {
      const error = await call(ids).catch((thrown: unknown) => thrown);
      expect(error).toEqual(badInput(code, 'Id'));
      expect(String(error)).not.toContain(ids.userId || '␀');
    }
    expect(store.calls).toEqual([]);
  });

  it('may have ids that no path of the API can carry', async () => {
    const { client } = memoryClient();
    for (const restaurantId of ['a/b', '100%', 'what?', '..', ' ', '\u0000', 'a'.repeat(2_044)]) {
      const ids = { restaurantId, userId: 'ada' };
      expect(await client.mark(ids)).toMatchObject({ isNew: true });
      expect(await client.favourite(ids)).toMatchObject({ favourite: true });
    }
  });

  it('are refused where the table has a shape of its own, whose counts and ranking are read', async () => {
    const config = clientConfigOf({
      countsTable: 'counts',
      rankingShards: 1,
      timeWindows: '',
      timeZone: 'UTC',
    });
    const dynamoDb = { send: async () => ({}) } as unknown as DynamoDBClient;
    const client = createFavouriteCountsClient({ config: JSON.stringify(config), dynamoDb });
    const refused = badInput('favourites-table', 'your application marks, un-marks and lists them itself');
    await expect(client.mark(adaAtOsteria)).rejects.toEqual(refused);
    await expect(client.unmark(adaAtOsteria)).rejects.toEqual(refused);
    await expect(client.favourite(adaAtOsteria)).rejects.toEqual(refused);
    await expect(client.favouritesOf('ada')).rejects.toEqual(refused);
    expect(await client.ranking()).toMatchObject({ window: 'ALL_TIME', restaurants: [] });
    expect(await client.counts('a#b/c')).toMatchObject({ counts: { ALL_TIME: 0 } });
  });
});

describe('a caller in JavaScript', () => {
  it('may pass null for what it leaves out, and gets a BadInputError for what it may not', async () => {
    const { client } = memoryClient();
    const nothing = null as unknown as undefined;
    await client.mark({ userId: 'u', restaurantId: 'r' });
    expect(await client.counts('r', nothing)).toMatchObject({ restaurantId: 'r' });
    expect(await client.ranking({ window: nothing, limit: nothing, cursor: nothing })).toMatchObject({
      window: 'ALL_TIME',
    });
    expect((await client.favouritesOf('u', nothing)).favourites).toHaveLength(1);
    for (const call of [client.mark, client.unmark, client.favourite]) {
      await expect(call(null as never)).rejects.toBeInstanceOf(BadInputError);
    }
  });
});

describe('the client’s counts', () => {
  const filled = () => {
    const { client, store } = memoryClient();
    store.countRows.push(
      { restaurantId: 'a', window: 'ALL_TIME', favouriteCount: 7, updatedAt: '2022-08-01T09:00:00.000Z' },
      { restaurantId: 'a', window: 'AUG_2022', favouriteCount: 2, updatedAt: '2022-08-01T11:00:00.000Z' },
      { restaurantId: 'b#1', window: 'ALL_TIME', favouriteCount: -1 },
      { restaurantId: 'c', window: '20220801', favouriteCount: 4 },
    );
    return { client, store };
  };

  it('are those of ALL_TIME and the present windows by default, and 0 without a row', async () => {
    const { client } = filled();
    expect(await client.counts('a')).toEqual({
      restaurantId: 'a',
      counts: { ALL_TIME: 7, AUG_2022: 2, '20220801': 0 },
      updatedAt: '2022-08-01T11:00:00.000Z',
    });
    expect(await client.counts('nobody')).toEqual({
      restaurantId: 'nobody',
      counts: { ALL_TIME: 0, AUG_2022: 0, '20220801': 0 },
      updatedAt: null,
    });
  });

  it('of many come in the order of the ids, with duplicates and zeros, from one request', async () => {
    const { client, store } = filled();
    const ids = ['c', 'nobody', 'a', 'b#1', 'a'];
    const windows = ['TODAY', 'ALL_TIME', '20220801', 'JUL_2022'];
    const answer = await client.countsOf(ids, { windows });
    expect(answer.map(({ restaurantId, counts }) => [restaurantId, counts])).toEqual([
      ['c', { '20220801': 4, ALL_TIME: 0, JUL_2022: 0 }],
      ['nobody', { '20220801': 0, ALL_TIME: 0, JUL_2022: 0 }],
      ['a', { '20220801': 0, ALL_TIME: 7, JUL_2022: 0 }],
      ['b#1', { '20220801': 0, ALL_TIME: 0, JUL_2022: 0 }],
      ['a', { '20220801': 0, ALL_TIME: 7, JUL_2022: 0 }],
    ]);
    expect(store.calls).toEqual(['counts']);
    for (const [at, id] of ids.entries()) expect(await client.counts(id, { windows })).toEqual(answer[at]);
  });

  it('need no request without an id, without a window, or past the retention', async () => {
    const { client, store } = filled();
    expect(await client.countsOf([])).toEqual([]);
    const nothing = { restaurantId: 'a', counts: {}, updatedAt: null };
    expect(await client.countsOf(['a'], { windows: [] })).toEqual([nothing]);
    expect(await client.counts('a', { windows: ['20220101'] })).toEqual({
      ...nothing,
      counts: { '20220101': 0 },
    });
    expect(store.calls).toEqual([]);
  });

  it('are refused for more than 100 ids, a bad id or a bad window', async () => {
    const { client, store } = filled();
    const many = Array.from({ length: 101 }, (_, at) => `r${at}`);
    await expect(client.countsOf(many)).rejects.toEqual(
      badInput('restaurant-id', 'at most 100 ids; split a'),
    );
    // A hole, as in a list that was made for more ids than it got.
    const holed = Object.assign<string[], object>([], { 0: 'a', 2: 'c' });
    await expect(client.countsOf(holed)).rejects.toEqual(
      badInput('restaurant-id', String.raw`restaurantIds\[1\]`),
    );
    await expect(client.countsOf('abc' as unknown as string[])).rejects.toEqual(
      badInput('restaurant-id', 'must be a list'),
    );
    await expect(client.countsOf(['a', ''])).rejects.toEqual(
      badInput('restaurant-id', String.raw`^restaurantIds\[1\] must be text of 1 to 2048 bytes of UTF-8$`),
    );
    await expect(client.counts('')).rejects.toEqual(badInput('restaurant-id', '^restaurantId must'));
    await expect(client.counts('a', { windows: ['2022'] })).rejects.toEqual(
      badInput('windows', '^this deployment does not keep the window 2022; expected one of: ALL_TIME, THIS_'),
    );
    await expect(client.countsOf(['a'], { windows: ['NEVER'] })).rejects.toBeInstanceOf(BadInputError);
    expect(store.calls).toEqual([]);
  });
});

describe('the client’s ranking', () => {
  it('has pages with ranks and cursors, by default of ALL_TIME with 20 rows', async () => {
    const { client, store } = memoryClient();
    for (let at = 0; at < 22; at += 1) {
      store.countRows.push({ restaurantId: `r${at}`, window: 'ALL_TIME', favouriteCount: at < 2 ? 9 : 1 });
    }
    const first = await client.ranking();
    expect(first).toMatchObject({ window: 'ALL_TIME', cursor: expect.any(String) });
    expect(first.restaurants).toHaveLength(20);
    expect(first.restaurants.map(({ rank }) => rank).slice(0, 4)).toEqual([1, 1, 3, 3]);
    const last = await client.ranking({ cursor: first.cursor });
    expect(last).toMatchObject({ restaurants: [{ rank: 3 }, { rank: 3 }], cursor: undefined });
  });

  it('names the present window, and is empty past the retention', async () => {
    const { client } = memoryClient({ timeZone: 'Pacific/Kiritimati' });
    expect(await client.ranking({ window: 'TODAY' })).toMatchObject({ window: '20220802' });
    const past = { window: '20220101', restaurants: [], cursor: undefined };
    expect(await client.ranking({ window: '20220101' })).toEqual(past);
  });

  it.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 101 }],
    ['limit', { limit: 1.5 }],
    ['limit', { limit: '20' as unknown as number }],
    ['cursor', { cursor: '' }],
    ['windows', { window: 'THIS_YEAR' }],
  ])('is refused with the code %s for %j', async (code, options) => {
    const { client, store } = memoryClient();
    await expect(client.ranking(options)).rejects.toEqual(badInput(code, ''));
    expect(store.calls).toEqual([]);
  });

  it('with a floor ends above it, also for a cursor that was made with a lower one', async () => {
    const [low, high] = [memoryClient(), memoryClient({ ranking: { ALL_TIME: 3 } })];
    for (let count = 1; count <= 5; count += 1) {
      const row = { restaurantId: `r${count}`, window: 'ALL_TIME', favouriteCount: count };
      for (const { store } of [low, high]) store.countRows.push(row);
    }
    const ids = ({ restaurants }: RankingPage) => restaurants.map(({ restaurantId }) => restaurantId);
    const first = await high.client.ranking({ limit: 2 });
    expect(ids(first)).toEqual(['r5', 'r4']);
    const last = await high.client.ranking({ limit: 2, cursor: first.cursor });
    expect([ids(last), last.cursor]).toEqual([['r3'], undefined]);
    const { cursor } = await low.client.ranking({ limit: 4 });
    expect(await high.client.ranking({ cursor })).toMatchObject({ restaurants: [], cursor: undefined });
  });

  it('of a kind that is off is refused before any request, and its counts are still read', async () => {
    const { client, store } = memoryClient({ ranking: { ALL_TIME: 5, MONTH: 'off', DAY: 'off' } });
    await expect(client.ranking({ window: 'TODAY' })).rejects.toEqual(
      badInput(
        'windows',
        'this deployment counts the window 20220801, but does not rank it: its setting ranking is off ' +
          'for MONTH and DAY',
      ),
    );
    expect(store.calls).toEqual([]);
    store.countRows.push({ restaurantId: 'r', window: '20220801', favouriteCount: 4 });
    expect(await client.counts('r', { windows: ['TODAY'] })).toMatchObject({ counts: { '20220801': 4 } });
  });

  it('refuses a cursor that was made with another number of shards', async () => {
    const [old, young] = [memoryClient({ shards: 3 }), memoryClient({ shards: 10 })];
    for (const restaurantId of ['a', 'b']) {
      old.store.countRows.push({ restaurantId, window: 'ALL_TIME', favouriteCount: 1 });
    }
    const { cursor } = await old.client.ranking({ limit: 1 });
    await expect(young.client.ranking({ cursor })).rejects.toEqual(badInput('cursor', 'start again'));
  });
});

describe('createFavouriteCountsClient', () => {
  it('refuses anything but a client of DynamoDB', () => {
    const config = JSON.stringify({
      ...{ version: 1, countsTable: 'Counts', rankingShards: 10, timeWindows: '', timeZone: 'UTC' },
    });
    for (const dynamoDb of [undefined, {}] as unknown as DynamoDBClient[]) {
      expect(() => createFavouriteCountsClient({ config, dynamoDb })).toThrow(
        badInput('config', 'dynamoDb must be a DynamoDBClient'),
      );
    }
  });

  it('refuses a configuration that is missing at once, before any request', () => {
    const dynamoDb = new DynamoDBClient({ region: 'eu-west-1' });
    expect(() => createFavouriteCountsClient({ config: undefined, dynamoDb })).toThrow(
      badInput('config', 'is not set'),
    );
  });
});
