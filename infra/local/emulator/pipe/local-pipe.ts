/**
 * An EventBridge Pipe on this machine: from a DynamoDB stream to a target, by the settings of the template and nothing else.
 * It keeps to what the documents promise and, where they leave something open, to what is least convenient for the target:
 *
 * - order is kept per item key and nothing wider (`shard.ts`, `lane.ts`);
 * - answers are read as AWS reads or may read them (`answer.ts`);
 * - retry, bisect, age, giving up (`batch-delivery.ts`); a lane that retries holds up no other;
 * - delivery is at least once: a restart goes on from the last saved low-water mark (I5).
 */
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { PoisonKinds } from '../faults/poison.ts';
import type { InvocationOutcome } from '../function/local-function.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { type Clock, systemClock } from './clock.ts';
import { compileFilter } from './event-pattern.ts';
import { createPipeMeter, countersOf, type PipeCounters } from './pipe-meter.ts';
import type { PipeSettings } from './pipe-settings.ts';
import { createShardSet } from './shard-set.ts';
import { createSignal } from './signal.ts';
import type { StreamSource } from './stream-source.ts';

export interface LocalPipe {
  /** Once. */
  start(): void;
  /**
   * Resolves when every record that was in the stream when it was called is answered, or given up to the dead-letter queue.
   * @throws when the pipe is stopped first, or has failed
   */
  drain(): Promise<void>;
  /** Delivers nothing more, waits for the invocations under way (end them at the same time to be quick), saves the checkpoints. */
  stop(): Promise<void>;
  /** Rejects when the pipe cannot go on: for example its checkpoints cannot be read or written. */
  readonly failed: Promise<never>;
  readonly counters: PipeCounters;
}

export interface LocalPipeOptions {
  readonly settings: PipeSettings;
  /** `createDynamoDbStreamSource({ streams, streamArn })`, or one in memory. */
  readonly source: StreamSource;
  /** The target. Called for several lanes at a time: at most shards × parallelizationFactor. */
  readonly invoke: (records: readonly unknown[]) => Promise<InvocationOutcome>;
  /** Resolves when the queue has confirmed the message. Called again, until the pipe stops, when it rejects. */
  readonly sendDeadLetter: (body: string) => Promise<void>;
  /** `openCheckpointFile({ directory })`, or one in memory. */
  readonly checkpoints: CheckpointStore;
  readonly faults: FaultPlan;
  /** Of the fault `poison`; without any it never occurs. */
  readonly poisonKinds?: PoisonKinds;
  readonly clock?: Clock;
  /** One line for whoever runs this: the stream cannot be read, the queue does not take a message, records were trimmed. */
  readonly onProblem?: (message: string) => void;
}

/** At most this much is delivered again after a kill, and the file is not rewritten at every batch. */
const CHECKPOINT_INTERVAL_MS = 500;
/** How often new shards are looked for when no shard has closed; on AWS a shard lives about four hours. */
const SHARD_REFRESH_MS = 5_000;

/** @throws when a filter pattern is not understood */
export function createLocalPipe(options: LocalPipeOptions): LocalPipe {
  const { settings, source, checkpoints, clock = systemClock, onProblem = () => {} } = options;
  const counters = createPipeMeter();
  const stopped = createSignal(clock);
  const progress = createSignal(clock);
  const state = { isStopping: false, newestDrain: 0, drains: 0, saved: '' };
  const isStopping = (): boolean => state.isStopping;
  const restored = Promise.withResolvers<void>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let running: Promise<unknown> | undefined;

  const shards = createShardSet({
    settings,
    source,
    clock,
    counters,
    stopped,
    progress,
    onProblem,
    faults: options.faults,
    poisonKinds: options.poisonKinds ?? {},
    filter: compileFilter(settings.filterPatterns),
    invoke: options.invoke,
    sendDeadLetter: options.sendDeadLetter,
    isStopping,
    newestDrain: () => state.newestDrain,
    isDraining: () => state.drains > 0,
    onFailure: fail,
  });

  async function save(): Promise<void> {
    const reached = shards.checkpoints();
    const text = JSON.stringify(reached);
    if (text === state.saved) return;
    state.saved = text;
    await checkpoints.save(settings.streamArn, reached);
  }

  async function everyMs(intervalMs: number, act: () => Promise<void>): Promise<void> {
    while (!isStopping()) {
      await act();
      if (!isStopping()) await stopped.wait(intervalMs);
    }
  }

  async function run(): Promise<void> {
    const reached = await checkpoints.load(settings.streamArn);
    state.saved = JSON.stringify(reached);
    shards.restore(reached);
    restored.resolve();
    await Promise.all([everyMs(SHARD_REFRESH_MS, shards.refresh), everyMs(CHECKPOINT_INTERVAL_MS, save)]);
  }

  function fail(error: unknown): void {
    failure.reject(error);
    halt();
  }

  function halt(): void {
    state.isStopping = true;
    stopped.notify();
    progress.notify();
    shards.wake();
    restored.resolve();
  }

  async function drainTo(drain: number): Promise<void> {
    await restored.promise;
    await shards.refresh();
    const ends = new Map<string, number>();
    shards.wake();
    while (!isStopping()) {
      if (shards.areDrained(drain, ends)) return;
      await progress.wait();
    }
    /** A failure that stopped the pipe is known by now, and comes first. */
    await Promise.race([failure.promise, Promise.resolve()]);
    throw new Error('The pipe was stopped before it was drained');
  }

  return {
    start: () => {
      if (running !== undefined) throw new Error('The pipe was started before: create another one');
      running = run().catch(fail);
    },
    drain: async () => {
      state.newestDrain += 1;
      state.drains += 1;
      try {
        await drainTo(state.newestDrain);
      } finally {
        state.drains -= 1;
      }
    },
    stop: async () => {
      halt();
      await running;
      await shards.settled();
      if (running !== undefined) await save();
    },
    failed: failure.promise,
    get counters() {
      const oldest = shards.oldestCreatedAtMs();
      const lagMs = oldest === undefined ? 0 : Math.max(0, clock.now() - oldest);
      return countersOf(counters, { batchSize: settings.batchSize, lagMs });
    },
  };
}
