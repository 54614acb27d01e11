import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalRun, type LocalRunOptions, startLocalRun } from '../../infra/local/local-run.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import {
  aggregatedFavouritesTable as aggregated,
  favouritesTable as favourites,
} from '../../src/tables/schema.ts';

/** Small batches, so that there are many; retention for ever, so that no date is too old. */
const settings = settingsFor('dev', {
  timeWindows: { MONTH: 'forever', DAY: 'forever' },
  pipe: { batchSize: 40, maximumBatchingWindowSeconds: 0, parallelizationFactor: 4 },
});

const allFaults = {
  duplicate: 0.4,
  'lost-answer': 0.2,
  throttle: 0.1,
  conflict: 0.2,
  crash: 0.2,
  reorder: 0.4,
  poison: 0.05,
};

describe('a local run', () => {
  const runs: LocalRun[] = [];
  const directories: string[] = [];

  afterEach(async () => {
    // A run that uses another run's endpoint must stop first.
    for (const run of runs.splice(0).toReversed()) await run.stop();
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });

  const start = async (options: Partial<LocalRunOptions> = {}): Promise<LocalRun> => {
    const run = await startLocalRun({ settings, seed: 1, ...options });
    runs.push(run);
    return run;
  };
  const newDirectory = (): string => {
    const directory = mkdtempSync(join(tmpdir(), 'local-run-'));
    directories.push(directory);
    return directory;
  };

  it('counts marks and un-marks through the stream, the pipe and the bundle', async () => {
    const run = await start();

    await mark(run, { from: 0, to: 200 });
    await unmark(run, { from: 20, to: 60 });
    await run.pipe.drain();

    expect(await counts(run)).toEqual(await recount(run));
    expect([...run.deadLetters()]).toEqual([]);
    const { metrics, requests, outcomes, samplesMs } = run.counters();
    expect(metrics).toMatchObject({ RecordsApplied: 240, RecordsFailed: 0, RecordsPoison: 0 });
    expect(requests).toEqual({ TransactWriteItems: metrics['Transactions'] });
    expect(outcomes).toMatchObject({ error: 0, timeout: 0, crash: 0 });
    expect(samplesMs['Lag']).toHaveLength(metrics['Transactions'] ?? 0);
  });

  it('counts exactly despite every fault, and keeps every poison record', async () => {
    const run = await start({ faults: allFaults, seed: 7 });

    await mark(run, { from: 0, to: 400 });
    await unmark(run, { from: 100, to: 250 });
    await mark(run, { from: 150, to: 200 });
    await run.pipe.drain();

    expect(await counts(run)).toEqual(await recount(run));
    const { faults } = run.counters();
    const letters = [...run.deadLetters()];
    expect(letters.map(({ kind }) => kind)).not.toContain('unreadable');
    const bodies = letters.filter(({ kind }) => kind === 'record').map(({ body }) => body);
    expect(new Set(bodies).size).toBe(faults.poison);
    const happened = Object.entries(faults).filter(([, times]) => times > 0);
    expect(happened.map(([name]) => name)).toEqual(Object.keys(allFaults));
  });

  it('continues in a kept directory where the last run stopped, without loss or double counts', async () => {
    const directory = newDirectory();
    const first = await start({ directory });
    await mark(first, { from: 0, to: 150 });
    await first.stop();

    const second = await start({ directory });
    await unmark(second, { from: 0, to: 30 });
    await second.pipe.drain();

    expect(second.tables).toEqual(first.tables);
    expect(await counts(second)).toEqual(await recount(second));
  });

  it('is refused in the directory of another run, which keeps running', async () => {
    const directory = newDirectory();
    const first = await start({ directory });

    await expect(start({ directory })).rejects.toThrow(directory);

    await mark(first, { from: 0, to: 5 });
    await first.pipe.drain();
    expect(await counts(first)).toEqual(await recount(first));
  });

  it('works beside another run', async () => {
    const [one, other] = await Promise.all([start(), start()]);

    await Promise.all([mark(one, { from: 0, to: 50 }), mark(other, { from: 0, to: 80 })]);
    await Promise.all([one.pipe.drain(), other.pipe.drain()]);

    expect(total(await counts(one))).toBe(50);
    expect(total(await counts(other))).toBe(80);
  });

  it('uses its own table names on a shared endpoint, and removes its tables', async () => {
    const host = await start();
    const endpoint = await endpointOf(host.dynamoDb);
    const guest = await start({ endpoint });

    await mark(guest, { from: 0, to: 10 });
    await guest.pipe.drain();

    expect(guest.tables.favourites).not.toBe(host.tables.favourites);
    expect(total(await counts(guest))).toBe(10);
    expect(total(await counts(host))).toBe(0);
    await guest.stop();
    await expect(rowsOf(host, guest.tables.favourites)).rejects.toThrow(/not|exist/i);
  });

  it('leaves nothing behind when it cannot start', async () => {
    const directory = newDirectory();
    const broken = settingsFor('dev', {
      existingFavourites: {
        tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Theirs',
        streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Theirs/stream/2026-01-01T00:00:00.000',
      },
    });

    await expect(start({ directory, settings: broken })).rejects.toThrow('existingFavourites');

    // The directory can be used again.
    const run = await start({ directory });
    expect(existsSync(directory)).toBe(true);
    expect(await counts(run)).toEqual([]);
  });
});

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Few restaurants and days, so that transactions touch the same rows. */
function favouriteOf(n: number) {
  const [restaurant, user] = [`restaurant-${n % 7}`, `user-${n}`];
  const day = String(1 + (n % 3)).padStart(2, '0');
  return {
    key: `${restaurant}#${user}`,
    restaurant,
    user,
    createdAt: `2024-0${1 + (n % 2)}-${day}T12:00:00.000Z`,
  };
}

