/**
 * Every setting of the stack: type, unit, default and reason. `settingsFor(stage)` gives the defaults of a stage,
 * its second argument changes some of them; settings-from-context.ts reads the same from `cdk -c`.
 */
import {
  type LogLevel,
  type Stage,
  type TimeWindowKind,
  type TimeWindows,
  validateSettings,
} from './validation.ts';

export type {
  LogLevel,
  Stage,
  TimeWindowKind,
  TimeWindowRetention,
  TimeWindows,
} from './validation.ts';

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
  /** How many they were before, while they change: the API reads the larger number until a reconcile has moved all rows. */
  readonly previousRankingShards?: number;
  /** Transactions that one invocation has under way at once, 1 to 64. */
  readonly commitConcurrency: number;

  readonly pipe: PipeSettings;
  readonly aggregator: FunctionSettings;
  readonly logs: LogSettings;
  readonly deadLetters: DeadLetterSettings;
  readonly tables: TableSettings;
  readonly reconcile: ReconcileSettings;
  readonly api: ApiSettings;
  readonly alarms: AlarmSettings;
}

export interface ExistingFavourites {
  /** Its stream must have new and old images. */
  readonly tableArn: string;
  /** The ARN of the stream that is enabled now; a re-enabled stream has another one and needs a deploy. */
  readonly streamArn: string;
}

