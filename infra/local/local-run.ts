/**
 * The stack on this machine: the synthesized template's tables on an engine, its queue, its functions in worker
 * threads, its pipe between them, and the faults. What runs here is what deploys.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { decodeDeadLetter, type DeadLetter as PoisonLetter } from '../../src/dead-letters/dead-letter.ts';
import type { Settings } from '../settings/settings.ts';
import type { Engine, EngineName } from './emulator/engine/engine.ts';
import { startEngine } from './emulator/engine/start-engine.ts';
import {
  createFaultPlan,
  type FaultName,
  type FaultPlan,
  type FaultProbabilities,
} from './emulator/faults/fault-plan.ts';
import { problem, type Api } from './emulator/http-api/api.ts';
import { createLocalApi } from './emulator/http-api/local-api.ts';
import { createFunctionMeter, type FunctionCounters } from './emulator/function/function-meter.ts';
import { openCheckpointFile } from './emulator/pipe/checkpoints.ts';
import { createDynamoDbStreamSource } from './emulator/pipe/dynamodb-stream-source.ts';
import { LocalPipe } from './emulator/pipe/local-pipe.ts';
import { streamEnd } from './emulator/pipe/stream-source.ts';
import type { QueueMessage } from './emulator/queue/queue-store.ts';
import { startQueueServer } from './emulator/queue/queue-server.ts';
import { deployFunction, type DeployedFunction } from './emulator/stack/deployed-function.ts';
import { httpApiOf, type HttpApiSettings } from './emulator/stack/http-api.ts';
import { makeLocalStack } from './emulator/stack/local-stack.ts';
import type { LocalStack } from './emulator/stack/parts.ts';
import { output, partsOf, theOnly } from './emulator/stack/parts.ts';
import { answerMetricData, getMetricData } from './lag-metric.ts';
import { createLocalReconcile, type Reconcile } from './local-reconcile.ts';
import { poisonKinds } from './poison-kinds.ts';
import { createLocalWorkflow } from './emulator/workflow/local-workflow.ts';

export interface LocalRunOptions {
  readonly settings: Settings;
  readonly engine?: EngineName | undefined;
  /** Of any other DynamoDB; nothing is started then. */
  readonly endpoint?: string | undefined;
  /** Kept, and gone on from when it is there. Absent: a temporary one, removed by `stop`. */
  readonly directory?: string | undefined;
  readonly faults?: FaultProbabilities | undefined;
  readonly seed: number;
  /** The pipe is off until `startPipe`. */
  readonly isPipeOff?: boolean | undefined;
  readonly onLogLine?: ((functionName: string, line: string) => void) | undefined;
  /** One line for whoever runs this, for example that the stream cannot be read. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

export interface LocalRun {
  readonly engineName: Engine['name'];
  readonly settings: Settings;
  /** Straight to the engine, not through the proxies: for a replay's own writes and for recounts. */
  readonly dynamoDb: DynamoDBClient;
  readonly tables: RunTables;
  readonly pipe: LocalPipe;
  /** Of a run whose pipe is off: from now on it delivers what is written, and nothing that was before. Once. */
  startPipe(): Promise<void>;
  /** The stack's HTTP API. No fault is injected into its function: they belong to the pipeline. */
  readonly api: Api;
  /** One execution of the stack's reconcile workflow. */
  readonly reconcile: Reconcile;
  readonly faults: FaultPlan;
  /** Resolves when the run cannot go on: the engine died, or the pipe failed. Pending otherwise. */
  readonly failed: Promise<Error>;
  /** Running totals since the start. */
  counters(): RunCounters;
  /** What lies in the queue, oldest first, without taking it. A record that was delivered again may lie there twice, with the same body. */
  deadLetters(): readonly DeadLetter[];
  /** Idempotent. Ends invocations under way. */
  stop(): Promise<void>;
}

export interface RunTables {
  readonly favourites: string;
  readonly aggregatedFavourites: string;
  readonly countedFavourites: string;
}

/** Of the pipe's target, unless said otherwise. */
export interface RunCounters extends FunctionCounters {
  /** To DynamoDB, by operation, the SDK's retries included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Of the functions of the reconcile workflow. */
  readonly reconcile: FunctionCounters & Pick<RunCounters, 'requests'>;
  /** Of the function of the API. */
  readonly api: FunctionCounters & Pick<RunCounters, 'requests'>;
  /** How often each really occurred. */
  readonly faults: Readonly<Record<FaultName, number>>;
}

