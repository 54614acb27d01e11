/**
 * Runs a synthesized template on this machine: tables on an engine, queues, functions in worker threads, and
 * the pipes, state machines and HTTP APIs that connect them.
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
import type { PipeSettings } from './pipe/pipe-context.ts';
import { startQueueServer, type QueueServer } from './queue/queue-server.ts';
import {
  deployFunction,
  type DeployedFunction,
  type DeployedFunctionOptions,
} from './stack/deployed-function.ts';
import { type HttpApiSettings, httpApisOf } from './stack/http-api.ts';
import { makeLocalStack } from './stack/local-stack.ts';
import { partsOf, type LocalStack, type PartOf } from './stack/parts.ts';
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
  /** For every pipe and function whose options below name no others. Default: none. */
  readonly faults?: FaultPlan | undefined;
  /** Options for one pipe: the faults that it gets, and the kinds of poison that fit its table. */
  readonly pipeOptions?: (
    settings: PipeSettings,
    stack: LocalStack,
  ) => Partial<Pick<LocalPipeOptions, 'faults' | 'poisonKinds'>>;
  /** Options for one function: the faults that it gets, and the counters of its outcomes and requests. */
  readonly functionOptions?: (
    settings: FunctionSettings,
    stack: LocalStack,
  ) => Partial<Pick<DeployedFunctionOptions, 'faults' | 'meter' | 'requests'>>;
  /** Stand-ins for the services other than Lambda that the state machines call. */
  readonly services?: LocalWorkflowOptions['services'];
  /** Each pipe is off until its `start` or `startAtEnd`. */
  readonly arePipesOff?: boolean | undefined;
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
  readonly pipes: readonly LocalPipe[];
  readonly workflows: readonly LocalWorkflow[];
  readonly apis: readonly StackApi[];
  /** Resolves when the engine died or a pipe failed, so that the run cannot continue. */
  readonly failed: Promise<Error>;
  /** Idempotent. Ends running invocations. */
  stop(): Promise<void>;
}

export interface StackApi {
  readonly settings: HttpApiSettings;
  readonly request: Api;
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
  const pipes = partsOf(stack, 'pipe').map((part) =>
    connectPipe(part, { options: { ...options, faults }, host, stack, functions }),
  );
  undo.defer(async () => {
    // Stop all at once: the pipes send no new batch, and the running invocations end at once.
    await Promise.all([...pipes, ...functions].map((part) => part.stop()));
  });
  const workflows = await Promise.all(
    partsOf(stack, 'state-machine').map(({ settings }) =>
      createLocalWorkflow({
        settings,
        invoke: async (arn, payload) => functionOf(functions, arn, settings.name).invoke(payload),
        ...(options.services && { services: options.services }),
      }),
    ),
  );
  undo.defer(() => {
    for (const workflow of workflows) workflow.stop();
  });
  const apis = httpApisOf(stack).map((settings) => {
    const fn = functionOf(functions, settings.functionArn, `The HTTP API ${settings.apiId}`);
    return { settings, request: createLocalApi({ settings, invoke: (event) => fn.invoke(event) }) };
  });
  if (options.arePipesOff !== true) for (const pipe of pipes) pipe.start();

  const started = undo.move();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= started.disposeAsync());
  return {
    ...host,
    stack,
    functions,
    pipes,
    workflows,
    apis,
    failed: Promise.race([host.engine.died, ...pipes.map(({ failed }) => failed.catch(asError))]),
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

interface Surroundings {
  readonly options: StackRunOptions & { readonly faults: FaultPlan };
  readonly host: Host;
  readonly stack: LocalStack;
  readonly functions: readonly DeployedFunction[];
}

/** A pipe of the stack, connected but not started. */
function connectPipe(
  { settings, targetArn, deadLetterArn }: PartOf<'pipe'>,
  { options: { faults, pipeOptions, onProblem }, host, stack, functions }: Surroundings,
): LocalPipe {
  const { streams, sqs, directory } = host;
  const { pipeArn, streamArn } = settings;
  const target = functionOf(functions, targetArn, pipeArn);
  const queue = partsOf(stack, 'queue').find(({ arn }) => arn === deadLetterArn);
  const table = partsOf(stack, 'table').find((part) => part.streamArn === streamArn);
  if (queue === undefined || table === undefined) {
    throw new Error(
      `The pipe ${pipeArn} uses the stream ${streamArn} and the dead-letter queue ${deadLetterArn}: ` +
        'expected both to be in this stack',
    );
  }
  return new LocalPipe({
    settings,
    source: createDynamoDbStreamSource({ streams, streamArn }),
    invoke: (records) => target.invoke(records),
    sendDeadLetter: async (body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body }));
    },
    checkpoints: openCheckpointFile({ directory, pipeArn }),
    faults,
    ...pipeOptions?.(settings, stack),
    ...(onProblem !== undefined && { onProblem }),
  });
}

function functionOf(functions: readonly DeployedFunction[], arn: string, invoker: string): DeployedFunction {
  const found = functions.find((fn) => fn.arn === arn);
  if (found !== undefined) return found;
  throw new Error(`${invoker} invokes ${arn}, which is not a function of this stack`);
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