export interface PipeSettings {
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

export interface FunctionSettings {
  /** Mebibytes, 128 to 10,240. CPU grows with it. */
  readonly memoryMegabytes: number;
  /** Seconds, 5 to 300. */
  readonly timeoutSeconds: number;
}

export interface LogSettings {
  /** Days, one of those that CloudWatch Logs offers. */
  readonly retentionDays: number;
  /** DEBUG may log user ids; nothing above it does. */
  readonly level: LogLevel;
}

export interface DeadLetterSettings {
  /** Days, 1 to 14. */
  readonly retentionDays: number;
  /** Bytes, 1,024 to 1,048,576. */
  readonly maximumMessageBytes: number;
}

export interface TableSettings {
  /** Whether DynamoDB refuses to delete a table. */
  readonly deletionProtection: boolean;
  /** Whether tables and dead letters stay when the stack is deleted. Logs go with it. */
  readonly keepOnDelete: boolean;
}

export interface ReconcileSettings {
  /** Whether the schedules run. Off, a reconcile starts only by hand. */
  readonly scheduled: boolean;
  /** A schedule expression of EventBridge Scheduler, `cron(…)` or `rate(…)`. */
  readonly redriveSchedule: string;
  readonly repairSchedule: string;
  /** An IANA name, in which both schedules are read. */
  readonly timeZone: string;
  /** Seconds, 0 to 275 and short enough for `timeoutSeconds`, for which a difference must stand before it is drift. */
  readonly graceSeconds: number;
  /** Seconds, 60 to 604,800, after which a run that was aborted blocks the next no more. */
  readonly leaseSeconds: number;
  /** Mebibytes, 1 to 100,000, that one scan segment should have. */
  readonly segmentMegabytes: number;
  /** Segments of one table at most, and of all tables that are worked on at once, 1 to 100. */
  readonly segmentsMax: number;
  /** Write units a second, 1 to 1,000,000, that a seed may use. */
  readonly seedUnitsPerSecond: number;
  /** Seconds, 0 to 300, between the audit's first reading and its second. */
  readonly secondReadingSeconds: number;
  /** Seconds, 1 to 10, for which a restaurant may be asked to hold. */
  readonly holdSeconds: number;
  /** Of each function of the workflow. Mebibytes, 128 to 10,240. */
  readonly memoryMegabytes: number;
  /** Of each function of the workflow. Seconds, 20 to 300; a step of heal waits for the grace period inside it. */
  readonly timeoutSeconds: number;
}

export interface ApiSettings {
  /** Whether there is an API at all. Without one nobody here may write Favourites. */
  readonly enabled: boolean;
  /** Mebibytes, 128 to 10,240. CPU grows with it. */
  readonly memoryMegabytes: number;
  /** Seconds, 6 to 29: longer than the retries of one request, shorter than HTTP API waits. */
  readonly timeoutSeconds: number;
  /** Who may call it. There is no third kind: no endpoint is open. */
  readonly authorization: ApiAuthorizationSettings;
  /** Requests a second, 1 to 10,000, over all callers; beyond it HTTP API answers 429. */
  readonly requestsPerSecondMax: number;
  /** Requests, 1 to 5,000, that may come at once. */
  readonly requestsBurstMax: number;
  /** Origins whose pages may call it, such as `https://example.com`. Empty: none. */
  readonly corsOrigins: readonly string[];
  /** The kinds of `timeWindows` that the API serves. Absent: all; a new one is not to be served until a reconcile has filled it. */
  readonly servedTimeWindows?: readonly TimeWindowKind[];
}

export type ApiAuthorizationSettings =
  /** Signed requests of principals that may `execute-api:Invoke`: another service, which speaks for its users. */
  | { readonly kind: 'IAM' }
  /** Bearer tokens of an OpenID issuer; a user reaches only what belongs to the token's `sub`. */
  | { readonly kind: 'JWT'; readonly issuer: string; readonly audience: readonly string[] };

export interface AlarmSettings {
  /** The SNS topic that every alarm tells when it rings, and when it is over. Absent: they only change their state. */
  readonly topicArn?: string;
  /** Seconds, 1 to 86,400: a 99th percentile of the lag above this rings. */
  readonly lagSeconds: number;
}

/** Some settings; the rest are the stage's defaults. `timeWindows` replaces them all. */
export type SettingsOverrides = {
  readonly [K in Exclude<keyof Settings, 'stage'>]?: Settings[K] extends
    | PipeSettings
    | FunctionSettings
    | LogSettings
    | DeadLetterSettings
    | TableSettings
    | ReconcileSettings
    | ApiSettings
    | AlarmSettings
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
    reconcile: { ...defaults.reconcile, ...overrides.reconcile },
    api: {
      ...defaults.api,
      // Beside an existing table the application has its own way to write, and perhaps no index by user.
      enabled: overrides.existingFavourites === undefined,
      ...overrides.api,
    },
    alarms: { ...defaults.alarms, ...overrides.alarms },
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

    reconcile: {
      scheduled: true,
      // Dead letters wait a quarter of an hour at most. A run that finds none is three short invocations.
      redriveSchedule: 'cron(0/15 * * * ? *)',
      // The quietest hour of the quietest day for most. Not at a quarter of the hour, where redrive has the lease.
      repairSchedule: 'cron(37 3 ? * SUN *)',
      timeZone: 'UTC',
      // Counts follow within a second or two; a failed batch is tried again within a minute. What takes longer shows
      // in the lag, and a run does not start.
      graceSeconds: 60,
      // Nothing but work done twice hangs on it. An hour: most tables are through by then, and what an aborted run
      // blocks is no more than four redrives.
      leaseSeconds: 3600,
      // 64 MiB are some 400,000 favourites: a minute's work, so that a retried segment repeats little.
      segmentMegabytes: 64,
      // Invocations at once, beside those of the pipe, of the 1,000 that an account has by default. Even the 100 that
      // are possible make payloads of some 60 KB, far below the 256 KB that are allowed.
      segmentsMax: 20,
      // A new table on demand takes 4,000 write units a second at once: half of it stays for the live traffic.
      seedUnitsPerSecond: 2000,
      // A transaction is applied to all of its items within a second or so, ten to be sure.
      secondReadingSeconds: 10,
      // Time for some recounts of a large restaurant; its events wait as long, inside the pipe's retries.
      holdSeconds: 10,
      // A page of each table with what became of its keys, beside Node's own 70 MB.
      memoryMegabytes: 512,
      // The work is cut into steps anyway; long ones have room for the grace period and start less often.
      timeoutSeconds: 300,
    },

    api: {
      enabled: true,
      // Twice the aggregator's: a person waits, and half of a cold start is CPU.
      memoryMegabytes: 512,
      // A request tries for five seconds at the worst (src/api/handler.ts): twice that.
      timeoutSeconds: 10,
      // Works without an issuer, and opens nothing: nobody may call it until a policy says so.
      authorization: { kind: 'IAM' },
      // A twentieth of what an account may do in a region by default (10,000, with bursts of 5,000; API Gateway quotas
      // page), so that no other API starves; if all of them were marks, a tenth of what ten shards count.
      requestsPerSecondMax: 500,
      requestsBurstMax: 1000,
      corsOrigins: [],
    },

    alarms: {
      // The grace period of a reconcile: counts that lag further behind cannot be compared.
      lagSeconds: 60,
    },
  };
}

/** What `npm start` and `cdk synth` use when nothing else is said. */
export const defaultSettings: Settings = settingsFor('dev');
