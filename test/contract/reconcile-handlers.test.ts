/**
 * The real handlers of plan, redrive and report with real SDK clients, against the embedded engine and the
 * local queue.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import type { Engine } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { createDynamoDbStreamSource } from '../../infra/local/emulator/pipe/dynamodb-stream-source.ts';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { type QueueServer, startQueueServer } from '../../infra/local/emulator/queue/queue-server.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { decodeDeadLetter, encodeDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import type { handler as decideHandler } from '../../src/reconcile/decide/handler.ts';
import type { handler as planHandler } from '../../src/reconcile/plan/handler.ts';
import type { handler as redriveHandler } from '../../src/reconcile/redrive/handler.ts';
import type { handler as reportHandler } from '../../src/reconcile/report/handler.ts';
import { type RedriveStep } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import { createReconcileLease } from '../../src/tables/reconcile-lease.ts';
import { type CapturedOutput, captureOutput } from '../support/captured-output.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const describeWithEngine = findEmbeddedBinary() === undefined ? describe.skip : describe;
const USER = 'user-4711-secret';
const AUGUST = '2022-08-01T12:00:00.000Z';
const access = { region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

describeWithEngine('the reconcile handlers on the embedded engine', () => {
  const directory = temporaryDirectory();
  let engine: Engine;
  let queue: QueueServer;
  let queueUrl: string;
  let dynamoDb: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  let sqs: SQSClient;
  let streamArn: string;
  let output: CapturedOutput;
  let plan: typeof planHandler;
  let decide: typeof decideHandler;
  let redrive: typeof redriveHandler;
  let report: typeof reportHandler;

  beforeAll(async () => {
    engine = await startEngine({ engine: 'embedded', directory: directory.path });
    queue = await startQueueServer({ directory: directory.path });
    queueUrl = queue.createQueue({
      name: 'dead-letters',
      maximumMessageSizeBytes: 1_048_576,
      messageRetentionSeconds: 1_209_600,
    }).url;
    dynamoDb = new DynamoDBClient({ ...access, endpoint: engine.endpoint });
    streams = new DynamoDBStreamsClient({ ...access, endpoint: engine.endpoint });
    sqs = new SQSClient({ ...access, endpoint: queue.endpoint });
    streamArn = await createTable('Favourites', ['restaurant_id_user_id'], { hasStream: true });
    await createTable('Registers', ['restaurant_id', 'user_id']);
    await createTable('Counts', ['restaurant_id', 'time_window']);
    await createTable('Lease', ['lease']);
    await engine.afterTablesCreated();
    Object.assign(process.env, {
      SOURCE: JSON.stringify(defaultSource),
      FAVOURITES_TABLE: 'Favourites',
      FAVOURITES_STREAM_ARN: streamArn,
      FAVOURITES_TABLE_ARN: streamArn.slice(0, streamArn.indexOf('/stream/')),
      COUNTED_FAVOURITES_TABLE: 'Registers',
      AGGREGATED_FAVOURITES_TABLE: 'Counts',
      RECONCILE_LEASE_TABLE: 'Lease',
      DEAD_LETTER_QUEUE_URL: queueUrl,
      TIME_WINDOWS: 'MONTH:forever',
      RANKING_SHARDS: '10',
      COMMIT_CONCURRENCY: '4',
      RECONCILE_GRACE_SECONDS: '5',
      RECONCILE_LEASE_SECONDS: '60',
      RECONCILE_SEGMENT_MEGABYTES: '64',
      RECONCILE_SEGMENTS_MAX: '20',
      RECONCILE_UNCOUNTS_MAX_PERCENT: '20',
      POWERTOOLS_SERVICE_NAME: 'reconcile',
      POWERTOOLS_METRICS_NAMESPACE: 'Counts',
      POWERTOOLS_LOG_LEVEL: 'INFO',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB_STREAMS: engine.endpoint,
      AWS_ENDPOINT_URL_SQS: queue.endpoint,
    });
    // Powertools picks its output stream when its module loads.
    output = captureOutput();
    ({ handler: plan } = await import('../../src/reconcile/plan/handler.ts'));
    ({ handler: decide } = await import('../../src/reconcile/decide/handler.ts'));
    ({ handler: redrive } = await import('../../src/reconcile/redrive/handler.ts'));
    ({ handler: report } = await import('../../src/reconcile/report/handler.ts'));
  });
  beforeEach(async () => {
    output.reset();
    for (const key of ['reconcile', 'source']) {
      await dynamoDb.send(new DeleteItemCommand({ TableName: 'Lease', Key: { lease: { S: key } } }));
    }
  });
  afterAll(async () => {
    output.stop();
    for (const client of [dynamoDb, streams, sqs]) client.destroy();
    await queue.stop();
    await engine.stop();
    directory[Symbol.dispose]();
  });

  async function createTable(
    name: string,
    keys: readonly [string, string?],
    { hasStream = false }: { readonly hasStream?: boolean } = {},
  ): Promise<string> {
    const named = keys.filter((key) => key !== undefined);
    const { TableDescription } = await dynamoDb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: named.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: named.map((AttributeName, index) => ({
          AttributeName,
          KeyType: index === 0 ? 'HASH' : 'RANGE',
        })),
        ...(hasStream && {
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        }),
      }),
    );
    return TableDescription?.LatestStreamArn ?? '';
  }

  const contextWith = (remainingMs: number): Context => {
    const endsAtMs = Date.now() + remainingMs;
    return {
      awsRequestId: 'request-1',
      functionName: 'reconcile',
      functionVersion: '1',
      memoryLimitInMB: '512',
      invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:reconcile',
      getRemainingTimeInMillis: () => endsAtMs - Date.now(),
    } as Context;
  };
  const context = () => contextWith(60_000);
  const lease = async () => {
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName: 'Lease', Key: { lease: { S: 'reconcile' } }, ConsistentRead: true }),
    );
    return Item;
  };

  describe('plan and report', () => {
    const input = { mode: 'repair' };

    it('keep the lease from plan until report', async () => {
      const beforeMs = Date.now();
      const planned = await plan({ runId: 'run-1', input, lagMs: null }, context());
      if (planned.kind !== 'planned') throw new Error(planned.reason);
      expect(planned).toMatchObject({
        run: { runId: 'run-1', mode: 'repair', graceMs: 5_000 },
        audit: [{ table: 'countedFavourites', segment: 0, totalSegments: 1 }],
      });
      expect((await lease())?.['owner']).toEqual({ S: 'run-1' });
      expect(Number((await lease())?.['expires_at']?.N)).toBeLessThanOrEqual(Date.now() / 1000 + 60);
      expect(Number((await lease())?.['expires_at']?.N)).toBeGreaterThan(beforeMs / 1000 + 58);

      const answer = await report(
        { runId: 'run-1', run: planned.run, heal: [noTotals], audit: [] },
        context(),
      );
      expect(answer).toMatchObject({ mode: 'repair', registersFound: 0 });
      expect(await lease()).toBeUndefined();
      expect(output.metrics()).toEqual([
        expect.objectContaining({ service: 'reconcile', ReconcileRunsFailed: 0 }),
      ]);
    });

    it('start no second run, and name the run that holds the lease', async () => {
      await plan({ runId: 'run-1', input }, context());
      const second = await plan({ runId: 'run-2', input }, context());
      expect(second).toEqual({ kind: 'busy', reason: expect.stringMatching(/Run run-1 .*until 20/) });
      expect((await lease())?.['owner']).toEqual({ S: 'run-1' });
    });

    it('are idempotent, as a retry after a lost response requires', async () => {
      await plan({ runId: 'run-1', input }, context());
      expect(await plan({ runId: 'run-1', input }, context())).toMatchObject({ kind: 'planned' });
      await report({ runId: 'run-1' }, context());
      await report({ runId: 'run-1' }, context());
      expect(await lease()).toBeUndefined();
    });

    it('do not touch the lease of another run', async () => {
      await plan({ runId: 'run-2', input }, context());
      await report({ runId: 'run-1', failure: { Error: 'States.Timeout' } }, context());
      expect((await lease())?.['owner']).toEqual({ S: 'run-2' });
    });

    it('reject invalid input with the reason, without taking the lease', async () => {
      await expect(plan({ runId: 'run-1', input: { mode: 'fix' } }, context())).rejects.toThrow(
        'mode is "fix", expected one of repair, verify, seed, redrive',
      );
      expect(await lease()).toBeUndefined();
    });

    it('fail when drift remains, and still release the lease', async () => {
      await plan({ runId: 'run-1', input }, context());
      const run = { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0 } as const;
      await expect(
        report({ runId: 'run-1', run, audit: [{ ...noTotals, found: 1 }] }, context()),
      ).rejects.toThrow('Drift remains: 1 count of 1 found.');
      expect(await lease()).toBeUndefined();
    });
  });

  describe('plan and the table of favourites', () => {
    const TableName = 'Lease';
    const sourceKey = { lease: { S: 'source' } };
    const remembered = async () =>
      (await dynamoDb.send(new GetItemCommand({ TableName, Key: sourceKey }))).Item;
    const rememberOther = () =>
      dynamoDb.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...sourceKey,
            table_name: { S: 'OldFavourites' },
            table_id: { S: 'another-id' },
            row_id_form: { S: 'user' },
          },
        }),
      );

    it('saves its identity at the first run that writes, in an item that does not expire', async () => {
      await plan({ runId: 'run-1', input: { mode: 'verify' } }, context());
      expect(await remembered()).toBeUndefined();
      await plan({ runId: 'run-1', input: { mode: 'repair' } }, context());
      const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: 'Favourites' }));
      expect(await remembered()).toEqual({
        ...sourceKey,
        table_name: { S: 'Favourites' },
        table_id: { S: Table?.TableId },
        row_id_form: { S: 'user' },
      });
      expect(await plan({ runId: 'run-1', input: { mode: 'redrive' } }, context())).not.toHaveProperty(
        'notes',
      );
    });

    it('stops every run that writes if another one was counted, until a run accepts it', async () => {
      await rememberOther();
      for (const mode of ['repair', 'seed', 'redrive']) {
        await expect(plan({ runId: 'run-1', input: { mode } }, context())).rejects.toMatchObject({
          name: 'SourceChanged',
          message: expect.stringContaining('but the counts were made from table OldFavourites (another-id)'),
        });
      }
      expect(await lease()).toBeUndefined();
      await plan({ runId: 'run-1', input: { mode: 'redrive', acceptSource: true } }, context());
      expect(await remembered()).toMatchObject({ table_name: { S: 'Favourites' } });
      expect(await plan({ runId: 'run-1', input: { mode: 'repair' } }, context())).toMatchObject({
        kind: 'planned',
      });
    });

    it('warns in mode verify, and goes on', async () => {
      await rememberOther();
      const planned = await plan({ runId: 'run-1', input: { mode: 'verify' } }, context());
      const note = expect.stringContaining('Favourites is now table Favourites (') as unknown;
      expect(planned).toMatchObject({ kind: 'planned', notes: [note] });
      const warning = output.lines().find((line) => line.includes('The table of favourites differs')) ?? '{}';
      expect(JSON.parse(warning)).toMatchObject({ level: 'WARN', notes: [note] });
    });
  });

  describe('decide', () => {
    const run = { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0 } as const;
    const work = { table: 'countedFavourites', segment: 0, totalSegments: 1 } as const;
    const decided = (totals: Partial<typeof noTotals>) =>
      decide({ run, segments: [{ work, totals: { ...noTotals, ...totals }, rejections: [] }] }, context());

    it('lists the segments that the second pass corrects', async () => {
      const answer = await decided({ found: 3, uncounts: 2, registers: 50, countable: 48 });
      expect(answer).toMatchObject({ mend: [{ ...work, uncountsMax: 12 }] });
    });

    it('rejects with TooMuchDrift, which names the table and the setting', async () => {
      const answer = decided({ found: 300, uncounts: 300, registers: 500, countable: 200 });
      await expect(answer).rejects.toMatchObject({ name: 'TooMuchDrift' });
      await expect(answer).rejects.toThrow(/300 of 500 .*reconcile\.uncountsMaxPercent.*table Favourites/);
    });
  });

  describe('the lease', () => {
    const NOW_MS = Date.UTC(2024, 5, 1, 0, 0, 0, 700);
    const take = (owner: string, nowMs: number) =>
      createReconcileLease(dynamoDb, { tableName: 'Lease' }).take({ owner, nowMs, lengthMs: 10_000 });

    it('of an aborted run blocks the next run only until the lease expires', async () => {
      await take('run-1', NOW_MS);
      expect(await take('run-2', NOW_MS + 8_000)).toMatchObject({ kind: 'held', owner: 'run-1' });
      expect(await take('run-2', NOW_MS + 10_000)).toEqual({ kind: 'taken' });
      expect((await lease())?.['owner']).toEqual({ S: 'run-2' });
    });

    it('expires exactly at its expiry time', async () => {
      await take('run-1', NOW_MS);
      const answer = await take('run-2', NOW_MS);
      const expiresAtMs = answer.kind === 'held' ? (answer.expiresAtMs ?? 0) : 0;
      expect(await take('run-2', expiresAtMs - 1)).toMatchObject({ kind: 'held' });
      expect(await take('run-2', expiresAtMs)).toEqual({ kind: 'taken' });
    });

    it('is extended when its own run takes it again', async () => {
      await take('run-1', NOW_MS);
      expect(await take('run-1', NOW_MS + 9_000)).toEqual({ kind: 'taken' });
      expect(await take('run-2', NOW_MS + 17_000)).toMatchObject({ kind: 'held', owner: 'run-1' });
    });

    it('goes to only one of many runs that request it at the same time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => take(`run-${index}`, NOW_MS)),
      );
      expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
    });
  });

  describe('redrive', () => {
    let restaurants = 0;
    const favourite = (createdAt = AUGUST) => {
      restaurants += 1;
      const restaurantId = `restaurant-${restaurants}`;
      return {
        restaurant_id_user_id: { S: `${restaurantId}#${USER}` },
        restaurant_id: { S: restaurantId },
        user_id: { S: USER },
        created_at: { S: createdAt },
      };
    };
    type Favourite = ReturnType<typeof favourite>;
    const put = async (...items: readonly Favourite[]) => {
      for (const Item of items) await dynamoDb.send(new PutItemCommand({ TableName: 'Favourites', Item }));
    };
    const remove = ({ restaurant_id_user_id }: Favourite) =>
      dynamoDb.send(new DeleteItemCommand({ TableName: 'Favourites', Key: { restaurant_id_user_id } }));
    /** All records of the stream, as the local pipe delivers them. */
    const streamed = async (): Promise<{
      readonly shardId: string;
      readonly records: readonly PipeRecord[];
    }> => {
      const source = createDynamoDbStreamSource({ streams, streamArn });
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
      const shardId = StreamDescription?.Shards?.[0]?.ShardId ?? '';
      const start = await source.iterator(shardId, { kind: 'TRIM_HORIZON' });
      if (start.kind !== 'iterator') throw new Error('the stream was trimmed');
      const page = await source.read(shardId, start.iterator);
      return { shardId, records: page.kind === 'records' ? page.records : [] };
    };
    const send = (MessageBody: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    /** Sends the dead letter of a pipe that gave up on the newest records, this many of them. */
    const sendRange = async (newest: number) => {
      const { shardId, records } = await streamed();
      const range = records.slice(-newest).map(({ dynamodb }) => dynamodb.SequenceNumber);
      await send(
        JSON.stringify({
          context: {
            partnerResourceArn: 'arn:aws:pipes:eu-west-1:1:pipe/p',
            condition: 'RetryAttemptsExhausted',
          },
          version: '1.0',
          timestamp: new Date().toISOString(),
          DDBStreamBatchInfo: {
            shardId,
            startSequenceNumber: range[0],
            endSequenceNumber: range.at(-1),
            approximateArrivalOfFirstRecord: new Date().toISOString(),
            approximateArrivalOfLastRecord: new Date().toISOString(),
            batchSize: newest,
            streamArn,
          },
        }),
      );
    };
    const stepOf = (): RedriveStep => ({
      run: { runId: 'run-1', mode: 'redrive', graceMs: 0, startedAtMs: Date.now() },
      totals: noTotals,
      done: false,
    });
    const countOf = async ({ restaurant_id }: Favourite, time_window = 'ALL_TIME') => {
      const { Item } = await dynamoDb.send(
        new GetItemCommand({ TableName: 'Counts', Key: { restaurant_id, time_window: { S: time_window } } }),
      );
      return Number(Item?.['favourite_count']?.N ?? 0);
    };
    const letters = () => Array.from(queue.peek(queueUrl), ({ body }) => body);

    it('ends at once when the queue is empty', async () => {
      const { totals, done } = await redrive(stepOf(), context());
      expect(totals).toMatchObject({ ...noTotals, durationMs: expect.any(Number) });
      expect(done).toBe(true);
    });

    it('reads the records of a dead letter again, counts them, and deletes the dead letter', async () => {
      const [before, first, second, gone] = [favourite(), favourite(), favourite(), favourite()];
      await put(before, first, second, gone);
      await put({ ...second, created_at: { S: AUGUST } });
      await remove(gone);
      const newest = (await streamed()).records.length - 1;
      await sendRange(newest);
      const { totals, done } = await redrive(stepOf(), context());
      expect([totals.redriven, totals.left, totals.expired, done]).toEqual([1, 0, 0, true]);
      expect(totals.writeUnits).toBeGreaterThan(0);
      expect(await Promise.all([before, first, second, gone].map((item) => countOf(item)))).toEqual([
        0, 1, 1, 0,
      ]);
      expect(await countOf(first, 'AUG_2022')).toBe(1);
      expect(letters()).toEqual([]);
    });

    it('applies a record that is no longer poison, and only once', async () => {
      const item = favourite();
      await put(item);
      const record = (await streamed()).records.at(-1);
      for (let copy = 0; copy < 2; copy += 1) {
        await send(encodeDeadLetter({ reason: 'unreadable-created-at', detail: '', record }));
      }
      expect((await redrive(stepOf(), context())).totals).toMatchObject({ redriven: 2, left: 0 });
      expect(await countOf(item)).toBe(1);
    });

    it('corrects the register from its row, if the dead letter is older than the row', async () => {
      const item = favourite();
      await put(item);
      const record = (await streamed()).records.at(-1);
      await remove(item);
      await send(encodeDeadLetter({ reason: 'unreadable-created-at', detail: '', record }));
      const { totals } = await redrive(stepOf(), context());
      expect(totals).toMatchObject({ redriven: 1, left: 0 });
      expect(totals.readUnits).toBeGreaterThan(0);
      expect(await countOf(item)).toBe(0);
      const Key = { restaurant_id: item.restaurant_id, user_id: item.user_id };
      const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: 'Registers', Key }));
      expect(Object.keys(Item ?? {})).toEqual(expect.arrayContaining(['stream_position', 'expires_at']));
      expect(Item).not.toHaveProperty('created_at');
    });

    it('deletes the dead letter of a record that a newer one has overtaken', async () => {
      const item = favourite('yesterday');
      await put(item);
      await remove(item);
      const [poison, removal] = (await streamed()).records.slice(-2);
      for (const record of [removal, poison]) {
        await send(encodeDeadLetter({ reason: 'unreadable-created-at', detail: '', record }));
        expect((await redrive(stepOf(), context())).totals).toMatchObject({ redriven: 1, left: 0 });
      }
      expect(letters()).toEqual([]);
    });

    it('applies no record of another table, and logs that it stays', async () => {
      const item = favourite();
      await put(item);
      const record = (await streamed()).records.at(-1);
      const eventSourceARN = streamArn.replace('table/Favourites/', 'table/Favourites-restored/');
      await send(
        encodeDeadLetter({ reason: 'unreadable-key', detail: '', record: { ...record, eventSourceARN } }),
      );
      expect((await redrive(stepOf(), context())).totals).toMatchObject({ redriven: 0, left: 1 });
      expect(await countOf(item)).toBe(0);
      expect(output.lines().join('\n')).toContain('another table');
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
    });

    it('leaves a dead letter that it cannot apply in the queue, and logs it without a user id', async () => {
      await put(favourite('yesterday'));
      const record = (await streamed()).records.at(-1);
      const poison = encodeDeadLetter({ reason: 'unreadable-created-at', detail: '', record });
      await send(poison);
      await send('nobody knows');
      const { totals, done } = await redrive(stepOf(), context());
      expect([totals.redriven, totals.left, done]).toEqual([0, 2, true]);
      expect(letters().toSorted()).toEqual([poison, 'nobody knows'].toSorted());
      const warning = output.lines().find((line) => line.includes('stay in the queue')) ?? '{}';
      expect(JSON.parse(warning)).toMatchObject({
        left: 2,
        letters: expect.arrayContaining([
          { messageId: expect.any(String), reason: expect.stringContaining('unreadable-created-at') },
        ]),
      });
      expect(output.lines().join('\n')).not.toContain(USER);
    });

    it('leaves the dead letter in the queue for the next run when a count is damaged', async () => {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
      const item = favourite();
      await put(item);
      const damaged = { restaurant_id: item.restaurant_id, time_window: { S: 'ALL_TIME' } };
      await dynamoDb.send(
        new PutItemCommand({ TableName: 'Counts', Item: { ...damaged, favourite_count: { S: 'many' } } }),
      );
      await sendRange(1);
      const failed = await redrive(stepOf(), context());
      expect(failed.totals).toMatchObject({ redriven: 0, left: 1 });
      expect(letters()).toHaveLength(1);
      await dynamoDb.send(new DeleteItemCommand({ TableName: 'Counts', Key: damaged }));
      expect((await redrive(stepOf(), context())).totals).toMatchObject({ redriven: 1, left: 0 });
      expect(await countOf(item)).toBe(1);
      expect(letters()).toEqual([]);
    });

    it('sends each poison record of a range as a separate dead letter', async () => {
      const [good, bad] = [favourite(), favourite('yesterday')];
      await put(good, bad);
      await sendRange(2);
      expect((await redrive(stepOf(), context())).totals).toMatchObject({ redriven: 1, left: 1 });
      expect(await countOf(good)).toBe(1);
      expect(letters()).toHaveLength(1);
      expect(decodeDeadLetter(letters()[0] ?? '')).toMatchObject({ reason: 'unreadable-created-at' });
      await sqs.send(new PurgeQueueCommand({ QueueUrl: queueUrl }));
    });

    it('starts no dead letter when too little time is left', async () => {
      await put(favourite());
      await sendRange(1);
      const { totals, done } = await redrive(stepOf(), contextWith(6_000));
      expect([totals.checked, done]).toEqual([0, false]);
      expect((await redrive(stepOf(), context())).totals).toMatchObject({ redriven: 1 });
    });
  });
});