function itemOf(n: number) {
  const { key, restaurant, user, createdAt } = favouriteOf(n);
  return {
    [favourites.partitionKey]: { S: key },
    [favourites.restaurantId]: { S: restaurant },
    [favourites.userId]: { S: user },
    [favourites.createdAt]: { S: createdAt },
  };
}

async function mark({ dynamoDb, tables }: LocalRun, { from, to }: Range): Promise<void> {
  const items = Array.from({ length: to - from }, (_, i) => itemOf(from + i));
  for (let i = 0; i < items.length; i += 25) {
    const requests = items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } }));
    // A chunk of one item goes through PutItem, so that both ways of writing are used.
    if (requests.length === 1) {
      await dynamoDb.send(new PutItemCommand({ TableName: tables.favourites, Item: items[i] }));
    } else {
      await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [tables.favourites]: requests } }));
    }
  }
}

async function unmark({ dynamoDb, tables }: LocalRun, { from, to }: Range): Promise<void> {
  for (let n = from; n < to; n += 1) {
    const Key = { [favourites.partitionKey]: { S: favouriteOf(n).key } };
    await dynamoDb.send(new DeleteItemCommand({ TableName: tables.favourites, Key }));
  }
}

async function rowsOf({ dynamoDb: client }: LocalRun, TableName: string) {
  const rows = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    rows.push(...Items);
  }
  return rows;
}

/** `restaurant window count` for every count above 0, in order. */
async function counts(run: LocalRun): Promise<readonly string[]> {
  const rows = await rowsOf(run, run.tables.aggregatedFavourites);
  return rows
    .map((row) => [
      row[aggregated.partitionKey]?.S,
      row[aggregated.sortKey]?.S,
      row[aggregated.favouriteCount]?.N,
    ])
    .filter(([, , count]) => count !== '0')
    .map((columns) => columns.join(' '))
    .toSorted();
}

/** The same lines computed from the rows of Favourites, with windows written out by hand. */
async function recount(run: LocalRun): Promise<readonly string[]> {
  const sums = new Map<string, number>();
  for (const row of await rowsOf(run, run.tables.favourites)) {
    const createdAt = row[favourites.createdAt]?.S ?? '';
    const month = createdAt.startsWith('2024-01') ? 'JAN_2024' : 'FEB_2024';
    for (const window of ['ALL_TIME', month, createdAt.slice(0, 10).replaceAll('-', '')]) {
      const key = `${row[favourites.restaurantId]?.S} ${window}`;
      sums.set(key, (sums.get(key) ?? 0) + 1);
    }
  }
  return [...sums].map(([key, count]) => `${key} ${count}`).toSorted();
}

function total(rows: readonly string[]): number {
  return rows
    .filter((row) => row.includes(' ALL_TIME '))
    .reduce((sum, row) => sum + Number(row.split(' ')[2]), 0);
}

async function endpointOf(client: DynamoDBClient): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  if (endpoint === undefined) throw new Error('the client has no endpoint');
  return `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`;
}
