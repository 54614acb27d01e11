/** Scans and batches of keys, against a client whose responses the test defines. */
import { describe, expect, it } from '@jest/globals';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  type ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { defaultMapping, favouriteKey } from '../../support/favourite-changes.ts';
import { createHealReads } from '../../../src/reconcile/heal/reads.ts';

type Command = BatchGetItemCommand | ScanCommand;
type Item = Record<string, AttributeValue>;

function readsWith(answer: (command: Command) => object) {
  const sent: Command[] = [];
  const pausesMs: number[] = [];
  const client = {
    send: async (command: Command, options?: { readonly abortSignal: AbortSignal }) => {
      options?.abortSignal.throwIfAborted();
      sent.push(command);
      return answer(command);
    },
  } as unknown as DynamoDBClient;
  const reads = createHealReads(
    client,
    { favouritesTable: 'favourites', countedFavouritesTable: 'registers', mapping: defaultMapping },
    {
      sleep: (ms) => {
        pausesMs.push(ms);
        return Promise.resolve();
      },
      random: () => 1,
    },
  );
  return { reads, sent, pausesMs };
}
const keysOf = (command: Command): readonly Item[] =>
  command instanceof BatchGetItemCommand ? (command.input.RequestItems?.['registers']?.Keys ?? []) : [];
const users = (count: number) =>
  Array.from({ length: count }, (_, user) => favouriteKey('osteria', `u${user}`));
/** Returns items for the first `processed` keys, and the other keys as unprocessed. */
const answering = (command: Command, processed: number): Partial<BatchGetItemCommandOutput> => ({
  Responses: { registers: keysOf(command).slice(0, processed).toReversed() },
  UnprocessedKeys: { registers: { Keys: keysOf(command).slice(processed) } },
  ConsumedCapacity: [{ CapacityUnits: processed / 2 }],
});

describe('a batch of keys', () => {
  it('is split into requests of 100 keys, and returns items in the order of the keys', async () => {
    const { reads, sent } = readsWith((command) => answering(command, 100));
    const missing = favouriteKey('osteria', 'nobody');
    const { items, readUnits } = await reads.readRegisters([...users(250), missing], { consistent: true });
    expect(sent.map((command) => keysOf(command).length)).toEqual([100, 100, 51]);
    expect(items).toHaveLength(251);
    expect(readUnits).toBe(150);
  });

  it.each([true, false])('is read consistently only if requested: %s', async (consistent) => {
    const { reads, sent } = readsWith(() => ({}));
    await reads.readRegisters(users(1), { consistent });
    await reads.readFavourites(users(1), { consistent });
    const asked = sent.map(({ input }) => ('RequestItems' in input ? input.RequestItems : undefined));
    expect(asked).toMatchObject([
      { registers: { ConsistentRead: consistent } },
      { favourites: { ConsistentRead: consistent } },
    ]);
  });

  it('retries unprocessed keys, after pauses that grow while no items come', async () => {
    let calls = 0;
    const { reads, pausesMs } = readsWith((command) => {
      calls += 1;
      return answering(command, [30, 0, 0, 70][calls - 1] ?? 100);
    });
    const { items } = await reads.readRegisters(users(100), { consistent: false });
    expect(items.filter((item) => item !== undefined)).toHaveLength(100);
    expect(pausesMs).toEqual([50, 100, 200]);
  });

  it('gives up when no more items come, with an error that names the table but no key', async () => {
    const { reads, sent } = readsWith((command) => answering(command, 0));
    const reading = reads.readRegisters(users(1), { consistent: false });
    await expect(reading).rejects.toMatchObject({ name: 'TableReadError', retryable: true });
    await expect(reading).rejects.toThrow(/^BatchGetItem in table registers failed: UnprocessedKeys\. /);
    expect(sent).toHaveLength(8);
  });

  it.each(['readRegisters', 'readFavourites'] as const)(
    'is abandoned when its signal aborts: %s',
    async (read) => {
      const { reads } = readsWith(() => ({}));
      const how = {
        consistent: true,
        signal: AbortSignal.abort(Object.assign(new Error(), { name: 'AbortError' })),
      };
      await expect(reads[read](users(1), how)).rejects.toThrow(/failed: AbortError/);
    },
  );

  it('fails with an error that is not retryable when access is denied', async () => {
    const { reads } = readsWith(() => {
      throw Object.assign(new Error('no: osteria#u0'), { name: 'AccessDeniedException' });
    });
    const reading = reads.readRegisters(users(1), { consistent: false });
    await expect(reading).rejects.toMatchObject({ name: 'TableDeniedError', retryable: false });
    await expect(reading).rejects.not.toThrow(/u0/);
  });

  it('never requests a key that no row of Favourites can have', async () => {
    const { reads, sent } = readsWith(() => ({}));
    const keys = [
      favouriteKey('a#b', 'c'),
      favouriteKey('a', 'b'.repeat(1_100)),
      favouriteKey('a'.repeat(2_048), 'b'),
    ];
    expect(await reads.readFavourites(keys, { consistent: true })).toEqual({
      items: [undefined, undefined, undefined],
      readUnits: 0,
    });
    expect(sent).toEqual([]);
  });

  it('distinguishes registers whose joined ids are equal', async () => {
    const register = (restaurantId: string, userId: string, createdAt: string): Item => ({
      restaurant_id: { S: restaurantId },
      user_id: { S: userId },
      created_at: { S: createdAt },
    });
    const { reads } = readsWith(() => ({
      Responses: {
        registers: [register('a#b', 'c', 'one'), register('a', 'b#c', 'two'), register('a#bc', 'c', 'no')],
      },
    }));
    const { items } = await reads.readRegisters([favouriteKey('a', 'b#c'), favouriteKey('a#b', 'c')], {
      consistent: true,
    });
    expect(items.map((item) => item?.createdAt)).toEqual(['two', 'one']);
  });
});

