import {
  createFaultPlan,
  type FaultPlan,
  type FaultProbabilities,
} from '../../infra/local/emulator/faults/fault-plan.ts';
import type { InvocationOutcome } from '../../infra/local/emulator/function/invocation.ts';
import type { Checkpoints, CheckpointStore } from '../../infra/local/emulator/pipe/checkpoints.ts';
import type { DeadLetterRange } from '../../infra/local/emulator/pipe/delivery.ts';
import { LocalPipe } from '../../infra/local/emulator/pipe/local-pipe.ts';
import type { PipeSettings } from '../../infra/local/emulator/pipe/pipe-context.ts';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { poisonKindsOf } from '../../infra/local/poison/poison-kinds.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { createMemoryStream, type MemoryStream, memoryStreamArn } from './memory-stream.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export const answer = (payload: unknown): InvocationOutcome => ({
  kind: 'answer',
  payload,
  durationMs: 1,
  cpuMs: 1,
});
export const success = answer({ batchItemFailures: [] });
export const failing = (...records: readonly unknown[]): InvocationOutcome =>
  answer({
    batchItemFailures: records.map((record) => ({ itemIdentifier: (record as PipeRecord).eventID })),
  });
export const keyOf = (record: unknown): string =>
  ((record as PipeRecord).dynamodb.Keys['restaurant_id_user_id'] as { readonly S: string }).S;

export type Target = (
  records: readonly unknown[],
  call: number,
) => InvocationOutcome | Promise<InvocationOutcome>;

/** A pipe on a stream in memory, with a scripted target. */
export interface PipeBench {
  readonly clock: VirtualClock;
  readonly stream: MemoryStream;
  readonly checkpoints: CheckpointStore & { saved: Checkpoints };
  readonly faults: FaultPlan;
  /** Every invocation in order: the records that it received, and when. */
  readonly calls: readonly { readonly records: readonly unknown[]; readonly atMs: number }[];
  readonly ranges: readonly DeadLetterRange[];
  readonly problems: readonly string[];
  readonly pipe: LocalPipe;
  drain(): Promise<void>;
  stop(): Promise<void>;
  /** Another pipe on the same stream, clock and checkpoints, as after a restart. It has its own `calls`. */
  restart(target?: Target): PipeBench;
}

export interface PipeBenchOptions {
  readonly settings?: Partial<PipeSettings>;
  readonly target?: Target;
  readonly faults?: FaultProbabilities;
  readonly seed?: number;
  readonly pageSize?: number;
  readonly sendDeadLetter?: (body: string) => Promise<void>;
}

const settings: PipeSettings = {
  pipeArn: 'arn:aws:pipes:eu-west-1:111122223333:pipe/favourites',
  streamArn: memoryStreamArn,
  startingPosition: 'TRIM_HORIZON',
  filterPatterns: ['{"eventName":["INSERT","REMOVE"]}'],
  batchSize: 10,
  maximumBatchingWindowSeconds: 1,
  parallelizationFactor: 1,
  maximumRetryAttempts: 3,
  maximumRecordAgeSeconds: 3_600,
  onPartialBatchItemFailure: 'AUTOMATIC_BISECT',
};

export function createPipeBench(options: PipeBenchOptions = {}): PipeBench {
  const clock = createVirtualClock();
  const stream = createMemoryStream({
    now: clock.now,
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
  });
  return createBenchOn({ ...options, clock, stream, checkpoints: createMemoryCheckpoints() });
}

function createBenchOn(
  options: PipeBenchOptions & Pick<PipeBench, 'clock' | 'stream' | 'checkpoints'>,
): PipeBench {
  const { clock, stream, checkpoints, target = () => success } = options;
  const faults = createFaultPlan({ probabilities: options.faults ?? {}, seed: options.seed ?? 1 });
  const calls: { readonly records: readonly unknown[]; readonly atMs: number }[] = [];
  const ranges: DeadLetterRange[] = [];
  const problems: string[] = [];
  const pipe = new LocalPipe({
    settings: { ...settings, ...options.settings },
    source: stream,
    invoke: async (records) => {
      calls.push({ records, atMs: clock.now() });
      return target(records, calls.length);
    },
    sendDeadLetter: async (body) => {
      await options.sendDeadLetter?.(body);
      ranges.push(JSON.parse(body) as DeadLetterRange);
    },
    checkpoints,
    faults,
    poisonKinds: poisonKindsOf(defaultSource),
    clock,
    onProblem: (message) => problems.push(message),
  });
  return {
    clock,
    stream,
    checkpoints,
    faults,
    calls,
    ranges,
    problems,
    pipe,
    drain: () => clock.result(pipe.drain()),
    stop: () => clock.result(pipe.stop()),
    restart: (next) => createBenchOn({ ...options, ...(next === undefined ? {} : { target: next }) }),
  };
}

function createMemoryCheckpoints(): CheckpointStore & { saved: Checkpoints } {
  const store = {
    saved: {} as Checkpoints,
    load: () => Promise.resolve(store.saved),
    save: (_streamArn: string, reached: Checkpoints) => {
      store.saved = reached;
      return Promise.resolve();
    },
  };
  return store;
}
