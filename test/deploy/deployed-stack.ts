/** A stack that was deployed to ministack. The tests know only its outputs. */
import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { createDynamoDbStreamSource } from '../../infra/local/emulator/pipe/dynamodb-stream-source.ts';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { createLocalReconcile, type Reconcile } from '../../infra/local/local-reconcile.ts';
import type { RunTables } from '../../infra/local/local-run.ts';
import type { ApiClient } from '../local/api-client.ts';
import { call, callForJson } from './calls.ts';
import type { Outputs } from './commands.ts';
import { account, type Ministack, region } from './ministack.ts';

export interface DeployedStack extends Disposable {
  readonly dynamoDb: DynamoDBClient;
  readonly tables: RunTables;
  /** Sends a request through API Gateway. */
  readonly request: ApiClient['request'];
  /** The status of a request without a signature. */
  unsignedStatus(path: string): Promise<number>;
  /** The function that the pipe sends batches to. */
  aggregator(): Promise<string>;
  /** All records of the stream, in the form in which a pipe delivers them. */
  streamRecords(): Promise<readonly PipeRecord[]>;
  /** Invokes a function, and returns its answer. */
  invoke(functionArn: string, payload: unknown): Promise<unknown>;
  variablesOf(functionArn: string): Promise<Readonly<Record<string, string>>>;
  readonly reconcile: Reconcile;
}

/** The slowest execution takes 12 s on an idle machine. */
const EXECUTION_TIMEOUT_MS = 100_000;
const POLL_MS = 200;

export function deployedStack(ministack: Ministack, outputs: Outputs): DeployedStack {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined)
      throw new Error(`the stack has no output ${name}: ${Object.keys(outputs).join()}`);
    return value;
  };
  const client = {
    endpoint: ministack.endpoint,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'secret' },
  };
  const dynamoDb = new DynamoDBClient(client);
  const streams = new DynamoDBStreamsClient(client);
  const streamArn = output('FavouritesStreamArn');
  const stateMachineArn = output('ReconcileStateMachineArn');
  return {
    dynamoDb,
    tables: {
      favourites: output('FavouritesTableName'),
      countedFavourites: output('CountedFavouritesTableName'),
      aggregatedFavourites: output('AggregatedFavouritesTableName'),
      reconcileLease: output('ReconcileLeaseTableName'),
    },
    request: async (method, path) => {
      const { status, text } = await callApi(ministack, output('ApiUrl'), { method, path, isSigned: true });
      return { status, type: null, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    unsignedStatus: async (path) =>
      (await callApi(ministack, output('ApiUrl'), { method: 'GET', path, isSigned: false })).status,
    aggregator: () => pipeTarget(ministack, streamArn),
    streamRecords: () => allRecords(streams, streamArn),
    invoke: (functionArn, payload) =>
      callForJson(ministack, {
        service: 'lambda',
        method: 'POST',
        path: `/2015-03-31/functions/${functionArn}/invocations`,
        body: JSON.stringify(payload),
      }),
    async variablesOf(functionArn) {
      const path = `/2015-03-31/functions/${functionArn}/configuration`;
      const { Environment: environment } = await callForJson<{
        readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
      }>(ministack, { service: 'lambda', path });
      return environment.Variables;
    },
    reconcile: createLocalReconcile({
      name: 'reconcile',
      arn: stateMachineArn,
      run: (input) => runExecution(ministack, stateMachineArn, input),
      stop: () => undefined,
    }),
    [Symbol.dispose]: () => {
      dynamoDb.destroy();
      streams.destroy();
    },
  };
}

/** By path, because no resolver knows the host name of an API of ministack. */
function callApi(
  ministack: Ministack,
  url: string,
  { path, ...request }: { readonly method: string; readonly path: string; readonly isSigned: boolean },
) {
  const apiId = /^https?:\/\/(\w+)\.execute-api\./.exec(url)?.[1];
  if (apiId === undefined) throw new Error(`${url} is not the address of an API`);
  return call(ministack, {
    service: 'execute-api',
    path: `/_aws/execute-api/${apiId}/$default${path}`,
    ...request,
  });
}

export async function pipeTarget(ministack: Ministack, streamArn: string): Promise<string> {
  const { Pipes: pipes } = await callForJson<{
    readonly Pipes: readonly { readonly Source: string; readonly Target: string }[];
  }>(ministack, { service: 'pipes', path: '/v1/pipes' });
  const targets = pipes.filter(({ Source: source }) => source === streamArn).map(({ Target }) => Target);
  if (targets.length !== 1) throw new Error(`${targets.length} pipes read ${streamArn}, not one`);
  return targets[0] ?? '';
}

export async function allRecords(
  streams: DynamoDBStreamsClient,
  streamArn: string,
): Promise<readonly PipeRecord[]> {
  const source = createDynamoDbStreamSource({ streams, streamArn });
  const records: PipeRecord[] = [];
  for (const { shardId } of await source.shards()) {
    const start = await source.iterator(shardId, { kind: 'TRIM_HORIZON' });
    for (let at = start.kind === 'iterator' ? start.iterator : undefined; at !== undefined; ) {
      const page = await source.read(shardId, at);
      if (page.kind !== 'records' || page.records.length === 0) break;
      records.push(...page.records);
      at = page.next;
    }
  }
  return records;
}

interface Execution {
  readonly status: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

async function runExecution(ministack: Ministack, stateMachineArn: string, input: unknown) {
  const states = <T>(operation: string, body: object): Promise<T> =>
    callForJson<T>(ministack, {
      service: 'states',
      target: `AWSStepFunctions.${operation}`,
      body: JSON.stringify(body),
    });
  const { executionArn } = await states<{ readonly executionArn: string }>('StartExecution', {
    stateMachineArn,
    input: JSON.stringify(input),
  });
  for (let waitedMs = 0; waitedMs < EXECUTION_TIMEOUT_MS; waitedMs += POLL_MS) {
    const {
      status,
      output,
      error = '',
      cause = '',
    } = await states<Execution>('DescribeExecution', {
      executionArn,
    });
    if (status === 'SUCCEEDED') {
      return { kind: 'succeeded', output: JSON.parse(output ?? 'null') as unknown } as const;
    }
    if (status !== 'RUNNING') return { kind: 'failed', error, cause } as const;
    await delay(POLL_MS);
  }
  throw new Error(`${executionArn} still runs after ${EXECUTION_TIMEOUT_MS / 1000} s`);
}
