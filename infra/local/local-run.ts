/**
 * The stack on this machine: the template that deploys, with its tables on a local engine, its queue, its functions in
 * worker threads, its pipe and its state machine, and with the faults.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Settings } from '../settings/settings.ts';
import { type DeadLetter, readDeadLetter } from './dead-letters.ts';
import type { Engine, EngineName } from './emulator/engine/engine.ts';
import { startEngine } from './emulator/engine/start-engine.ts';
import {
  createFaultPlan,
  type FaultName,
  type FaultPlan,
  type FaultProbabilities,
} from './emulator/faults/fault-plan.ts';
import { createFunctionMeter, type FunctionCounters } from './emulator/function/function-meter.ts';
import { problem, type Api } from './emulator/http-api/api.ts';
import { createLocalApi } from './emulator/http-api/local-api.ts';
import { openCheckpointFile } from './emulator/pipe/checkpoints.ts';
import { createDynamoDbStreamSource } from './emulator/pipe/dynamodb-stream-source.ts';
import { LocalPipe } from './emulator/pipe/local-pipe.ts';
import { streamEnd } from './emulator/pipe/stream-source.ts';
import { startQueueServer } from './emulator/queue/queue-server.ts';
import { deployFunction, type DeployedFunction } from './emulator/stack/deployed-function.ts';
import { httpApiOf } from './emulator/stack/http-api.ts';
import { makeLocalStack } from './emulator/stack/local-stack.ts';
import { type LocalStack, output, partsOf, theOnly } from './emulator/stack/parts.ts';
import { createLocalWorkflow } from './emulator/workflow/local-workflow.ts';
import { createLocalReconcile, type Reconcile, reconcileServices } from './local-reconcile.ts';
import { poisonKinds } from './poison-kinds.ts';

export interface LocalRunOptions {
  readonly settings: Settings;
  readonly engine?: EngineName | undefined;
  /** Another DynamoDB to use; no engine is started. */
  readonly endpoint?: string | undefined;
  /** Kept; a run continues where an earlier one stopped. Absent: a temporary directory, which `stop` removes. */
  readonly directory?: string | undefined;
  readonly faults?: FaultProbabilities | undefined;
  readonly seed: number;
  /** The pipe is off until `startPipe`. */
  readonly isPipeOff?: boolean | undefined;
  readonly onLogLine?: ((functionName: string, line: string) => void) | undefined;
  /** Gets one line for the user, for example that the stream cannot be read. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

export interface LocalRun extends AsyncDisposable {
  readonly engineName: Engine['name'];
  readonly settings: Settings;
  /** Talks to the engine directly, without faults: for the writes of a replay and for recounts. */
  readonly dynamoDb: DynamoDBClient;
  readonly tables: RunTables;
  readonly pipe: LocalPipe;
  /** Turns on a pipe that is off. It delivers what is written from now on, and nothing older. Call once. */
  startPipe(): Promise<void>;
  /** The stack's HTTP API. Its function gets no faults: they belong to the pipeline. */
  readonly api: Api;
  /** Runs the stack's reconcile workflow once. */
  readonly reconcile: Reconcile;
  readonly faults: FaultPlan;
  /** Resolves when the run cannot continue, because the engine died or the pipe failed. Otherwise pending. */
  readonly failed: Promise<Error>;
  /** Totals since the start. */
  counters(): RunCounters;
  /** The messages in the queue, oldest first; they stay there. A record that was delivered again may be in two. */
  deadLetters(): readonly DeadLetter[];
  /** Idempotent. Ends invocations under way. */
  stop(): Promise<void>;
}

export interface RunTables {
  readonly favourites: string;
  readonly aggregatedFavourites: string;
  readonly countedFavourites: string;
}

interface CountersWithRequests extends FunctionCounters {
  /** To DynamoDB, by operation, including retries by the SDK. */
  readonly requests: Readonly<Record<string, number>>;
}

/** Of the pipe's target, and apart those of the functions of the reconcile workflow and of the API. */
export interface RunCounters extends CountersWithRequests {
  readonly reconcile: CountersWithRequests;
  readonly api: CountersWithRequests;
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<FaultName, number>>;
}

