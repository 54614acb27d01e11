/** The client's requests to the tables, sent to a client whose responses the test defines. */
import { describe, expect, it } from '@jest/globals';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import type { UserId } from '../../../src/tables/favourites.ts';
import { ALL_TIME, type CreatedAt } from '../../../src/counting/time-window.ts';
import { createClientStore } from '../../../src/client/store.ts';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Readonly<Record<string, unknown>>;
}

function storeWith(answer: (command: Command) => object) {
  const sent: Command[] = [];
  const client = {
    send: async (command: Command) => {
      sent.push(command);
      return answer(command);
    },
  } as unknown as DynamoDBClient;
  const tables = { favouritesTable: 'favourites', countsTable: 'counts' };
  const store = createClientStore(client, tables, { sleep: async () => undefined, random: () => 1 });
  return { store, sent };
}
const osteria = 'osteria' as RestaurantId;
const ada = 'ada' as UserId;
const key = { restaurantId: osteria, userId: ada };
const createdAt = '2022-08-01T12:00:00.000Z' as CreatedAt;
const named = (name: string) => () => {
  throw Object.assign(new Error('osteria#ada'), { name });
};

describe('one favourite', () => {
  it('is marked only if it does not exist yet; otherwise the existing row is returned', async () => {
    const { store, sent } = storeWith(() => ({}));
    expect(await store.mark(key, createdAt)).toEqual({ kind: 'marked' });
    expect(sent.map((command) => command.constructor.name)).toEqual(['PutItemCommand']);
    expect(sent[0]?.input).toMatchObject({
      ConditionExpression: 'attribute_not_exists(#key)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const marked = storeWith(() => {
      throw new ConditionalCheckFailedException({
        message: 'it exists',
        $metadata: {},
        Item: { created_at: { S: '2020-01-01T00:00:00Z' } },
      });
    });
    expect(await marked.store.mark(key, createdAt)).toEqual({
      kind: 'was-marked',
      createdAt: '2020-01-01T00:00:00Z',
    });
  });

  it('is read consistently, and exists even without a created_at', async () => {
    const { store, sent } = storeWith(() => ({ Item: { restaurant_id_user_id: { S: 'osteria#ada' } } }));
    expect(await store.favourite(key)).toEqual({ createdAt: undefined });
    expect(sent[0]?.input['ConsistentRead']).toBe(true);
    expect(await storeWith(() => ({})).store.favourite(key)).toBeUndefined();
  });

  it.each([
    ['ThrottlingException', true],
    ['TimeoutError', true],
    ['InternalServerError', true],
    ['AccessDeniedException', false],
    ['ResourceNotFoundException', false],
  ])('reports for %s whether to retry, and does not mention the keys', async (name, retryable) => {
    const { store } = storeWith(named(name));
    const calls = [
      () => store.mark(key, createdAt),
      () => store.unmark(key),
      () => store.favourite(key),
      () => store.userFavourites(ada, { rowsMax: 1, after: undefined }),
      () => store.counts([{ restaurantId: osteria, window: ALL_TIME }]),
      () => store.rankingShard(ALL_TIME, { range: { shard: 0, highestCount: 9 }, rowsMax: 1 }),
    ];
    for (const call of calls) {
      const error = await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ retryable, message: expect.stringContaining(name) });
      expect(String(error)).not.toMatch(/osteria|ada/);
    }
  });
});

describe('a list read from an index', () => {
  const row = (index: number) => ({
    restaurant_id_user_id: { S: `r${index}#ada` },
    created_at: { S: createdAt },
  });

  it('continues when DynamoDB ends a page early, and reads no more than the limit', async () => {
    let next = 0;
    const { store, sent } = storeWith(() => {
      const Items = [row(next), row(next + 1)];
      next += 2;
      return { Items, LastEvaluatedKey: Items[1] };
    });
    const rows = await store.userFavourites(ada, { rowsMax: 4, after: undefined });
    expect(rows.map(({ restaurantId }) => restaurantId)).toEqual(['r0', 'r1', 'r2', 'r3']);
    expect(sent.map(({ input }) => input['Limit'])).toEqual([4, 2]);
    expect(sent.map(({ input }) => input['ExclusiveStartKey'])).toEqual([undefined, row(1)]);
  });

  it('ends where the partition ends', async () => {
    const { store, sent } = storeWith(() => ({ Items: [row(0)] }));
    expect(await store.userFavourites(ada, { rowsMax: 4, after: undefined })).toHaveLength(1);
    expect(sent).toHaveLength(1);
  });

  it('continues after a row when it gets the row’s keys in the index and the table', async () => {
    const { store, sent } = storeWith(() => ({ Items: [] }));
    await store.userFavourites(ada, { rowsMax: 4, after: { key: 'x#ada', createdAt } });
    const after = { restaurantId: osteria, favouriteCount: 7 };
    await store.rankingShard(ALL_TIME, { range: { shard: 3, highestCount: 7, after }, rowsMax: 4 });
    expect(sent.map(({ input }) => input['ExclusiveStartKey'])).toEqual([
      { user_id: { S: 'ada' }, created_at: { S: createdAt }, restaurant_id_user_id: { S: 'x#ada' } },
      {
        ranking_key: { S: 'ALL_TIME#3' },
        favourite_count: { N: '7' },
        restaurant_id: { S: 'osteria' },
        time_window: { S: 'ALL_TIME' },
      },
    ]);
    expect(sent[1]?.input).toMatchObject({
      KeyConditionExpression: '#key = :key AND #count BETWEEN :lowest AND :highest',
      ExpressionAttributeValues: { ':lowest': { N: '1' }, ':highest': { N: '7' } },
      ScanIndexForward: false,
    });
  });

  it('takes the restaurant from the row’s key, even if the key is not a valid favourite key', async () => {
    const keys = ['osteria#ada', 'a#b#ada', 'nonsense'];
    const { store } = storeWith(() => ({
      Items: keys.map((text) => ({ restaurant_id_user_id: { S: text }, created_at: { S: createdAt } })),
    }));
    const rows = await store.userFavourites(ada, { rowsMax: 3, after: undefined });
    expect(rows).toEqual([
      { key: 'osteria#ada', restaurantId: 'osteria', createdAt },
      { key: 'a#b#ada', restaurantId: 'a', createdAt },
      { key: 'nonsense', restaurantId: 'nonsense', createdAt },
    ]);
  });
});
