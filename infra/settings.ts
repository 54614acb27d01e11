/**
 * Every knob of the stack: type, unit, default and reason. `settingsFor(stage)` gives the defaults of a stage,
 * its second argument changes some of them; settings-from-context.ts reads the same from `cdk -c`.
 */
import { type LogLevel, type Stage, type TimeWindows, validateSettings } from './settings-validation.ts';

export type {
  LogLevel,
  Stage,
  TimeWindowKind,
  TimeWindowRetention,
  TimeWindows,
} from './settings-validation.ts';

export interface Settings {
  /** One stack per stage. `prod` keeps its tables when the stack is deleted, `dev` deletes them with it. */
  readonly stage: Stage;
  readonly stackName: string;

  /** A Favourites table that exists already: the stack is put beside it, and creates the rest. Absent: created. */
  readonly existingFavourites?: ExistingFavourites;

  /** The windows that are kept beside ALL_TIME, which is always kept: `{ MONTH: 400, DAY: 'forever' }`. */
  readonly timeWindows: TimeWindows;
  /** Partitions of the ranking index that each window is spread over, 1 to 200. */
  readonly rankingShards: number;
  /** Transactions that one invocation has under way at once, 1 to 64. */
  readonly commitConcurrency: number;

  readonly pipe: PipeKnobs;
  readonly aggregator: FunctionKnobs;
  readonly logs: LogKnobs;
  readonly deadLetters: DeadLetterKnobs;
  readonly tables: TableKnobs;
}

export interface ExistingFavourites {
  /** Its stream must have new and old images. */
  readonly tableArn: string;
  /** The ARN of the stream that is enabled now; a re-enabled stream has another one and needs a deploy. */
  readonly streamArn: string;
}

export interface PipeKnobs {
  /** Records, 1 to 10,000. */
  readonly batchSize: number;
  /** Seconds that the pipe waits for a batch to fill, 0 or 1. */
  readonly maximumBatchingWindowSeconds: number;
  /** Lanes per shard, 1 to 10. */
  readonly parallelizationFactor: number;
  /** Times, 1 to 10,000, that a failed batch is tried again before its range goes to the dead letters. */
  readonly maximumRetryAttempts: number;
  /** Seconds, 60 to 21,600, after which a record is given up to the dead letters. */
  readonly maximumRecordAgeSeconds: number;
}

export interface FunctionKnobs {
  /** Mebibytes, 128 to 10,240. CPU grows with it. */
  readonly memoryMegabytes: number;
  /** Seconds, 5 to 300. */
  readonly timeoutSeconds: number;
}

export interface LogKnobs {
  /** Days, one of those that CloudWatch Logs offers. */
  readonly retentionDays: number;
  /** DEBUG may log user ids; nothing above it does. */
  readonly level: LogLevel;
}

export interface DeadLetterKnobs {
  /** Days, 1 to 14. */
  readonly retentionDays: number;
  /** Bytes, 1,024 to 1,048,576. */
  readonly maximumMessageBytes: number;
}

export interface TableKnobs {
  /** Whether DynamoDB refuses to delete a table. */
  readonly deletionProtection: boolean;
  /** Whether tables and dead letters stay when the stack is deleted. Logs go with it. */
  readonly keepOnDelete: boolean;
}

/** Some settings; the rest are the stage's defaults. `timeWindows` replaces them all. */
export type SettingsOverrides = {
  readonly [K in Exclude<keyof Settings, 'stage'>]?: Settings[K] extends
    | PipeKnobs
    | FunctionKnobs
    | LogKnobs
    | DeadLetterKnobs
    | TableKnobs
    ? Partial<Settings[K]>
    : Settings[K];
};

/**
 * The settings of a stage, with some of them changed.
 * @throws {SettingsError} naming every setting that cannot be, not only the first.
 */
export function settingsFor(stage: Stage, overrides: SettingsOverrides = {}): Settings {
  const defaults = defaultsOf(stage);
  return validateSettings({
    ...defaults,
    ...overrides,
    pipe: { ...defaults.pipe, ...overrides.pipe },
    aggregator: { ...defaults.aggregator, ...overrides.aggregator },
    logs: { ...defaults.logs, ...overrides.logs },
    deadLetters: { ...defaults.deadLetters, ...overrides.deadLetters },
    tables: { ...defaults.tables, ...overrides.tables },
  });
}

function defaultsOf(stage: Stage): Settings {
  const isProduction = stage === 'prod';
  return {
    stage,
    stackName: `FavouriteCounts-${stage}`,

    timeWindows: {
      // Three years and a month: this month beside the same month of each of the last three years.
      MONTH: 1130,
      // Two of the longest months: a whole month by day beside the one before. Day rows are most of the table.
      DAY: 62,
    },

    // One index partition takes about 1,000 write units a second, and a count change costs two of them (its old
    // entry out, its new one in): 10 shards carry about 5,000 count changes a second for one window. Each shard
    // more is one query more for every reading of the ranking.
    rankingShards: 10,

    // A batch of 1,000 is 10 to 40 transactions of up to 100 actions; four at once commit it well inside the
    // timeout. More of them only meet each other's restaurants from the other lanes more often.
    commitConcurrency: 4,

    pipe: {
      // The larger the batch, the more favourites of a restaurant share one write of its count rows. 1,000 records
      // are about 1 MB of the 6 MB that an invocation may carry (the pipe cuts a batch at 6 MB by itself), and
      // commit in a few seconds. In a quiet hour the window below sends what there is.
      batchSize: 1000,
      // Counts are promised within a second or two of the write: the window is at most half of that.
      maximumBatchingWindowSeconds: 1,
      // One shard takes at most 1,000 writes a second, and one lane with several transactions under way counts more
      // than that (docs/benchmarks.md, on one machine). Each lane more halves the batches, and with them what favourites of one restaurant share, and
      // spreads a restaurant over lanes whose transactions conflict. It also halves what a hot restaurant can delay
      // (I6): raise it where that counts for more than the price.
      parallelizationFactor: 1,
      // Halving 1,000 records down to one takes 10 attempts; 40 more outlast a throttled partition. Then the
      // lane goes on, and redrive reads the range again.
      maximumRetryAttempts: 50,
      // 6 h: what is given up can be read again from the stream for the 18 h that remain of its 24.
      maximumRecordAgeSeconds: 21_600,
    },

    aggregator: {
      // Lambda's least is 128 MB, with a fourteenth of a CPU: too little to sign 40 requests and to hold a 6 MB
      // batch, parsed, beside Node's own 70 MB. 256 MB holds it, with twice the CPU.
      memoryMegabytes: 256,
      // A hot restaurant delays its lane by at most one invocation (I6); a full batch normally takes 1 to 3 s.
      timeoutSeconds: 30,
    },

    logs: {
      // Longer than the dead letters live, so that the log of what failed is there as long as they are; a
      // quarter in production.
      retentionDays: isProduction ? 90 : 30,
      level: 'INFO',
    },

    deadLetters: {
      // SQS's most: I5 holds as long as the dead letters live.
      retentionDays: 14,
      // 1 MiB, SQS's most: a DynamoDB record with both images compresses into it nearly always.
      maximumMessageBytes: 1_048_576,
    },

    tables: { deletionProtection: isProduction, keepOnDelete: isProduction },
  };
}

/** What `npm start` and `cdk synth` use when nothing else is said. */
export const defaultSettings: Settings = settingsFor('dev');
