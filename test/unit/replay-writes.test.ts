import { describe, expect, it } from '@jest/globals';
import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { Gate } from '../../infra/local/replay/pace.ts';
import type { ReplayEvent, ReplayWrite, RowWrite } from '../../infra/local/replay/replay-write.ts';
import { writeFavourites } from '../../infra/local/replay/write-favourites.ts';

/** A table that responds in arbitrary order, cancels some transactions, and checks every request. */
class HostileTable {
  readonly written: string[] = [];
  batchesUnderWay = 0;
  batchesUnderWayMax = 0;
  bytesMax = 0;
  readonly #keysUnderWay = new Set<string>();
  readonly #scheduler: fc.Scheduler;
  #cancellations: number;

  constructor(scheduler: fc.Scheduler, cancellations: number) {
    this.#scheduler = scheduler;
    this.#cancellations = cancellations;
  }

  client(): Pick<DynamoDBClient, 'send'> {
    const send = (command: { input: { TransactItems: TransactWriteItem[] } }) =>
      this.#send(command.input.TransactItems);
    return { send };
  }

  async #send(requests: readonly TransactWriteItem[]): Promise<object> {
    const keys = requests.map(keyOf);
    const sizes = requests.map(({ Put }) => Number(Put?.Item?.['size']?.N ?? 0));
    this.bytesMax = Math.max(
      this.bytesMax,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    if (requests.length > 100) throw new Error('more than 100 actions in a transaction');
    if (new Set(keys).size < keys.length) throw new Error('a key is twice in a batch');
    if (keys.some((key) => this.#keysUnderWay.has(key))) throw new Error('a key is in two batches at once');
    keys.forEach((key) => this.#keysUnderWay.add(key));
    this.batchesUnderWayMax = Math.max(this.batchesUnderWayMax, (this.batchesUnderWay += 1));
    await this.#scheduler.schedule(Promise.resolve(), 'batch');
    this.batchesUnderWay -= 1;
    keys.forEach((key) => this.#keysUnderWay.delete(key));
    if (this.#cancellations > 0) {
      this.#cancellations -= 1;
      throw new TransactionCanceledException({ message: 'throttled', $metadata: {} });
    }
    for (const request of requests) this.written.push(describeWrite(request));
    return {};
  }
}

const keyOf = (request: TransactWriteItem) =>
  (request.Put?.Item ?? request.Delete?.Key)?.['restaurant_id_user_id']?.S ?? '';
const describeWrite = (request: TransactWriteItem) => {
  const date = request.Put?.Item?.['created_at']?.S;
  return date === undefined ? `${keyOf(request)} gone` : `${keyOf(request)} ${date}`;
};
const describeEvent = ({ kind, restaurantId, userId, createdAt }: ReplayEvent) =>
  `${restaurantId}#${userId} ${kind === 'mark' ? createdAt : 'gone'}`;

const describeRowWrite = (write: RowWrite) =>
  write.kind === 'put' ? `${write.row} ${write.item['created_at']?.S}` : `${write.row} gone`;

function writeAll(
  events: readonly ReplayWrite[],
  options: {
    from?: number;
    client: Pick<DynamoDBClient, 'send'>;
    progress?: number[];
    signal?: AbortSignal;
    gate?: Gate;
  },
) {
  const { client, progress, ...rest } = options;
  const writer = { dynamoDb: client, tables: { favourites: 't' } };
  return writeFavourites(writer, { events, onWritten: (written) => progress?.push(written), ...rest });
}

const events = fc.array(
  fc.record({
    kind: fc.constantFrom<ReplayEvent['kind']>('mark', 'un-mark'),
    restaurantId: fc.constantFrom('a', 'b', 'c', 'd'),
    userId: fc.nat(9).map(String),
    createdAt: fc.nat().map((n) => `t${n}`),
  }),
  { maxLength: 150 },
);

const rowWrites = fc.array(
  fc
    .record({ row: fc.nat(30).map(String), date: fc.option(fc.nat()), bytes: fc.constantFrom(100, 500_000) })
    .map(({ row, date, bytes }): RowWrite => {
      const key = { restaurant_id_user_id: { S: row } };
      if (date === null) return { kind: 'delete', row, bytes, key };
      const item = { ...key, created_at: { S: `t${date}` }, size: { N: String(bytes) } };
      return { kind: 'put', row, bytes, item };
    }),
  { maxLength: 150 },
);

describe('the writer of a replay', () => {
  it('always writes every event, and those of one favourite in order, for any response order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), events, fc.nat(2), async (scheduler, all, cancellations) => {
        const table = new HostileTable(scheduler, cancellations);
        const progress: number[] = [];
        await scheduler.waitFor(writeAll(all, { client: table.client(), progress }));
        const perKey = (lines: readonly string[]) => Map.groupBy(lines, (line) => line.split(' ')[0]);
        expect(perKey(table.written)).toEqual(perKey(all.map(describeEvent)));
        expect(progress).toEqual(progress.toSorted((a, b) => a - b));
        expect(progress.at(-1) ?? 0).toBe(all.length);
        expect(table.batchesUnderWayMax).toBeLessThanOrEqual(4);
      }),
      { numRuns: 50 },
    );
  });

  it('always keeps puts and deletes of one row in order, and its transactions within 4 MB', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), rowWrites, async (scheduler, all) => {
        const table = new HostileTable(scheduler, 0);
        await scheduler.waitFor(writeAll(all, { client: table.client() }));
        const perKey = (lines: readonly string[]) => Map.groupBy(lines, (line) => line.split(' ')[0]);
        expect(perKey(table.written)).toEqual(perKey(all.map(describeRowWrite)));
        expect(table.bytesMax).toBeLessThan(4_000_000);
      }),
      { numRuns: 50 },
    );
  });

  it('ends with the reason when DynamoDB refuses a write', async () => {
    const CancellationReasons = [
      { Code: 'None' },
      { Code: 'ValidationError', Message: 'Item size is too large' },
    ];
    const options = { message: 'cancelled', $metadata: {}, CancellationReasons };
    const client = { send: () => Promise.reject(new TransactionCanceledException(options)) };
    await expect(writeAll([mark(1), mark(2)], { client })).rejects.toThrow(
      'DynamoDB refused a write to t: Item size is too large',
    );
  });

  it('never reports an event as written before all earlier ones are', async () => {
    const answers: (() => void)[] = [];
    const client = {
      send: () => new Promise((resolve) => answers.push(() => resolve({}))),
    } as unknown as Pick<DynamoDBClient, 'send'>;
    const progress: number[] = [];
    const all = Array.from({ length: 240 }, (_, index) => mark(index));
    const writing = writeAll(all, { client, progress });
    await until(() => answers.length === 3);
    answers[1]?.();
    answers[2]?.();
    await until(() => true);
    expect(progress).toEqual([]);
    answers[0]?.();
    await writing;
    expect(progress.at(-1)).toBe(240);
  });

  it('starts after the given number of events', async () => {
    const written: string[] = [];
    const client = {
      send: (command: { input: { TransactItems: TransactWriteItem[] } }) => {
        written.push(...command.input.TransactItems.map(describeWrite));
        return Promise.resolve({});
      },
    } as unknown as Pick<DynamoDBClient, 'send'>;
    const all = Array.from({ length: 60 }, (_, index) => mark(index));
    await writeAll(all.slice(55), { client, from: 55 });
    expect(written).toEqual(all.slice(55).map(describeEvent));
  });

  it('ends with the error of a failed write, and starts no other writes', async () => {
    let sent = 0;
    const client = {
      send: () => {
        sent += 1;
        return Promise.reject(new Error('the engine has stopped'));
      },
    } as unknown as Pick<DynamoDBClient, 'send'>;
    const all = Array.from({ length: 1000 }, (_, index) => mark(index));
    await expect(writeAll(all, { client })).rejects.toThrow('the engine has stopped');
    expect(sent).toBeLessThanOrEqual(4);
  });

  it('stops after the batches in flight when it is aborted', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const client = {
      send: () => {
        controller.abort();
        return Promise.resolve({});
      },
    } as unknown as Pick<DynamoDBClient, 'send'>;
    const all = Array.from({ length: 1000 }, (_, index) => mark(index));
    await writeAll(all, { client, progress, signal: controller.signal });
    expect(progress.at(-1)).toBeLessThan(1000);
  });

  it('never writes while the gate is closed', async () => {
    const gate = new Gate();
    let isClosed = false;
    let sent = 0;
    const client = {
      send: async () => {
        expect(isClosed).toBe(false);
        sent += 1;
        await Promise.resolve();
        expect(isClosed).toBe(false);
        return {};
      },
    } as unknown as Pick<DynamoDBClient, 'send'>;
    const all = Array.from({ length: 1000 }, (_, index) => mark(index));
    const writing = writeAll(all, { client, gate });
    for (let round = 0; round < 5; round += 1) {
      await gate.closedDuring(async () => {
        isClosed = true;
        await until(() => true);
        isClosed = false;
      });
    }
    await writing;
    expect(sent).toBe(10);
  });
});

function mark(index: number): ReplayEvent {
  return { kind: 'mark', restaurantId: 'r', userId: String(index), createdAt: 't' };
}

/** Runs everything that is ready before each check. */
async function until(holds: () => boolean): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!holds());
}
