/**
 * Declares every setting of the stack once: its reason, what it may be, and its default. The settings that
 * handlers read come from src/lambda/settings.ts. Types, checks, `cdk -c`, the environment of each function
 * and docs/settings.md are derived from these declarations; docs/settings.md also shows their comments.
 */
import { array, boolean, picklist, pipe, rawTransform, unknown } from 'valibot';
import type { Source } from '../../src/counting/source/source.ts';
import { windowKinds } from '../../src/counting/time-window.ts';
import {
  type Defaults,
  fromText,
  oneOf,
  type Rule,
  type Setting,
  text,
  wholeNumber,
} from '../../src/lambda/environment.ts';
import * as lambda from '../../src/lambda/settings.ts';
import { readSource } from './read-source.ts';
import { isSchedule } from './schedule.ts';
import { isTimeZone } from '../../src/counting/time-zone.ts';

type HandlerSetting = Extract<(typeof lambda)[keyof typeof lambda], { readonly path: string }>;

export const handlerSettings = Object.fromEntries(
  Object.values(lambda).flatMap((declared) =>
    'path' in declared && 'value' in declared ? [[declared.path, declared.value]] : [],
  ),
) as unknown as { readonly [S in HandlerSetting as S['path']]: S['value'] };

const kind = { schema: picklist(windowKinds), expected: `some of ${windowKinds.join(', ')}` };
const tableArn = /^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/;
const kmsKeyArn = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,64}$/;
const topicArn = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;

