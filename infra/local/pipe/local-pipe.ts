import type { FaultPlan } from '../faults/fault-plan.ts';
import type { InvocationOutcome } from '../function/local-function.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import type { Clock } from './clock.ts';
import type { PipeFigures } from './pipe-figures.ts';
import type { PipeSettings } from './pipe-settings.ts';
import type { StreamSource } from './stream-source.ts';

export interface LocalPipe {
  start(): void;
  /** Resolves when every record that was in the stream when it was called is answered, or given up to the dead-letter queue. */
  drain(): Promise<void>;
  /** Delivers nothing more, waits for the invocations under way (end them first to be quick), saves the checkpoints. */
  stop(): Promise<void>;
  readonly figures: PipeFigures;
}

export interface LocalPipeOptions {
  readonly settings: PipeSettings;
  /** `createDynamoDbStreamSource({ streams, streamArn })`, or one in memory. */
  readonly source: StreamSource;
  /** The target. Called for several lanes at a time: at most shards × parallelizationFactor. */
  readonly invoke: (records: readonly unknown[]) => Promise<InvocationOutcome>;
  /** Resolves when the queue has confirmed the message. Called again, for ever, when it rejects. */
  readonly sendDeadLetter: (body: string) => Promise<void>;
  /** `openCheckpointFile({ directory })`, or one in memory. */
  readonly checkpoints: CheckpointStore;
  readonly faults: FaultPlan;
  readonly clock?: Clock;
  /** One line for whoever runs this: the stream cannot be read, the queue does not take a message, records were trimmed. */
  readonly onProblem?: (message: string) => void;
}

export function createLocalPipe(_options: LocalPipeOptions): LocalPipe {
  throw new Error('not yet');
}