export type DeadLetter = { readonly messageId: string; readonly body: string } & (
  | { readonly kind: 'record'; readonly letter: PoisonLetter }
  /** A range of the stream that the pipe gave up on: its own message. */
  | { readonly kind: 'range'; readonly range: unknown }
  | { readonly kind: 'unreadable' }
);

/** As in the queue server's ARNs; an engine may name tables by its own. */
const region = 'us-east-1';
const accountId = '000000000000';
/** DynamoDB Local keeps a database for each access key: everybody uses the one of the functions' runtime. */
const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' };

/** @throws when the directory is in use, no engine fits this machine, or the template holds what is not understood */
export async function startLocalRun(o: LocalRunOptions): Promise<LocalRun> {
  // Undone last to first, when the run stops or when it cannot start.
  await using undo = new AsyncDisposableStack();
  const scratch = await mkdtemp(join(tmpdir(), 'favourite-counts-'));
  undo.defer(() => rm(scratch, { recursive: true, force: true }));
  const directory = o.directory ?? join(scratch, 'run');

  // The CDK takes a second to load; meanwhile the engine starts.
  const starting = startEngine({ engine: o.engine, endpoint: o.endpoint, directory, say: o.onProblem });
  undo.defer(() => starting.then((it) => it.stop(), noop));
  const [engine, { synthesize }] = await Promise.all([starting, import('../synthesize.ts')]);
  // Only now: the engine's lock keeps another run's queue out of this directory.
  const queues = await startQueueServer({ directory });
  undo.defer(() => queues.stop());

  const client = { endpoint: engine.endpoint, region, credentials };
  const dynamoDb = undo.adopt(new DynamoDBClient(client), (it) => it.destroy());
  const streams = undo.adopt(new DynamoDBStreamsClient(client), (it) => it.destroy());
  const sqs = undo.adopt(new SQSClient({ ...client, endpoint: queues.endpoint }), (it) => it.destroy());

  const { template, ...assembly } = synthesize({ settings: o.settings, outdir: join(scratch, 'assembly') });
  // An endpoint may be shared with other runs; one that keeps nothing takes names of its own there.
  const isVisitor = o.endpoint !== undefined && o.directory === undefined;
  const namePrefix = isVisitor
    ? `${assembly.stackName}-${randomBytes(4).toString('hex')}`
    : assembly.stackName;
  const stack = await makeLocalStack({
    template,
    context: { ...assembly, namePrefix, region, accountId, dynamoDb, queues },
  });
  if (isVisitor) undo.defer(() => deleteTables(stack, dynamoDb));
  await engine.afterTablesCreated();

  const faults = createFaultPlan({ probabilities: o.faults ?? {}, seed: o.seed });
  const newTally = () => ({ meter: createFunctionMeter(), requests: {} as Record<string, number> });
  const countersOf = ({ meter, requests }: ReturnType<typeof newTally>) => ({
    ...meter.counters(),
    requests: { ...requests },
  });
  const tallies = { target: newTally(), workflow: newTally(), api: newTally() };
  const { targetArn } = theOnly(stack, 'pipe');
  const endpoints = { dynamoDb: engine.endpoint, sqs: queues.endpoint };
  const httpApi = httpApiOf(stack);
  const noFaults = createFaultPlan({ probabilities: {}, seed: o.seed });
  const functions = partsOf(stack, 'function').map(({ settings }) => {
    const options = { settings, endpoints, faults, onLogLine: o.onLogLine };
    if (settings.arn === httpApi?.functionArn) {
      return deployFunction({ ...options, ...tallies.api, faults: noFaults });
    }
    const tally = settings.arn === targetArn ? tallies.target : tallies.workflow;
    return deployFunction({ ...options, ...tally });
  });
  const { settings, target, deadLetterUrl } = pipeOf(stack, functions);
  const source = createDynamoDbStreamSource({ streams, streamArn: settings.streamArn });
  const checkpoints = openCheckpointFile({ directory });
  let isPipeOn = o.isPipeOff !== true;
  const pipe = new LocalPipe({
    settings,
    source,
    invoke: (records) => target.invoke(records),
    sendDeadLetter: async (body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: body }));
    },
    checkpoints,
    faults,
    poisonKinds,
    ...(o.onProblem !== undefined && { onProblem: o.onProblem }),
  });
  undo.defer(async () => {
    // Together: the pipe takes no new batch, and those under way end at once instead of by themselves.
    await Promise.all([pipe.stop(), ...functions.map((fn) => fn.stop())]);
  });
  const workflow = await createLocalWorkflow({
    settings: theOnly(stack, 'state-machine').settings,
    invoke: async (arn, payload) => functionOf(functions, arn, 'The state machine').invoke(payload),
    services: {
      [getMetricData]: (asked) => answerMetricData(asked, () => (isPipeOn ? pipe.counters.lagMs : undefined)),
    },
  });
  undo.defer(() => workflow.stop());
  if (isPipeOn) pipe.start();

  const started = undo.move();
  let stopping: Promise<void> | undefined;
  return {
    engineName: engine.name,
    settings: o.settings,
    dynamoDb,
    tables: {
      favourites: output(stack, 'FavouritesTableName'),
      aggregatedFavourites: output(stack, 'AggregatedFavouritesTableName'),
      countedFavourites: output(stack, 'CountedFavouritesTableName'),
    },
    pipe,
    async startPipe() {
      await checkpoints.save(settings.streamArn, await streamEnd(source));
      pipe.start();
      isPipeOn = true;
    },
    api: httpApi === undefined ? noApi : apiOf(httpApi, functions),
    reconcile: createLocalReconcile(workflow),
    faults,
    failed: Promise.race([engine.died, pipe.failed.catch(asError)]),
    counters: () => ({
      ...countersOf(tallies.target),
      reconcile: countersOf(tallies.workflow),
      api: countersOf(tallies.api),
      faults: { ...faults.counts },
    }),
    deadLetters: () => queues.peek(deadLetterUrl).map(readDeadLetter),
    stop: () => (stopping ??= started.disposeAsync()),
  };
}

