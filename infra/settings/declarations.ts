/**
 * Every setting of the stack, once: what it may be, its default and why. Those that handlers read come from
 * src/lambda/settings.ts. Types, checks, `cdk -c`, the environment of each function and docs/settings.md derive from this.
 */
import { array, boolean, check, type GenericSchema, picklist, pipe, regex, string } from 'valibot';
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
import { isSchedule } from './schedule.ts';

type HandlerSetting = Extract<(typeof lambda)[keyof typeof lambda], { readonly path: string }>;

const handlerSettings = Object.fromEntries(
  Object.values(lambda).flatMap((declared) =>
    'path' in declared && 'why' in declared ? [[declared.path, declared]] : [],
  ),
) as unknown as { readonly [S in HandlerSetting as S['path']]: S };

const tableArn = /^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/;
const topicArn = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/;

const stackSettings = {
  stage: {
    value: oneOf({ default: 'dev', options: ['dev', 'prod'] }),
    why: 'One stack per stage; prod keeps its tables when the stack is deleted, dev deletes them with it.',
  },
  stackName: {
    value: text('a letter, then up to 127 letters, digits or hyphens', /^[A-Za-z][A-Za-z0-9-]{0,127}$/, {
      default: 'FavouriteCounts-dev',
      prod: 'FavouriteCounts-prod',
    }),
    why: 'Names the stack, its log groups and its metrics.',
  },
  'existingFavourites.tableArn': {
    value: text('the ARN of a DynamoDB table', tableArn, { default: undefined }),
    why: 'A Favourites table that exists already: the stack is put beside it and creates the rest.',
  },
  'existingFavourites.streamArn': {
    value: text('the LatestStreamArn of the table', /\/stream\/[0-9T:.-]+$/, { default: undefined }),
    why: 'Its stream, with new and old images; one that was enabled again has another ARN, which needs a deploy.',
  },
  previousRankingShards: {
    value: wholeNumber({ default: undefined, min: 1, max: 200, unit: 'shards' }),
    why: 'While rankingShards changes, the API reads the larger number, until a reconcile has moved all rows.',
  },
  'pipe.batchSize': {
    value: wholeNumber({ default: 1000, min: 1, max: 10_000, unit: 'records' }),
    why: 'A larger batch writes fewer count rows; 1,000 records are about 1 MB and commit in a few seconds.',
  },
  'pipe.maximumBatchingWindowSeconds': {
    value: wholeNumber({ default: 1, min: 0, max: 300, unit: 'seconds' }),
    why:
      'How long the pipe waits for a batch to fill: counts are late by up to this time, and a longer window makes ' +
      'fewer, fuller batches, so fewer invocations and fewer writes to pay for.',
  },
  'pipe.parallelizationFactor': {
    value: wholeNumber({ default: 1, min: 1, max: 10, unit: 'lanes' }),
    why: 'One lane carries a whole shard; more lanes conflict more, but a hot restaurant delays fewer others.',
  },
  'pipe.maximumRetryAttempts': {
    value: wholeNumber({ default: 50, min: 1, max: 10_000, unit: 'retries' }),
    why: 'Ten halve 1,000 records down to one, forty more outlast a throttled partition; then redrive reads them again.',
  },
  'pipe.maximumRecordAgeSeconds': {
    value: wholeNumber({ default: 21_600, min: 60, max: 21_600, unit: 'seconds' }),
    why: 'Six hours: what is given up then can be read again from the stream for the 18 hours that remain of its 24.',
  },
  'aggregator.memoryMegabytes': {
    value: memory(256),
    why: '256 MiB hold a parsed batch of 6 MB beside Node’s own 70 MB, with twice the CPU of the smallest function.',
  },
  'aggregator.timeoutSeconds': {
    value: wholeNumber({ default: 30, min: 5, max: 300, unit: 'seconds' }),
    why: 'A hot restaurant delays its lane by at most one invocation (I6); a full batch takes 1 to 3 seconds.',
  },
  'logs.retentionDays': {
    // API reference, PutRetentionPolicy.
    value: oneOf({
      default: 30,
      prod: 90,
      options: [
        ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
        ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
      ],
    }),
    why: 'Longer than dead letters live, so that the log of what failed is still there.',
  },
  'logs.level': {
    value: oneOf({ default: 'INFO', options: ['DEBUG', 'INFO', 'WARN', 'ERROR'] }),
    why: 'DEBUG may log user ids; the levels above never do.',
  },
  'deadLetters.retentionDays': {
    value: wholeNumber({ default: 14, min: 1, max: 14, unit: 'days' }),
    why: 'The longest that SQS offers: no record is lost (I5) while its dead letter lives.',
  },
  'deadLetters.maximumMessageBytes': {
    value: wholeNumber({ default: 1_048_576, min: 1024, max: 1_048_576, unit: 'bytes' }),
    why: 'The most that SQS offers: a stream record with both images nearly always fits into it when compressed.',
  },
  'tables.deletionProtection': {
    value: flag({ default: false, prod: true }),
    why: 'Makes DynamoDB refuse to delete a table.',
  },
  'tables.keepOnDelete': {
    value: flag({ default: false, prod: true }),
    why: 'Keeps tables and dead letters when the stack is deleted; logs go with it.',
  },
  'reconcile.scheduled': {
    value: flag({ default: true }),
    why: 'Turns both schedules on; without them a reconcile starts only by hand.',
  },
  'reconcile.redriveSchedule': {
    value: schedule('cron(0/15 * * * ? *)'),
    why: 'A dead letter waits a quarter of an hour at most; a run that finds none is three short invocations.',
  },
  'reconcile.repairSchedule': {
    value: schedule('cron(37 3 ? * SUN *)'),
    why: 'The quietest hour of the quietest day for most, and not at a quarter of an hour, where redrive has the lease.',
  },
  'reconcile.timeZone': {
    value: text('an IANA time zone such as Europe/Berlin', isTimeZone, { default: 'UTC' }),
    why: 'The zone in which both schedules are read.',
  },
  'reconcile.memoryMegabytes': {
    value: memory(512),
    why: 'A page of each table and the outcome of each key, beside Node’s own 70 MB.',
  },
  'reconcile.timeoutSeconds': {
    // A step keeps up to seven seconds for its end; in a shorter one it would never make progress.
    value: wholeNumber({ default: 300, min: 20, max: 300, unit: 'seconds' }),
    why: 'The work is cut into steps of this length; long ones start less often.',
  },
  'api.enabled': {
    value: flag({ default: true }),
    why: 'Without an API nothing of the stack may write Favourites; beside an existing table it is off by default.',
  },
  'api.memoryMegabytes': {
    value: memory(512),
    why: 'Twice the aggregator’s: a person waits, and half of a cold start is CPU.',
  },
  'api.timeoutSeconds': {
    value: wholeNumber({ default: 10, min: 6, max: 29, unit: 'seconds' }),
    why: 'Twice the five seconds of a request with all its retries, and below the 30 that HTTP API waits.',
  },
  'api.authorization.issuer': {
    value: text('the https:// URL of an OpenID issuer', isIssuer, { default: undefined }),
    why: 'Who signs the tokens; only with kind JWT.',
  },
  'api.authorization.audience': {
    value: list({
      of: pipe(string(), regex(/^\S+$/)),
      expected: 'client ids, separated by commas',
      default: [],
    }),
    why: 'The applications whose tokens count, at least one with kind JWT: the issuer may sign tokens for others too.',
  },
  'api.requestsPerSecondMax': {
    value: wholeNumber({ default: 500, min: 1, max: 10_000, unit: 'requests a second' }),
    why: 'HTTP API answers 429 beyond it: a twentieth of an account’s quota, so that no other API starves.',
  },
  'api.requestsBurstMax': {
    value: wholeNumber({ default: 1000, min: 1, max: 5000, unit: 'requests' }),
    why: 'Requests that may come at once, a fifth of an account’s quota.',
  },
  'api.corsOrigins': {
    value: list({
      of: pipe(string(), check(isOrigin)),
      expected: 'origins such as https://example.com, separated by commas',
      default: [],
    }),
    why: 'The origins whose pages may call the API from a browser.',
  },
  'api.servedTimeWindows': {
    value: list({
      of: picklist(windowKinds),
      expected: `some of ${windowKinds.join(', ')}, separated by commas`,
      default: undefined,
    }),
    why: 'Of timeWindows, those that the API serves; by default all. Leave a new one out until a reconcile has filled it.',
  },
  'alarms.topicArn': {
    value: text('the ARN of an SNS topic (not a FIFO one)', topicArn, { default: undefined }),
    why: 'Every alarm is sent there, and its end too; without one, alarms only change their state.',
  },
  'alarms.lagSeconds': {
    value: wholeNumber({ default: 60, min: 1, max: 86_400, unit: 'seconds' }),
    why: 'Rings when one event in a hundred is counted later than this: beyond the grace period no run can start.',
  },
} as const satisfies Record<string, Setting>;

