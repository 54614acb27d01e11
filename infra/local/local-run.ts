/**
 * Runs the stack on this machine: the template that deploys, with its tables on a local engine and its
 * functions in worker threads, and with the injected faults.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Settings } from '../settings/settings.ts';
import { type DeadLetter, type DeadLetterCount, readDeadLetter } from './dead-letters.ts';
import type { Engine, EngineName } from './emulator/engine/engine.ts';
import {
  createFaultPlan,
  type FaultName,
  type FaultPlan,
  type FaultProbabilities,
} from './emulator/faults/fault-plan.ts';
import { createFunctionMeter, type FunctionCounters } from './emulator/function/function-meter.ts';
import type { FunctionSettings } from './emulator/function/invocation.ts';
import { problem, type Api } from './emulator/http-api/api.ts';
import type { LocalPipe } from './emulator/pipe/local-pipe.ts';
import { runStack, type StackRun } from './emulator/run-stack.ts';
import { httpApisOf } from './emulator/stack/http-api.ts';
import { type LocalStack, output, partsOf } from './emulator/stack/parts.ts';
import { createLocalReconcile, type Reconcile, reconcileServices } from './local-reconcile.ts';
import { poisonKindsOf } from './poison/poison-kinds.ts';

export interface LocalRunOptions {
  readonly settings: Settings;
  readonly engine?: EngineName | undefined;
  /** Use this DynamoDB endpoint instead of starting an engine. */
  readonly endpoint?: string | undefined;
  /** The next run can continue from this directory. Default: a temporary one, which `stop` removes. */
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
  /** What `favourite-counts/client` needs to know about this run. */
  readonly clientConfig: string;
  readonly pipe: LocalPipe;
  /** Starts the pipe if it is off. The pipe delivers only later writes. Call once. */
  startPipe(): Promise<void>;
  /** The stack's HTTP API. No faults are injected into its function, because they are for the pipeline. */
  readonly api: Api;
  /** Runs the stack's reconcile workflow once. */
  readonly reconcile: Reconcile;
  readonly faults: FaultPlan;
  /** Resolves when the engine died or the pipe failed, so that the run cannot continue. */
  readonly failed: Promise<Error>;
  /** Totals since the start. */
  counters(): RunCounters;
  /**
   * Reads the dead-letter queue, oldest first, without removing messages. A redelivered record may be in it
   * twice, but is read once.
   */
  deadLetters(): Iterable<DeadLetter>;
  /** The last of the dead letters, the newest first. */
  newestDeadLetters(countMax: number): readonly DeadLetter[];
  deadLetterCount(): DeadLetterCount;
  /** Idempotent. Ends running invocations. */
  stop(): Promise<void>;
}

export interface RunTables {
  readonly favourites: string;
  readonly aggregatedFavourites: string;
  readonly countedFavourites: string;
  readonly reconcileLease: string;
}

interface CountersWithRequests extends FunctionCounters {
  /** Requests to DynamoDB by operation, including the SDK's retries. */
  readonly requests: Readonly<Record<string, number>>;
}

/** Counters of the pipe's target. The functions of the reconcile workflow and of the API have their own. */
export interface RunCounters extends CountersWithRequests {
  readonly reconcile: CountersWithRequests;
  readonly api: CountersWithRequests;
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<FaultName, number>>;
}

/** @throws when the directory is in use, no engine fits this machine, or the template is not supported */
export async function startLocalRun(options: LocalRunOptions): Promise<LocalRun> {
  const { settings, seed, ...rest } = options;
  const faults = createFaultPlan({ probabilities: options.faults ?? {}, seed });
  const tallies = createTallies(seed);
  const { isPipeOff = false } = options;
  let isPipeOn = !isPipeOff;
  const run: StackRun = await runStack({
    ...rest,
    faults,
    arePipesOff: isPipeOff,
    pipeOptions: () => ({ poisonKinds: poisonKindsOf(settings.source) }),
    synthesize: async (outdir) => (await import('../synthesize.ts')).synthesize({ settings, outdir }),
    functionOptions: tallies.of,
    services: reconcileServices(() => (isPipeOn ? run.pipes[0]?.counters.lagMs : undefined)),
  }).catch((cause: unknown) => {
    if (settings.existingFavourites.tableArn === undefined) throw cause;
    throw new Error('A local run creates its own Favourites table: leave existingFavourites out.', { cause });
  });
  const { stack, dynamoDb, engine, queues } = run;
  const [[pipe], [workflow], [api]] = [run.pipes, run.workflows, run.apis];
  const deadLetterArn = partsOf(stack, 'pipe')[0]?.deadLetterArn;
  const deadLetterQueue = partsOf(stack, 'queue').find(({ arn }) => arn === deadLetterArn);
  if (pipe === undefined || workflow === undefined || deadLetterQueue === undefined) {
    await run.stop();
    throw new Error('The stack needs a pipe, a state machine and a dead-letter queue');
  }
  return {
    engineName: engine.name,
    settings,
    dynamoDb,
    tables: {
      favourites: output(stack, 'FavouritesTableName'),
      aggregatedFavourites: output(stack, 'AggregatedFavouritesTableName'),
      countedFavourites: output(stack, 'CountedFavouritesTableName'),
      reconcileLease: output(stack, 'ReconcileLeaseTableName'),
    },
    clientConfig: output(stack, 'ClientConfig'),
    pipe,
    async startPipe() {
      await pipe.startAtEnd();
      isPipeOn = true;
    },
    api: api?.request ?? noApi,
    reconcile: createLocalReconcile(workflow),
    faults,
    failed: run.failed,
    counters: () => ({ ...tallies.counters(), faults: { ...faults.counts } }),
    deadLetters: () => Iterator.from(queues.peek(deadLetterQueue.url)).map(readDeadLetter),
    newestDeadLetters: (countMax) => queues.peekNewest(deadLetterQueue.url, countMax).map(readDeadLetter),
    deadLetterCount() {
      const { messages, distinctBodies: distinct } = queues.count(deadLetterQueue.url);
      return { messages, distinct };
    },
    stop: () => run.stop(),
    [Symbol.asyncDispose]: () => run.stop(),
  };
}

const noApi: Api = () =>
  Promise.resolve(problem(404, 'This stack has no API: the setting api.enabled is off.'));

/** Counts the functions of the pipe, of the workflow and of the API separately. */
function createTallies(seed: number) {
  const newTally = () => ({ meter: createFunctionMeter(), requests: {} as Record<string, number> });
  const countersOf = ({ meter, requests }: ReturnType<typeof newTally>): CountersWithRequests => ({
    ...meter.counters(),
    requests: { ...requests },
  });
  const [target, workflow, api] = [newTally(), newTally(), newTally()];
  const noFaults = createFaultPlan({ probabilities: {}, seed });
  return {
    of: ({ arn }: FunctionSettings, stack: LocalStack) => {
      if (httpApisOf(stack).some(({ functionArn }) => functionArn === arn)) {
        return { ...api, faults: noFaults };
      }
      return partsOf(stack, 'pipe').some(({ targetArn }) => targetArn === arn) ? target : workflow;
    },
    counters: () => ({
      ...countersOf(target),
      reconcile: countersOf(workflow),
      api: countersOf(api),
    }),
  };
}