/** Of a stack that has no API. */
const noApi: Api = () =>
  Promise.resolve(problem(404, 'This stack has no API: the setting api.enabled is off.'));

function apiOf(settings: HttpApiSettings, functions: readonly DeployedFunction[]): Api {
  const fn = functionOf(functions, settings.functionArn, 'The HTTP API');
  return createLocalApi({ settings, invoke: (event) => fn.invoke(event) });
}

function functionOf(functions: readonly DeployedFunction[], arn: string, invoker: string): DeployedFunction {
  const found = functions.find((fn) => fn.arn === arn);
  if (found === undefined) throw new Error(`${invoker} invokes ${arn}, which is no function of this stack`);
  return found;
}

/** The one pipe of the stack, and what it connects. */
function pipeOf(stack: LocalStack, functions: readonly DeployedFunction[]) {
  const pipe = theOnly(stack, 'pipe');
  const { settings } = pipe;
  const target = functions.find((fn) => fn.arn === pipe.targetArn);
  const queue = partsOf(stack, 'queue').find(({ arn }) => arn === pipe.deadLetterArn);
  const table = partsOf(stack, 'table').find(({ streamArn }) => streamArn === settings.streamArn);
  if (target === undefined || queue === undefined || table === undefined) {
    throw new Error(
      `The pipe connects ${settings.streamArn}, ${pipe.targetArn} and ${pipe.deadLetterArn}: expected a stream, a ` +
        'function and a queue of this stack. A local run makes its own Favourites: leave existingFavourites out.',
    );
  }
  return { settings, target, deadLetterUrl: queue.url };
}

async function deleteTables(stack: LocalStack, dynamoDb: DynamoDBClient): Promise<void> {
  const names = partsOf(stack, 'table').map(({ tableName }) => tableName);
  await Promise.all(names.map((TableName) => dynamoDb.send(new DeleteTableCommand({ TableName }))));
}

function readDeadLetter({ messageId, body }: QueueMessage): DeadLetter {
  // JSON begins with a brace, base64 cannot.
  if (body.startsWith('{')) return { kind: 'range', messageId, body, range: JSON.parse(body) as unknown };
  try {
    return { kind: 'record', messageId, body, letter: decodeDeadLetter(body) };
  } catch {
    return { kind: 'unreadable', messageId, body };
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

function noop(): void {}
