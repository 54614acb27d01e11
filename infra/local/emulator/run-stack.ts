/**
 * Runs a synthesized template on this machine: tables on an engine, queues, functions in worker threads, and
 * the pipe, state machine and HTTP API that connect them.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Engine } from './engine/engine.ts';
import { startEngine, type EngineOptions } from './engine/start-engine.ts';
import { createFaultPlan, type FaultPlan } from './faults/fault-plan.ts';
import { createFunctionMeter } from './function/function-meter.ts';
import type { FunctionSettings } from './function/invocation.ts';
import type { Api } from './http-api/api.ts';
import { createLocalApi } from './http-api/local-api.ts';
import { openCheckpointFile } from './pipe/checkpoints.ts';
import { createDynamoDbStreamSource } from './pipe/dynamodb-stream-source.ts';
import { LocalPipe, type LocalPipeOptions } from './pipe/local-pipe.ts';
import { streamEnd } from './pipe/stream-source.ts';
import { startQueueServer, type QueueServer } from './queue/queue-server.ts';
import {
  deployFunction,
  type DeployedFunction,
  type DeployedFunctionOptions,
} from './stack/deployed-function.ts';
import { httpApiOf } from './stack/http-api.ts';
import { makeLocalStack } from './stack/local-stack.ts';
import { atMostOne, partsOf, type LocalStack } from './stack/parts.ts';
import {
  createLocalWorkflow,
  type LocalWorkflow,
  type LocalWorkflowOptions,
} from './workflow/local-workflow.ts';

export interface Assembly {
  readonly stackName: string;
  readonly template: unknown;
  /** Directory of the asset manifest and the bundles. */
  readonly assemblyDirectory: string;
}

interface StackRunOptions extends Pick<EngineOptions, 'engine' | 'endpoint'> {
  /** Called while the engine starts. Write a new assembly to `outdir`, or return an existing one. */
  readonly synthesize: (outdir: string) => Assembly | Promise<Assembly>;
  /** The next run can continue from this directory. Default: a temporary one, which `stop` removes. */
  readonly directory?: string | undefined;
  readonly faults?: FaultPlan | undefined;
  readonly poisonKinds?: LocalPipeOptions['poisonKinds'];
  /** Options for one function: the faults that it gets, and the counters of its outcomes and requests. */
  readonly functionOptions?: (
    settings: FunctionSettings,
    stack: LocalStack,
  ) => Partial<Pick<DeployedFunctionOptions, 'faults' | 'meter' | 'requests'>>;
  /** Stand-ins for the services other than Lambda that the state machine calls. */
  readonly services?: LocalWorkflowOptions['services'];
  /** The pipe is off until `startPipe`. */
  readonly isPipeOff?: boolean | undefined;
  readonly onLogLine?: DeployedFunctionOptions['onLogLine'];
  /** Receives one line for the user, for example that the stream cannot be read. */
  readonly onProblem?: ((message: string) => void) | undefined;
}

export interface StackRun extends AsyncDisposable {
  readonly stack: LocalStack;
  readonly engine: Engine;
  /** Talks to the engine directly, without faults. */
  readonly dynamoDb: DynamoDBClient;
  readonly queues: QueueServer;
  readonly functions: readonly DeployedFunction[];
  readonly pipe: LocalPipe | undefined;
  readonly workflow: LocalWorkflow | undefined;
  readonly api: Api | undefined;
  /** Starts the pipe if it is off. The pipe delivers only later writes. Call once. */
  startPipe(): Promise<void>;
  /** Resolves when the engine died or the pipe failed, so that the run cannot continue. */
  readonly failed: Promise<Error>;
  /** Idempotent. Ends running invocations. */
  stop(): Promise<void>;
}

/** As in the queue server's ARNs. The engine may use others in the ARNs of tables. */
const region = 'us-east-1';
const accountId = '000000000000';
/** DynamoDB Local has one database per access key, so all clients use the access key of the functions. */
const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' };

