import type { FaultPlan } from '../faults/fault-plan.ts';
import type { InvocationOutcome } from '../function/invocation.ts';
import type { Clock, Signal } from './clock.ts';
import type { EventFilter } from './event-pattern.ts';
import type { PipeMeter } from './pipe-meter.ts';
import type { PoisonKinds } from './record-faults.ts';
import type { StreamSource } from './stream-source.ts';

/** What the resolved template says of its AWS::Pipes::Pipe: the local pipe has no other settings. */
export interface PipeSettings {
  readonly pipeArn: string;
  readonly streamArn: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /**
   * `FilterCriteria.Filters[].Pattern`, JSON texts: a record passes when one of them matches, or there is
   * none.
   */
  readonly filterPatterns: readonly string[];
  /** 1 to 10,000 records. */
  readonly batchSize: number;
  /** 0: a batch goes at once. */
  readonly maximumBatchingWindowSeconds: number;
  /** Lanes of each shard, 1 to 10. */
  readonly parallelizationFactor: number;
  /** −1: for ever. */
  readonly maximumRetryAttempts: number;
  /** −1: no limit. */
  readonly maximumRecordAgeSeconds: number;
  readonly onPartialBatchItemFailure: 'AUTOMATIC_BISECT' | 'NONE';
}

/** What all parts of one pipe share. */
export interface PipeContext {
  readonly settings: PipeSettings;
  readonly source: StreamSource;
  readonly filter: EventFilter;
  /** The target. Called for several lanes at a time: at most shards × parallelizationFactor. */
  readonly invoke: (records: readonly unknown[]) => Promise<InvocationOutcome>;
  /**
   * Resolves when the queue has confirmed the message. Called again, until the pipe stops, when it rejects.
   */
  readonly sendDeadLetter: (body: string) => Promise<void>;
  readonly faults: FaultPlan;
  /** Of the fault `poison`, which never occurs without any. */
  readonly poisonKinds: PoisonKinds;
  readonly clock: Clock;
  readonly meter: PipeMeter;
  /** Prints one line: the stream cannot be read, the queue does not take a message, records were trimmed. */
  readonly onProblem: (message: string) => void;
  readonly isStopping: () => boolean;
  /** Ends early when the pipe stops. */
  readonly pause: (pauseMs: number) => Promise<void>;
  /** Notified at every change that checkpoints, drains and reading ahead depend on. */
  readonly progress: Signal;
  /** Number of the newest drain; 0 before the first. */
  readonly newestDrain: () => number;
  readonly isDraining: () => boolean;
}
