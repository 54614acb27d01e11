import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFavouriteStore } from '../../infra/local/console/favourites/favourite-store.ts';
import { createRowMaker } from '../../infra/local/console/favourites/row-maker.ts';
import type { Engine } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import type { Item } from '../../infra/local/replay/replay-write.ts';
import type { Source } from '../../src/counting/source/source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const TableName = 'Rows';
const owner = { user: { attribute: 'ownerId' } };
const long = '\u{1f37d}'.repeat(200);

describe('the hearts of a table of another shape', () => {
  const directory = temporaryDirectory();
  let engine: Engine;
  let dynamoDb: DynamoDBClient;
  beforeAll(async () => {
    engine = await startEngine({ engine: 'embedded', directory: directory.path });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    dynamoDb = new DynamoDBClient({ endpoint: engine.endpoint, region: 'eu-west-1', credentials });
  });
  afterAll(async () => {
    dynamoDb.destroy();
    await engine.stop();
    directory[Symbol.dispose]();
  });

  const open = async (source: Source, rows: readonly Item[] = []) => {
    await dynamoDb.send(new DeleteTableCommand({ TableName })).catch(() => undefined);
    await dynamoDb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: source.key.map(({ name, type }) => ({
          AttributeName: name,
          AttributeType: type,
        })),
        KeySchema: source.key.map(({ name }, at) => ({
          AttributeName: name,
          KeyType: at === 0 ? 'HASH' : 'RANGE',
        })),
      }),
    );
    for (const row of rows) await dynamoDb.send(new PutItemCommand({ TableName, Item: row }));
    let version = 0;
    const maker = createRowMaker(source, 'UTC');
    if ('reason' in maker) throw new Error(maker.reason);
    const store = createFavouriteStore(
      { dynamoDb, tables: { favourites: TableName }, version: () => version },
      maker,
    );
    const put = async (row: Item): Promise<void> => {
      await dynamoDb.send(new PutItemCommand({ TableName, Item: row }));
      version += 1;
    };
    const stored = async (): Promise<readonly Item[]> =>
      (await dynamoDb.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
    return { store, stored, put, maker };
  };

  it.each([
    ['1', {}],
    ['2', {}],
    ['3', {}],
    ['5', {}],
    ['6', owner],
    ['7', {}],
    ['7-attributes', owner],
    ['8-none', {}],
    ['8-sql', {}],
    ['9-equals', {}],
    ['9-exists', {}],
    ['10', {}],
  ])('mark once, keep their date, and un-mark: shape %s', async (name, user) => {
    const { store, stored } = await open({ ...shapeOf(name), ...user });
    const [mine, other] = [
      { restaurantId: '7', userId: '8' },
      { restaurantId: name.startsWith('7') ? '71' : long, userId: '8' },
    ];
    expect(await Promise.all([store.mark(mine), store.mark(mine), store.mark(other)])).toEqual([
      true,
      false,
      true,
    ]);
    const rows = await stored();
    expect(rows).toHaveLength(2);
    expect(await store.marked('8', ['7', other.restaurantId, '9', ''])).toEqual(['7', other.restaurantId]);
    expect(await store.marked('7', ['7', '8'])).toEqual([]);
    expect(await store.mark(mine)).toBe(false);
    expect(sorted(await stored())).toEqual(sorted(rows));
    expect(await store.unmark(mine)).toBe(true);
    expect(await store.unmark(mine)).toBe(false);
    expect(await store.marked('8', ['7', other.restaurantId])).toEqual([other.restaurantId]);
    expect(await stored()).toHaveLength(1);
  });

  it('put a deleted row back, with its other attributes', async () => {
    const row = {
      PK: { S: 'USER#u' },
      SK: { S: 'FAV#r' },
      createdAt: { S: '2022-08-01T12:00:00Z' },
      note: { S: 'n' },
    };
    const { store, stored, maker } = await open(shapeOf('5'), [{ ...row, _deleted: { BOOL: true } }]);
    expect(await store.marked('u', ['r'])).toEqual([]);
    expect(await store.unmark({ restaurantId: 'r', userId: 'u' })).toBe(false);
    expect(await store.mark({ restaurantId: 'r', userId: 'u' })).toBe(true);
    const [again = {}] = await stored();
    expect(again).toEqual({ ...row, createdAt: { S: expect.stringMatching(/^20(?!22)/) } });
    expect(maker.mapping.readRow(again).kind).toBe('countable');
  });

  it('find the rows of the application, also two of one favourite, with ids as numbers', async () => {
    const row = (id: string, restaurant: string) => ({
      id: { N: id },
      restaurant_id: { N: restaurant },
      ownerId: { N: '8' },
      created_at: { S: '2022-08-01T12:00:00Z' },
    });
    const { store, stored } = await open({ ...shapeOf('7-attributes'), ...owner }, [
      row('1', '7'),
      row('2', '7'),
      row('3', '9'),
    ]);
    expect(await store.marked('8', ['7', '8', '9'])).toEqual(['7', '9']);
    expect(await store.mark({ restaurantId: '7', userId: '8' })).toBe(false);
    expect(await store.unmark({ restaurantId: '7', userId: '8' })).toBe(true);
    expect(await stored()).toEqual([row('3', '9')]);
  });

  it('see what the application writes later', async () => {
    const { store, put } = await open({ ...shapeOf('6'), ...owner });
    const row = { restaurantId: { S: 'r' }, ownerId: { S: 'u' }, createdAt: { S: '2022-08-01T12:00:00Z' } };
    expect(await store.marked('u', ['r'])).toEqual([]);
    await put({ id: { S: '1' }, ...row });
    expect(await store.marked('u', ['r'])).toEqual(['r']);
    expect(await store.mark({ restaurantId: 'r', userId: 'u' })).toBe(false);
    await put({ id: { S: '1' }, ...row, restaurantId: { S: 'other' } });
    expect(await store.mark({ restaurantId: 'r', userId: 'u' })).toBe(true);
    expect(await store.marked('u', ['r', 'other'])).toEqual(['r', 'other']);
  });

  it('leave a row as it is if they cannot make it count, and say so', async () => {
    const row = { userId: { S: 'u' }, restaurantId: { S: 'r' }, createdAt: { S: '2022-08-01T12:00:00Z' } };
    const source: Source = { ...shapeOf('9'), restaurant: { attribute: 'name' } };
    const strange = { ...row, name: { S: 'another' } };
    const { store, stored } = await open(source, [strange]);
    await expect(store.mark({ restaurantId: 'r', userId: 'u' })).rejects.toThrow('This favourite has a row');
    expect(await stored()).toEqual([strange]);
  });
});

function shapeOf(name: string): Source {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../shapes/${name}.json`), 'utf8')) as Source;
}

function sorted(items: readonly Item[]): readonly string[] {
  return items
    .map((item) =>
      JSON.stringify(
        Object.keys(item)
          .toSorted()
          .map((name) => [name, item[name]]),
      ),
    )
    .toSorted();
}
