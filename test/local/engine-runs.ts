// Shared by the tests of both engines: a client, a table with a stream, and an engine in a separate process.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { EngineName } from '../../infra/local/emulator/engine/engine.ts';
import { isAlive, type ProcessIdentity } from '../../infra/local/emulator/engine/run-lock.ts';

const TableName = 'Marks';

export function openTable(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const streams = new DynamoDBStreamsClient({ endpoint, region: 'us-east-1', credentials });
  const streamArn = async (): Promise<string | undefined> =>
    (await client.send(new DescribeTableCommand({ TableName }))).Table?.LatestStreamArn;
  return {
    streamArn,
    create: () =>
      client.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        }),
      ),
    put: (id: string) => client.send(new PutItemCommand({ TableName, Item: { id: { S: id } } })),
    /** All records of the stream as `[sequence number, id]`, oldest first. */
    async records(): Promise<readonly (readonly [bigint, string | undefined])[]> {
      const StreamArn = await streamArn();
      const stream = await streams.send(new DescribeStreamCommand({ StreamArn }));
      const ShardId = stream.StreamDescription?.Shards?.[0]?.ShardId;
      const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      const { ShardIterator } = await streams.send(new GetShardIteratorCommand(position));
      const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
      return Records.map((record) => [
        BigInt(record.dynamodb?.SequenceNumber ?? ''),
        record.dynamodb?.Keys?.['id']?.S,
      ]);
    },
    close(): void {
      client.destroy();
      streams.destroy();
    },
  };
}

/** An engine in a separate process, which a test can kill. */
export interface Run {
  readonly process: ChildProcess;
  readonly endpoint: string;
}

const runs = new Set<ChildProcess>();

export async function spawnRun(directory: string, engine: EngineName): Promise<Run> {
  const script = join(import.meta.dirname, 'engine-process.ts');
  const args = ['--disable-warning=ExperimentalWarning', '--import', 'tsx', script, directory, engine];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  runs.add(child);
  const endpoint = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The run ended with ${code} before its engine was ready`)));
  });
  return { process: child, endpoint };
}

/** Ends the processes that a failed test left running. */
export async function endRuns(): Promise<void> {
  for (const child of runs) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  runs.clear();
}

/** The process of the engine that the run in this directory uses. */
export function engineProcess(directory: string): ProcessIdentity {
  const holder: unknown = JSON.parse(readFileSync(join(directory, 'run-lock.json'), 'utf8'));
  if (!isHolder(holder)) throw new Error(`${directory}/run-lock.json does not name an engine`);
  return holder.engine;
}

function isHolder(value: unknown): value is { readonly engine: ProcessIdentity } {
  return typeof value === 'object' && value !== null && 'engine' in value;
}

/** Waits until the process has ended; the test's time limit ends the wait. */
export async function waitUntilGone(identity: ProcessIdentity): Promise<void> {
  while (isAlive(identity)) await delay(5);
}