/** As in the queue server's ARNs; an engine may use others in the ARNs of tables. */
const region = 'us-east-1';
const accountId = '000000000000';
/** DynamoDB Local keeps a database for each access key, so all clients use that of the functions' runtime. */
const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' };

/** @throws when the directory is in use, no engine fits this machine, or the template contains something unsupported */
export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  // Undone last to first, when the run stops or when it cannot start.
  await using undo = new AsyncDisposableStack();
  const host = await startHost(options, undo);
  const stack = await deployStack(options, host, undo);
  const faults = createFaultPlan({ probabilities: options.faults ?? {}, seed: options.seed });
  const { functions, counters } = deployFunctions({ ...options, faults }, host, stack);
  const { pipe, deadLetterUrl, startAtEnd } = createPipe({ ...options, faults }, host, { stack, functions });
  let isPipeOn = options.isPipeOff !== true;
  undo.defer(async () => {
    // Together: the pipe takes no new batch, and the batches under way end at once.
    await Promise.all([pipe.stop(), ...functions.map((fn) => fn.stop())]);
  });
  const workflow = await createLocalWorkflow({
    settings: theOnly(stack, 'state-machine').settings,
    invoke: async (arn, payload) => functionOf(functions, arn, 'The state machine').invoke(payload),
    services: reconcileServices(() => (isPipeOn ? pipe.counters.lagMs : undefined)),
  });
  undo.defer(() => workflow.stop());
  if (isPipeOn) pipe.start();

  const started = undo.move();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= started.disposeAsync());
  return {
    engineName: host.engine.name,
    settings: options.settings,
    dynamoDb: host.dynamoDb,
    tables: {
      favourites: output(stack, 'FavouritesTableName'),
      aggregatedFavourites: output(stack, 'AggregatedFavouritesTableName'),
      countedFavourites: output(stack, 'CountedFavouritesTableName'),
    },
    pipe,
    async startPipe() {
      await startAtEnd();
      isPipeOn = true;
    },
    api: apiOf(stack, functions),
    reconcile: createLocalReconcile(workflow),
    faults,
    failed: Promise.race([host.engine.died, pipe.failed.catch(asError)]),
    counters: () => ({ ...counters(), faults: { ...faults.counts } }),
    deadLetters: () => host.queues.peek(deadLetterUrl).map(readDeadLetter),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

type Host = Awaited<ReturnType<typeof startHost>>;

/** Engine, queue server and clients. */
async function startHost(options: LocalRunOptions, undo: AsyncDisposableStack) {
  const { engine: engineName, endpoint, onProblem } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'favourite-counts-'));
  undo.defer(() => rm(scratch, { recursive: true, force: true }));
  const directory = options.directory ?? join(scratch, 'run');
  // The CDK takes a second to load; the engine starts meanwhile.
  const starting = startEngine({ engine: engineName, endpoint, directory, say: onProblem });
  undo.defer(() => starting.then((it) => it.stop(), noop));
  const [engine, { synthesize }] = await Promise.all([starting, import('../synthesize.ts')]);
  // After the engine, whose lock keeps the queue of another run out of this directory.
  const queues = await startQueueServer({ directory });
  undo.defer(() => queues.stop());

  const client = { endpoint: engine.endpoint, region, credentials };
  return {
    engine,
    queues,
    directory,
    synthesize: () => synthesize({ settings: options.settings, outdir: join(scratch, 'assembly') }),
    dynamoDb: undo.adopt(new DynamoDBClient(client), (it) => it.destroy()),
    streams: undo.adopt(new DynamoDBStreamsClient(client), (it) => it.destroy()),
    sqs: undo.adopt(new SQSClient({ ...client, endpoint: queues.endpoint }), (it) => it.destroy()),
  };
}

/** Synthesizes the template and makes its tables and its queue. */
async function deployStack(
  options: LocalRunOptions,
  { engine, queues, dynamoDb, synthesize }: Host,
  undo: AsyncDisposableStack,
): Promise<LocalStack> {
  const { template, ...assembly } = synthesize();
  // Other runs may use the same endpoint: a run that keeps nothing gives its tables names of their own there.
  const isVisitor = options.endpoint !== undefined && options.directory === undefined;
  const suffix = isVisitor ? `-${randomBytes(4).toString('hex')}` : '';
  const namePrefix = `${assembly.stackName}${suffix}`;
  const stack = await makeLocalStack({
    template,
    context: { ...assembly, namePrefix, region, accountId, dynamoDb, queues },
  });
  if (isVisitor) undo.defer(() => deleteTables(stack, dynamoDb));
  await engine.afterTablesCreated();
  return stack;
}