const stackSettings = {
  /** There is one stack per stage. Deleting it keeps the tables in prod, and deletes them in dev. */
  stage: oneOf({ default: 'dev', options: ['dev', 'prod'] }),
  /** Names the stack, its log groups, its dashboard and its metrics. */
  stackName: text('a letter, then up to 127 letters, digits or hyphens', /^[A-Za-z][A-Za-z0-9-]{0,127}$/, {
    default: 'FavouriteCounts-dev',
    prod: 'FavouriteCounts-prod',
  }),
  /** A Favourites table that already exists. The stack uses it, and creates everything else. */
  'existingFavourites.tableArn': text('the ARN of a DynamoDB table', tableArn, { default: undefined }),
  /**
   * The stream of that table, with new and old images. A stream that was enabled again has another ARN:
   * deploy with that one.
   */
  'existingFavourites.streamArn': text('the LatestStreamArn of the table', /\/stream\/[0-9T:.-]+$/, {
    default: undefined,
  }),
  /**
   * The customer managed key that encrypts that table. The functions that read the table, and the pipe, may
   * then decrypt with it, through DynamoDB alone.
   */
  'existingFavourites.keyArn': text('the ARN of a KMS key', kmsKeyArn, { default: undefined }),
  /**
   * The old number of ranking shards, while you change rankingShards. Readers read as many shards as the
   * larger of the two, until a reconcile has moved all rows and you remove this setting.
   */
  previousRankingShards: wholeNumber({ default: undefined, min: 1, max: 200, unit: 'shards' }),
  /**
   * The old value of ranking, while you change it. Readers use the higher of the two floors, until a
   * reconcile has corrected all rows and you remove this setting.
   */
  previousRanking: { ...lambda.ranking.value, default: undefined },
  /**
   * The kinds of windows that the API and the client serve, by default all. Leave a new kind out until a
   * reconcile has counted it.
   */
  servedTimeWindows: list(kind, { default: undefined }),
  /** Larger batches write fewer count rows. 1,000 records are about 1 MB and commit in a few seconds. */
  'pipe.batchSize': wholeNumber({ default: 1000, min: 1, max: 10_000, unit: 'records' }),
  /**
   * How long the pipe waits for a batch to fill. Counts are late by up to this long, but fuller batches
   * cost fewer invocations and writes.
   */
  'pipe.maximumBatchingWindowSeconds': wholeNumber({ default: 1, min: 0, max: 300, unit: 'seconds' }),
  /**
   * How many lanes carry each shard of the stream. With more lanes a hot restaurant delays fewer others, but
   * transactions conflict more often.
   */
  'pipe.parallelizationFactor': wholeNumber({ default: 1, min: 1, max: 10, unit: 'lanes' }),
  /**
   * Ten retries bisect a batch of 1,000 down to one record, and forty more outlast a throttled partition.
   * Then the pipe gives up, and sends the range to the dead letters, which redrive reads.
   */
  'pipe.maximumRetryAttempts': wholeNumber({ default: 50, min: 1, max: 10_000, unit: 'retries' }),
  /**
   * The pipe gives up on a record of this age. The stream keeps records for 24 hours, so by default redrive
   * has the other 18 hours to read it.
   */
  'pipe.maximumRecordAgeSeconds': wholeNumber({ default: 21_600, min: 60, max: 21_600, unit: 'seconds' }),
  /**
   * Enough for a parsed batch of 6 MB beside the 70 MB of Node itself, with twice the CPU of the smallest
   * function.
   */
  'aggregator.memoryMegabytes': memory(256),
  /** A hot restaurant delays its lane by at most one invocation (I6). A full batch takes 1 to 3 seconds. */
  'aggregator.timeoutSeconds': wholeNumber({ default: 30, min: 5, max: 300, unit: 'seconds' }),
  /** Longer than the queue keeps dead letters, so that the log of each failure is still there. */
  'logs.retentionDays': oneOf({
    default: 30,
    prod: 90,
    // API reference, PutRetentionPolicy.
    options: [
      ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
      ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
    ],
  }),
  /** DEBUG may log user ids; the other levels never do. */
  'logs.level': oneOf({ default: 'INFO', options: ['DEBUG', 'INFO', 'WARN', 'ERROR'] }),
  /** The longest that SQS offers. No record is lost (I5) while its dead letter is kept. */
  'deadLetters.retentionDays': wholeNumber({ default: 14, min: 1, max: 14, unit: 'days' }),
  /** The most that SQS offers. A compressed stream record with both images nearly always fits. */
  'deadLetters.maximumMessageBytes': wholeNumber({
    default: 1_048_576,
    min: 1024,
    max: 1_048_576,
    unit: 'bytes',
  }),
  /** Makes DynamoDB reject a deletion of the tables. */
  'tables.deletionProtection': flag({ default: false, prod: true }),
  /** Keeps the tables and the dead letters when the stack is deleted. The logs are deleted in any case. */
  'tables.keepOnDelete': flag({ default: false, prod: true }),
  /** Turns both schedules on. Without them a reconcile starts only by hand. */
  'reconcile.scheduled': flag({ default: true }),
  /**
   * By default a dead letter waits at most a quarter of an hour. A run that finds no dead letter takes three
   * short invocations.
   */
  'reconcile.redriveSchedule': schedule('cron(0/15 * * * ? *)'),
  /**
   * By default the quietest hour of the week for most applications. It avoids the quarter hours, when redrive
   * has the lease.
   */
  'reconcile.repairSchedule': schedule('cron(37 3 ? * SUN *)'),
  /** The time zone of both schedules. */
  'reconcile.timeZone': text('an IANA time zone such as Europe/Berlin', isTimeZone, { default: 'UTC' }),
  /** Enough for a page of each table and the outcome of each key, beside the 70 MB of Node itself. */
  'reconcile.memoryMegabytes': memory(512),
  /**
   * A run works in steps of at most this length. Each step reserves up to seven seconds of it to finish.
   */
  'reconcile.timeoutSeconds': wholeNumber({ default: 300, min: 20, max: 300, unit: 'seconds' }),
  /**
   * Without the API nothing in the stack may write Favourites. Beside an existing table it is off by
   * default.
   */
  'api.enabled': flag({ default: true }),
  /** Twice the aggregator’s memory, because a person waits and half of a cold start is CPU time. */
  'api.memoryMegabytes': memory(512),
  /**
   * Twice the five seconds that a request takes with all its retries, and below the 30 seconds that HTTP
   * API waits.
   */
  'api.timeoutSeconds': wholeNumber({ default: 10, min: 6, max: 29, unit: 'seconds' }),
  /** The issuer that signs the tokens. It is used only with kind JWT. */
  'api.authorization.issuer': text('the https:// URL of an OpenID issuer', isIssuer, { default: undefined }),
  /**
   * The applications whose tokens the API accepts. Kind JWT needs at least one, because an issuer signs
   * tokens for other applications too.
   */
  'api.authorization.audience': list(text('client ids', /^\S+$/, { default: '' }), { default: [] }),
  /**
   * Above this rate HTTP API returns 429. The default is a twentieth of an account’s quota, so that other
   * APIs keep their share.
   */
  'api.requestsPerSecondMax': wholeNumber({ default: 500, min: 1, max: 10_000, unit: 'requests a second' }),
  /** How many requests may come at once. The default is a fifth of an account’s quota. */
  'api.requestsBurstMax': wholeNumber({ default: 1000, min: 1, max: 5000, unit: 'requests' }),
  /** The origins whose pages may call the API from a browser. */
  'api.corsOrigins': list(text('origins such as https://example.com', isOrigin, { default: '' }), {
    default: [],
  }),
  /** The dashboard of the pipeline. CloudWatch charges three dollars a month for it. */
  dashboard: flag({ default: true }),
  /** The alarms of the pipeline. CloudWatch charges ten cents a month for each metric that they watch. */
  'alarms.enabled': flag({ default: true }),
  /**
   * Every alarm notifies this topic when it starts and when it ends. Without a topic, alarms only change
   * their state.
   */
  'alarms.topicArn': text('the ARN of an SNS topic (not a FIFO one)', topicArn, { default: undefined }),
  /**
   * The alarm rings when one event in a hundred is counted later than this. No repair and no verify starts
   * while the lag exceeds the grace period of the reconcile.
   */
  'alarms.lagSeconds': wholeNumber({ default: 60, min: 1, max: 86_400, unit: 'seconds' }),
  /**
   * The alarm rings when a reconcile finds more rows than this that can never be counted as they are. If you
   * leave some of them as they are, raise this setting to their number.
   */
  'alarms.rejectedRowsMax': wholeNumber({ default: 0, min: 0, max: 1_000_000_000, unit: 'rows' }),
} as const satisfies Record<string, Setting>;