type Declarations = typeof stackSettings & typeof handlerSettings;
type Path = keyof Declarations;
type ValueAt<P extends Path> = Declarations[P]['value'] extends Rule<infer T> & Defaults<infer D>
  ? T | D
  : never;
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
type Overrides<T> = T extends readonly unknown[] | string | number | boolean | undefined
  ? T
  : { readonly [Name in keyof T]?: Overrides<T[Name]> };

export type Settings = Tree<''>;
/** Some settings; the rest are the stage's defaults. `timeWindows` replaces them all. */
export type SettingsOverrides = Overrides<Omit<Settings, 'stage'>>;

export const declarations: ReadonlyMap<string, Setting> = new Map(
  Object.entries<Setting>({ ...stackSettings, ...handlerSettings }),
);

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
function list<const T extends string, D extends readonly T[] | undefined = readonly T[]>({
  of,
  expected,
  ...defaults
}: Defaults<D> & { readonly of: GenericSchema<unknown, T>; readonly expected: string }) {
  const schema: GenericSchema<unknown, readonly T[]> = pipe(
    fromText((given) => (given === '' ? [] : given.split(','))),
    array(of),
  );
  return { schema, expected, ...defaults };
}

function schedule(byDefault: string) {
  const expected = 'rate(…), or cron(…) with the six fields of EventBridge Scheduler';
  return text(expected, isSchedule, { default: byDefault });
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isIssuer(given: string): boolean {
  const url = URL.parse(given);
  return url?.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '';
}

/** As a browser sends it; never with a `*`: AWS reads `https://*` as every page there is. */
function isOrigin(given: string): boolean {
  const url = URL.parse(given);
  return /^https?:$/.test(url?.protocol ?? '') && url?.origin === given && !given.includes('*');
}
