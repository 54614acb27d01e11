import type { FaultPlan } from '../faults/fault-plan.ts';
import type { InvocationOutcome } from '../function/invocation.ts';
import type { Clock, Signal } from './clock.ts';
import type { EventFilter } from './event-pattern.ts';
import type { PipeMeter } from './pipe-meter.ts';
import type { PoisonKinds } from './record-faults.ts';
import type { StreamSource } from './stream-source.ts';

/** The properties of AWS::Pipes::Pipe in the template. The local pipe has no other settings. */
export interface PipeSettings {
  readonly pipeArn: string;
  readonly streamArn: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** `FilterCriteria.Filters[].Pattern` as JSON. A record passes if one matches, or if the list is empty. */
  readonly filterPatterns: readonly string[];
  /** 1 to 10,000 records. */
  readonly batchSize: number;
  /** 0: send each batch at once. */
  readonly maximumBatchingWindowSeconds: number;
  /** Lanes of each shard, 1 to 10. */
  readonly parallelizationFactor: number;
  /** −1: no limit. */
  readonly maximumRetryAttempts: number;
  /** −1: no limit. */
  readonly maximumRecordAgeSeconds: number;
  readonly onPartialBatchItemFailure: 'AUTOMATIC_BISECT' | 'NONE';
}

/** Settings and services that all parts of one pipe share. */
export interface PipeContext {
  readonly settings: PipeSettings;
  readonly source: StreamSource;
  readonly filter: EventFilter;
  /** Invokes the target. Lanes call it concurrently: at most shards × parallelizationFactor at a time. */
  readonly invoke: (records: readonly unknown[]) => Promise<InvocationOutcome>;
  /** Resolves when the queue has confirmed the message. If it rejects, the pipe retries until it stops. */
  readonly sendDeadLetter: (body: string) => Promise<void>;
  readonly faults: FaultPlan;
  /** For the fault `poison`, which never occurs if this is empty. */
  readonly poisonKinds: PoisonKinds;
  readonly clock: Clock;
  readonly meter: PipeMeter;
  /** Prints one line, for example that the stream cannot be read, or that records were trimmed. */
  readonly onProblem: (message: string) => void;
  readonly isStopping: () => boolean;
  /** Resolves after the pause, or earlier if the pipe stops. */
  readonly pause: (pauseMs: number) => Promise<void>;
  /** Notified when a drain, a reader that waits for room, or the end of a shard may be able to continue. */
  readonly progress: Signal;
  /** Number of the newest drain; 0 before the first. */
  readonly newestDrain: () => number;
  readonly isDraining: () => boolean;
}