async function deleteTables(stack: LocalStack, dynamoDb: DynamoDBClient): Promise<void> {
  const names = partsOf(stack, 'table').map(({ tableName }) => tableName);
  await Promise.all(names.map((TableName) => dynamoDb.send(new DeleteTableCommand({ TableName }))));
}

function deployFunctions(
  { faults, seed, onLogLine }: LocalRunOptions & { readonly faults: FaultPlan },
  { engine, queues }: Host,
  stack: LocalStack,
) {
  const newTally = () => ({ meter: createFunctionMeter(), requests: {} as Record<string, number> });
  const countersOf = ({ meter, requests }: ReturnType<typeof newTally>): CountersWithRequests => ({
    ...meter.counters(),
    requests: { ...requests },
  });
  const tallies = { target: newTally(), workflow: newTally(), api: newTally() };
  const { targetArn } = theOnly(stack, 'pipe');
  const apiArn = httpApiOf(stack)?.functionArn;
  const noFaults = createFaultPlan({ probabilities: {}, seed });
  const endpoints = { dynamoDb: engine.endpoint, sqs: queues.endpoint };
  const functions = partsOf(stack, 'function').map(({ settings }) => {
    const isApi = settings.arn === apiArn;
    const tally = isApi ? tallies.api : settings.arn === targetArn ? tallies.target : tallies.workflow;
    return deployFunction({ settings, endpoints, faults: isApi ? noFaults : faults, onLogLine, ...tally });
  });
  return {
    functions,
    counters: () => ({
      ...countersOf(tallies.target),
      reconcile: countersOf(tallies.workflow),
      api: countersOf(tallies.api),
    }),
  };
}

/** The one pipe of the stack, connected and not started. */
function createPipe(
  { faults, onProblem }: LocalRunOptions & { readonly faults: FaultPlan },
  { streams, sqs, directory }: Host,
  { stack, functions }: { readonly stack: LocalStack; readonly functions: readonly DeployedFunction[] },
) {
  const { settings, targetArn, deadLetterArn } = theOnly(stack, 'pipe');
  const target = functions.find(({ arn }) => arn === targetArn);
  const queue = partsOf(stack, 'queue').find(({ arn }) => arn === deadLetterArn);
  const table = partsOf(stack, 'table').find(({ streamArn }) => streamArn === settings.streamArn);
  if (target === undefined || queue === undefined || table === undefined) {
    throw new Error(
      `The pipe connects ${settings.streamArn}, ${targetArn} and ${deadLetterArn}: expected a stream, a function and ` +
        'a queue of this stack. A local run creates its own Favourites table: leave existingFavourites out.',
    );
  }
  const source = createDynamoDbStreamSource({ streams, streamArn: settings.streamArn });
  const checkpoints = openCheckpointFile({ directory });
  const pipe = new LocalPipe({
    settings,
    source,
    invoke: (records) => target.invoke(records),
    sendDeadLetter: async (body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body }));
    },
    checkpoints,
    faults,
    poisonKinds,
    ...(onProblem !== undefined && { onProblem }),
  });
  const startAtEnd = async (): Promise<void> => {
    await checkpoints.save(settings.streamArn, await streamEnd(source));
    pipe.start();
  };
  return { pipe, deadLetterUrl: queue.url, startAtEnd };
}

function apiOf(stack: LocalStack, functions: readonly DeployedFunction[]): Api {
  const settings = httpApiOf(stack);
  if (settings === undefined) {
    return () => Promise.resolve(problem(404, 'This stack has no API: the setting api.enabled is off.'));
  }
  const fn = functionOf(functions, settings.functionArn, 'The HTTP API');
  return createLocalApi({ settings, invoke: (event) => fn.invoke(event) });
}

function functionOf(functions: readonly DeployedFunction[], arn: string, invoker: string): DeployedFunction {
  const found = functions.find((fn) => fn.arn === arn);
  if (found === undefined)
    throw new Error(`${invoker} invokes ${arn}, which is not a function of this stack`);
  return found;
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

function noop(): void {}
