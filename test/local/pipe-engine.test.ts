import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BatchWriteItemCommand, CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import type { Engine } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { createFaultPlan } from '../../infra/local/emulator/faults/fault-plan.ts';
import { openCheckpointFile } from '../../infra/local/emulator/pipe/checkpoints.ts';
import { createDynamoDbStreamSource } from '../../infra/local/emulator/pipe/dynamodb-stream-source.ts';
import { LocalPipe } from '../../infra/local/emulator/pipe/local-pipe.ts';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { keyOf, success } from '../support/pipe-bench.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const describeWithEngine = findEmbeddedBinary() === undefined ? describe.skip : describe;

describeWithEngine('the local pipe on the embedded engine', () => {
  const directory = temporaryDirectory();
  const access = { region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  let engine: Engine;
  let dynamoDb: DynamoDBClient;
  let streams: DynamoDBStreamsClient;
  let streamArn = '';

  beforeAll(async () => {
    engine = await startEngine({ engine: 'embedded', directory: directory.path });
    dynamoDb = new DynamoDBClient({ ...access, endpoint: engine.endpoint });
    streams = new DynamoDBStreamsClient({ ...access, endpoint: engine.endpoint });
    const { TableDescription } = await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'Favourites',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'restaurant_id_user_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'restaurant_id_user_id', KeyType: 'HASH' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    );
    streamArn = TableDescription?.LatestStreamArn ?? '';
    await engine.afterTablesCreated();
  });

  afterAll(async () => {
    dynamoDb.destroy();
    streams.destroy();
    await engine.stop();
    directory[Symbol.dispose]();
  });

  function createPipe() {
    const received: PipeRecord[] = [];
    const pipeArn = 'arn:aws:pipes:eu-west-1:1:pipe/p';
    const pipe = new LocalPipe({
      settings: {
        pipeArn,
        streamArn,
        startingPosition: 'TRIM_HORIZON',
        filterPatterns: ['{"eventName":["INSERT","REMOVE"]}'],
        batchSize: 100,
        maximumBatchingWindowSeconds: 1,
        parallelizationFactor: 4,
        maximumRetryAttempts: 3,
        maximumRecordAgeSeconds: 3_600,
        onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
      },
      source: createDynamoDbStreamSource({ streams, streamArn }),
      invoke: (records) => {
        received.push(...(records as readonly PipeRecord[]));
        return Promise.resolve(success);
      },
      sendDeadLetter: () => Promise.resolve(),
      checkpoints: openCheckpointFile({ directory: directory.path, pipeArn }),
      faults: createFaultPlan({ probabilities: {}, seed: 1 }),
    });
    return { pipe, received };
  }

  async function put(from: number, to: number): Promise<void> {
    for (let start = from; start < to; start += 25) {
      const ids = Array.from({ length: Math.min(25, to - start) }, (_, i) => start + i);
      await dynamoDb.send(
        new BatchWriteItemCommand({
          RequestItems: {
            Favourites: ids.map((id) => ({
              PutRequest: {
                Item: {
                  restaurant_id_user_id: { S: `r#${id}` },
                  created_at: { S: '2022-08-01T12:00:00Z' },
                  bytes: { B: new Uint8Array([1, 2, 3]) },
                },
              },
            })),
          },
        }),
      );
    }
  }

  it('delivers every record once, as Pipes does, and continues from its file after a restart', async () => {
    await put(0, 2_300);
    const first = createPipe();
    first.pipe.start();
    await first.pipe.drain();
    await first.pipe.stop();
    expect(new Set(first.received.map(keyOf)).size).toBe(2_300);
    expect(first.received).toHaveLength(2_300);
    const [record] = first.received;
    expect(record).toMatchObject({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      eventSourceARN: streamArn,
      dynamodb: {
        SequenceNumber: expect.stringMatching(/^\d+$/),
        SizeBytes: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
        NewImage: { created_at: { S: '2022-08-01T12:00:00Z' }, bytes: { B: 'AQID' } },
      },
    });
    expect(record?.dynamodb.ApproximateCreationDateTime).toBeGreaterThan(1_600_000_000);
    expect(record?.dynamodb.ApproximateCreationDateTime).toBeLessThan(10_000_000_000);
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);

    await put(2_300, 2_400);
    const second = createPipe();
    second.pipe.start();
    await second.pipe.drain();
    await second.pipe.stop();
    expect(second.received.map(keyOf).toSorted()).toEqual(
      Array.from({ length: 100 }, (_, i) => `r#${2_300 + i}`).toSorted(),
    );
  });
});