type Declarations = typeof stackSettings & typeof handlerSettings;
type Path = keyof Declarations;
type ValueAt<P extends Path> = Declarations[P] extends Rule<infer T> & Defaults<infer D> ? T | D : never;
/** The names one level below a prefix such as `` or `pipe.`. */
type NameIn<Prefix extends string> = Path extends infer P
  ? P extends `${Prefix}${infer Rest}`
    ? Rest extends `${infer Head}.${string}`
      ? Head
      : Rest
    : never
  : never;
type Tree<Prefix extends string> = {
  readonly [N in NameIn<Prefix>]: `${Prefix}${N}` extends Path
    ? ValueAt<`${Prefix}${N}`>
    : Tree<`${Prefix}${N}.`>;
};
type Overrides<T> = T extends readonly unknown[] | string | number | boolean | Source | undefined
  ? T
  : { readonly [Name in keyof T]?: Overrides<T[Name]> };

export type Settings = Tree<''>;
/**
 * Some settings; all others have the defaults of the stage. `source` and `timeWindows` are replaced as a
 * whole.
 */
export type SettingsOverrides = Overrides<Omit<Settings, 'stage'>>;

export const declarations: ReadonlyMap<string, Setting> = new Map(
  Object.entries<Setting>({
    ...stackSettings,
    ...handlerSettings,
    // Handlers do not check the description again, so every mistake is reported here.
    source: { ...handlerSettings.source, schema: checkedSource(), isDetailed: true },
  }),
);

function checkedSource() {
  return pipe(
    unknown(),
    rawTransform<unknown, Source>(({ dataset, addIssue, NEVER }) => {
      const reading = readSource(dataset.value);
      if (reading.kind === 'source') return reading.source;
      for (const message of reading.issues) addIssue({ message });
      return NEVER;
    }),
  );
}

function memory(mebibytes: number) {
  return wholeNumber({ default: mebibytes, min: 128, max: 10_240, unit: 'MiB' });
}

function flag(defaults: Defaults<boolean>) {
  const schema = pipe(
    fromText((word) => word === 'true' || (word === 'false' ? false : word)),
    boolean(),
  );
  return { schema, expected: 'true or false', ...defaults };
}

/** As text `a,b`; an empty text is an empty list. */
function list<const T extends string, D extends readonly T[] | undefined = readonly T[]>(
  { schema, expected }: Rule<T>,
  defaults: Defaults<D>,
): Rule<readonly T[]> & Defaults<D> {
  const items = fromText((given) => (given === '' ? [] : given.split(',')));
  return { schema: pipe(items, array(schema)), expected: `${expected}, separated by commas`, ...defaults };
}

function schedule(byDefault: string) {
  const expected = 'rate(…), or cron(…) with the six fields of EventBridge Scheduler';
  return text(expected, isSchedule, { default: byDefault });
}

function isIssuer(given: string): boolean {
  const url = urlOf(given);
  return url?.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '';
}

/** Node 20, which adopters may synthesize with, has no URL.parse. */
function urlOf(given: string): URL | undefined {
  return URL.canParse(given) ? new URL(given) : undefined;
}

/** An origin as a browser sends it. No `*`, because AWS takes `https://*` to mean every https page. */
function isOrigin(given: string): boolean {
  const url = urlOf(given);
  return /^https?:$/.test(url?.protocol ?? '') && url?.origin === given && !given.includes('*');
}