/** @throws when the directory is in use, no engine fits this machine, or the template is not supported */
export async function runStack(options: StackRunOptions): Promise<StackRun> {
  // When the run stops or cannot start, undo all steps in reverse order.
  await using undo = new AsyncDisposableStack();
  const host = await startHost(options, undo);
  const stack = await deployStack(options, host, undo);
  const faults = options.faults ?? createFaultPlan({ probabilities: {}, seed: 0 });
  const endpoints = { dynamoDb: host.engine.endpoint, sqs: host.queues.endpoint };
  const functions = partsOf(stack, 'function').map(({ settings }) =>
    deployFunction({
      settings,
      endpoints,
      faults,
      meter: createFunctionMeter(),
      requests: {},
      onLogLine: options.onLogLine,
      ...options.functionOptions?.(settings, stack),
    }),
  );
  const { pipe, startAtEnd } = connectPipe({ ...options, faults }, host, stack, functions) ?? {};
  undo.defer(async () => {
    // Stop both at once: the pipe sends no new batch, and the running invocations end at once.
    await Promise.all([pipe?.stop(), ...functions.map((fn) => fn.stop())]);
  });
  const machine = atMostOne(stack, 'state-machine');
  const workflow =
    machine &&
    (await createLocalWorkflow({
      settings: machine.settings,
      invoke: async (arn, payload) => functionOf(functions, arn, machine.settings.name).invoke(payload),
      ...(options.services && { services: options.services }),
    }));
  undo.defer(() => workflow?.stop());
  if (options.isPipeOff !== true) pipe?.start();

  const started = undo.move();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= started.disposeAsync());
  return {
    ...host,
    stack,
    functions,
    pipe,
    workflow,
    api: apiOf(stack, functions),
    startPipe: async () => startAtEnd?.(),
    failed: Promise.race([host.engine.died, ...(pipe === undefined ? [] : [pipe.failed.catch(asError)])]),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

type Host = Awaited<ReturnType<typeof startHost>>;

/** Starts the engine and the queue server, creates the clients, and synthesizes. */
async function startHost(options: StackRunOptions, undo: AsyncDisposableStack) {
  const { engine: engineName, endpoint, onProblem } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'stack-run-'));
  undo.defer(() => rm(scratch, { recursive: true, force: true }));
  const directory = options.directory ?? join(scratch, 'run');
  // Start the engine while the CDK loads, which takes a second.
  const starting = startEngine({ engine: engineName, endpoint, directory, say: onProblem });
  undo.defer(() =>
    starting.then(
      (it) => it.stop(),
      () => {},
    ),
  );
  const [engine, assembly] = await Promise.all([starting, options.synthesize(join(scratch, 'assembly'))]);
  // Start the queue server after the engine, because the engine's lock keeps other runs out of the directory.
  const queues = await startQueueServer({ directory });
  undo.defer(() => queues.stop());

  const client = { endpoint: engine.endpoint, region, credentials };
  return {
    engine,
    queues,
    directory,
    assembly,
    dynamoDb: undo.adopt(new DynamoDBClient(client), (it) => it.destroy()),
    streams: undo.adopt(new DynamoDBStreamsClient(client), (it) => it.destroy()),
    sqs: undo.adopt(new SQSClient({ ...client, endpoint: queues.endpoint }), (it) => it.destroy()),
  };
}

/** Creates the tables and queues of the template. */
async function deployStack(
  options: StackRunOptions,
  { engine, queues, dynamoDb, assembly }: Host,
  undo: AsyncDisposableStack,
): Promise<LocalStack> {
  const { template, ...context } = assembly;
  // Other runs may use the same endpoint, so a temporary run gives its tables unique names there.
  const isVisitor = options.endpoint !== undefined && options.directory === undefined;
  const suffix = isVisitor ? `-${randomBytes(4).toString('hex')}` : '';
  const namePrefix = `${assembly.stackName}${suffix}`;
  const stack = await makeLocalStack({
    template,
    context: { ...context, namePrefix, region, accountId, dynamoDb, queues },
  });
  if (isVisitor) undo.defer(() => deleteTables(stack, dynamoDb));
  await engine.afterTablesCreated();
  return stack;
}

async function deleteTables(stack: LocalStack, dynamoDb: DynamoDBClient): Promise<void> {
  const names = partsOf(stack, 'table').map(({ tableName }) => tableName);
  await Promise.all(names.map((TableName) => dynamoDb.send(new DeleteTableCommand({ TableName }))));
}

/** The pipe of the stack, connected but not started. */
function connectPipe(
  options: StackRunOptions & { readonly faults: FaultPlan },
  { streams, sqs, directory }: Host,
  stack: LocalStack,
  functions: readonly DeployedFunction[],
) {
  const { faults, poisonKinds, onProblem } = options;
  const part = atMostOne(stack, 'pipe');
  if (part === undefined) return undefined;
  const { settings, targetArn, deadLetterArn } = part;
  const target = functionOf(functions, targetArn, settings.pipeArn);
  const queue = partsOf(stack, 'queue').find(({ arn }) => arn === deadLetterArn);
  const table = partsOf(stack, 'table').find(({ streamArn }) => streamArn === settings.streamArn);
  if (queue === undefined || table === undefined) {
    throw new Error(
      `The pipe uses the stream ${settings.streamArn} and the dead-letter queue ${deadLetterArn}: ` +
        'expected both to be in this stack',
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
    ...(poisonKinds !== undefined && { poisonKinds }),
    ...(onProblem !== undefined && { onProblem }),
  });
  const startAtEnd = async (): Promise<void> => {
    await checkpoints.save(settings.streamArn, await streamEnd(source));
    pipe.start();
  };
  return { pipe, startAtEnd };
}

function apiOf(stack: LocalStack, functions: readonly DeployedFunction[]): Api | undefined {
  const settings = httpApiOf(stack);
  if (settings === undefined) return undefined;
  const fn = functionOf(functions, settings.functionArn, 'The HTTP API');
  return createLocalApi({ settings, invoke: (event) => fn.invoke(event) });
}

function functionOf(functions: readonly DeployedFunction[], arn: string, invoker: string): DeployedFunction {
  const found = functions.find((fn) => fn.arn === arn);
  if (found !== undefined) return found;
  throw new Error(`${invoker} invokes ${arn}, which is not a function of this stack`);
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
