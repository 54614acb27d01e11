import { describe, expect, it } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KnownWindows } from '../../infra/local/replay/known-windows.ts';
import { readRanking } from '../../infra/local/console/read-ranking.ts';
import { refusalOf } from '../../infra/local/console/refusal.ts';
import { ALL_TIME } from '../../src/counting/time-window.ts';

describe('the console', () => {
  const statusOf = (headers: Record<string, string>) =>
    refusalOf({ port: 8080, headers: { host: '127.0.0.1:8080', ...headers } })?.status;

  it.each([
    [{}],
    [{ host: 'localhost:8080' }],
    [{ origin: 'http://127.0.0.1:8080' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
  ])('serves %j', (headers) => {
    expect(statusOf(headers as Record<string, string>)).toBeUndefined();
  });

  it.each([
    [{ host: 'evil.example' }, 421],
    [{ host: 'evil.example:8080' }, 421],
    [{ host: '127.0.0.1' }, 421],
    [{ host: '127.0.0.1:8081' }, 421],
    [{ host: '' }, 421],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'https://127.0.0.1:8080' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
  ])('refuses %j with %i, whatever is asked for', (headers, status) => {
    expect(statusOf(headers as unknown as Record<string, string>)).toBe(status);
  });

  it('offers each window that some favourite lies in, once', () => {
    const windows = new KnownWindows({ MONTH: 'forever', DAY: 'forever' });
    for (const day of ['2022-08-01', '2022-08-01', '2022-08-31']) windows.addDate(`${day}T00:00:00.000Z`);
    windows.addDate('not a date');
    expect(windows.list()).toEqual(['ALL_TIME', 'AUG_2022', '20220801', '20220831']);
  });
});

describe('the ranking of the console', () => {
  /** Pages of two rows, highest count first; equal counts from z to a, as no reader would want them. */
  function index(shards: Readonly<Record<string, readonly (readonly [string, number])[]>>) {
    const send = ({
      input,
    }: {
      input: { ExpressionAttributeValues: { ':key': { S: string } }; ExclusiveStartKey?: { at: number } };
    }) => {
      const rows = (shards[input.ExpressionAttributeValues[':key'].S] ?? []).toSorted(
        (a, b) => b[1] - a[1] || (a[0] < b[0] ? 1 : -1),
      );
      const from = input.ExclusiveStartKey?.at ?? 0;
      const Items = rows
        .slice(from, from + 2)
        .map(([id, count]) => ({ restaurant_id: { S: id }, favourite_count: { N: String(count) } }));
      return Promise.resolve(
        from + 2 < rows.length ? { Items, LastEvaluatedKey: { at: from + 2 } } : { Items },
      );
    };
    return { send } as unknown as DynamoDBClient;
  }
  const top = async (dynamoDb: DynamoDBClient, limit: number) => {
    const rows = await readRanking({ dynamoDb, table: 't', window: ALL_TIME, shards: 2, limit });
    return rows.map(({ restaurantId, favouriteCount }) => `${restaurantId} ${favouriteCount}`);
  };

  it('merges the shards by count', async () => {
    const dynamoDb = index({
      'ALL_TIME#0': [
        ['a', 1],
        ['b', 7],
      ],
      'ALL_TIME#1': [['c', 5]],
    });
    expect(await top(dynamoDb, 2)).toEqual(['b 7', 'c 5']);
  });

  it('reads on over equal counts, so that the last places do not depend on the order of the index', async () => {
    const tied = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => [id, 3] as const);
    const dynamoDb = index({ 'ALL_TIME#0': [['top', 9], ...tied], 'ALL_TIME#1': [] });
    expect(await top(dynamoDb, 3)).toEqual(['top 9', 'a 3', 'b 3']);
  });
});