describe('a page of a scan', () => {
  it.each([
    ['plain ids', 'osteria', 'ada'],
    ['control characters and dots', 'a.\u0000"\\', 'b.c\u0007'],
    ['ids of the maximum length', 'é'.repeat(1_000), '\u0001'.repeat(1_024)],
  ])('continues from its cursor with %s; the cursor has at most 4.2 KB', async (_, restaurantId, userId) => {
    const key = { restaurant_id: { S: restaurantId }, user_id: { S: userId } };
    const { reads, sent } = readsWith(() => ({ LastEvaluatedKey: key }));
    const { next } = await reads.scanRegisters({ segment: 3, totalSegments: 8 });
    expect(next?.length).toBeLessThanOrEqual(4_300);
    await reads.scanRegisters({ segment: 3, totalSegments: 8, ...(next !== undefined && { after: next }) });
    expect(sent.map(({ input }) => 'ExclusiveStartKey' in input && input.ExclusiveStartKey)).toEqual([
      false,
      key,
    ]);
    expect(sent[1]?.input).toMatchObject({ Segment: 3, TotalSegments: 8 });
  });

  it('sends no Segment if the scan has only one', async () => {
    const { reads, sent } = readsWith(() => ({}));
    await reads.scanRegisters({ segment: 0, totalSegments: 1 });
    expect(sent[0]?.input).not.toHaveProperty('Segment');
    expect(sent[0]?.input).not.toHaveProperty('TotalSegments');
  });

  it('rejects a cursor of another table', async () => {
    const { reads } = readsWith(() => ({}));
    await expect(reads.scanRegisters({ segment: 0, totalSegments: 1, after: 'b25lIHBhcnQ' })).rejects.toThrow(
      /start the segment again/,
    );
  });

  it('may be empty without being the last', async () => {
    const { reads } = readsWith(() => ({
      Items: [],
      LastEvaluatedKey: { restaurant_id_user_id: { S: 'a#b' } },
    }));
    expect(await reads.scanFavourites({ segment: 0, totalSegments: 1 })).toEqual({
      items: [],
      next: 'YSNi',
      readUnits: 0,
    });
  });
});
