/** What a setting may be. All faults of a set of settings are named in one error. */
import { type WindowKind, windowKinds } from '../../src/counting/time-window.ts';
import { apiFaults } from './api-faults.ts';
import type { Settings } from './settings.ts';

export const stages = ['dev', 'prod'] as const;
export type Stage = (typeof stages)[number];

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof logLevels)[number];

export { windowKinds as timeWindowKinds };
export type TimeWindowKind = WindowKind;
/** Days after the end of a window in which events still count in it; then it is touched no more. */
export type TimeWindowRetention = number | 'forever';
/** The kinds of window kept beside ALL_TIME. A kind that is absent is not counted. */
export type TimeWindows = Readonly<Partial<Record<TimeWindowKind, TimeWindowRetention>>>;

export const isStage = (text: string): text is Stage => stages.some((stage) => stage === text);
export const isLogLevel = (text: string): text is LogLevel => logLevels.some((level) => level === text);
export const isTimeWindowKind = (text: string | undefined): text is TimeWindowKind =>
  windowKinds.some((kind) => kind === text);

/** Days: what CloudWatch Logs accepts (API reference, PutRetentionPolicy). */
export const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** Least and most of every whole number, by its path in the settings. Sources: the quota page of each service. */
const wholeNumbers: readonly WholeNumber[] = [
  { path: 'rankingShards', of: (settings) => settings.rankingShards, min: 1, max: 200 },
  { path: 'commitConcurrency', of: (settings) => settings.commitConcurrency, min: 1, max: 64 },
  { path: 'pipe.batchSize', of: ({ pipe }) => pipe.batchSize, min: 1, max: 10_000 },
  {
    path: 'pipe.maximumBatchingWindowSeconds',
    of: ({ pipe }) => pipe.maximumBatchingWindowSeconds,
    min: 0,
    max: 1,
  },
  { path: 'pipe.parallelizationFactor', of: ({ pipe }) => pipe.parallelizationFactor, min: 1, max: 10 },
  { path: 'pipe.maximumRetryAttempts', of: ({ pipe }) => pipe.maximumRetryAttempts, min: 1, max: 10_000 },
  {
    path: 'pipe.maximumRecordAgeSeconds',
    of: ({ pipe }) => pipe.maximumRecordAgeSeconds,
    min: 60,
    max: 21_600,
  },
  {
    path: 'aggregator.memoryMegabytes',
    of: ({ aggregator }) => aggregator.memoryMegabytes,
    min: 128,
    max: 10_240,
  },
  { path: 'aggregator.timeoutSeconds', of: ({ aggregator }) => aggregator.timeoutSeconds, min: 5, max: 300 },
  { path: 'deadLetters.retentionDays', of: ({ deadLetters }) => deadLetters.retentionDays, min: 1, max: 14 },
  {
    path: 'deadLetters.maximumMessageBytes',
    of: ({ deadLetters }) => deadLetters.maximumMessageBytes,
    min: 1024,
    max: 1_048_576,
  },
  {
    path: 'previousRankingShards',
    of: ({ previousRankingShards }) => previousRankingShards ?? 1,
    min: 1,
    max: 200,
  },
  { path: 'api.memoryMegabytes', of: ({ api }) => api.memoryMegabytes, min: 128, max: 10_240 },
  { path: 'api.timeoutSeconds', of: ({ api }) => api.timeoutSeconds, min: 6, max: 29 },
  { path: 'api.requestsPerSecondMax', of: ({ api }) => api.requestsPerSecondMax, min: 1, max: 10_000 },
  { path: 'api.requestsBurstMax', of: ({ api }) => api.requestsBurstMax, min: 1, max: 5_000 },
  { path: 'alarms.lagSeconds', of: ({ alarms }) => alarms.lagSeconds, min: 1, max: 86_400 },
  ...reconcileNumbers([
    ['graceSeconds', 0, 275],
    ['leaseSeconds', 60, 604_800],
    ['segmentMegabytes', 1, 100_000],
    ['segmentsMax', 1, 100],
    ['seedUnitsPerSecond', 1, 1_000_000],
    ['secondReadingSeconds', 0, 300],
    ['holdSeconds', 1, 10],
    ['memoryMegabytes', 128, 10_240],
    // A step keeps up to seven seconds back for its end: with less it would come again for ever, and do nothing.
    ['timeoutSeconds', 20, 300],
  ]),
];

type ReconcileNumber = readonly [
  name: {
    [K in keyof Settings['reconcile']]: Settings['reconcile'][K] extends number ? K : never;
  }[keyof Settings['reconcile']],
  min: number,
  max: number,
];

function reconcileNumbers(bounds: readonly ReconcileNumber[]): readonly WholeNumber[] {
  return bounds.map(([name, min, max]) => ({
    path: `reconcile.${name}`,
    of: ({ reconcile }) => reconcile[name],
    min,
    max,
  }));
}

interface WholeNumber {
  readonly path: string;
  readonly of: (settings: Settings) => number;
  readonly min: number;
  readonly max: number;
}

/** Settings that cannot be deployed; `faults` names every one of them. */
export class SettingsError extends Error {
  readonly code = 'settings';
  readonly retryable = false;
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `These settings cannot be used: ${faults.join('; ')}. infra/settings/settings.ts says what each one means.`,
    );
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/** @throws {SettingsError} naming all faults. */
export function validateSettings(settings: Settings): Settings {
  const faults = [
    ...nameFaults(settings),
    ...wholeNumbers.flatMap((number) => numberFaults(number, settings)),
    ...timeWindowFaults(settings.timeWindows),
    ...logFaults(settings),
    ...existingFavouritesFaults(settings.existingFavourites),
    ...scheduleFaults(settings),
    ...graceFaults(settings),
    ...apiFaults(settings),
    ...alarmFaults(settings),
  ];
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}

function nameFaults({ stage, stackName }: Settings): readonly string[] {
  const faults: string[] = [];
  if (!isStage(stage)) faults.push(`stage is '${String(stage)}', expected ${stages.join(' or ')}`);
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) {
    faults.push(`stackName is '${stackName}', expected a letter, then up to 127 letters, digits or hyphens`);
  }
  return faults;
}

function numberFaults({ path, of, min, max }: WholeNumber, settings: Settings): readonly string[] {
  const value = of(settings);
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  return [`${path} is ${String(value)}, expected a whole number from ${min} to ${max}`];
}

function timeWindowFaults(timeWindows: TimeWindows): readonly string[] {
  return Object.entries(timeWindows).flatMap(([kind, retention]) => {
    if (!isTimeWindowKind(kind)) {
      return [`timeWindows has '${kind}', expected ${windowKinds.join(' or ')}`];
    }
    if (retention === 'forever') return [];
    // A century. Beyond it, say 'forever'.
    if (Number.isInteger(retention) && retention >= 1 && retention <= 36_500) return [];
    return [`timeWindows.${kind} is '${retention}', expected 1 to 36500 days or 'forever'`];
  });
}

function logFaults({ logs }: Settings): readonly string[] {
  const faults: string[] = [];
  if (!isLogLevel(logs.level))
    faults.push(`logs.level is '${String(logs.level)}', expected one of ${logLevels.join(', ')}`);
  if (!logRetentionDays.some((days) => days === logs.retentionDays)) {
    faults.push(
      `logs.retentionDays is ${logs.retentionDays}, expected one of ${logRetentionDays.join(', ')}`,
    );
  }
  return faults;
}

function existingFavouritesFaults(existing: Settings['existingFavourites']): readonly string[] {
  if (existing === undefined) return [];
  const tableArn = /^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/;
  if (!tableArn.test(existing.tableArn)) {
    return [`existingFavourites.tableArn is '${existing.tableArn}', expected the ARN of a DynamoDB table`];
  }
  const label = existing.streamArn.slice(existing.tableArn.length);
  if (existing.streamArn.startsWith(existing.tableArn) && /^\/stream\/[0-9T:.-]+$/.test(label)) return [];
  return [
    `existingFavourites.streamArn is '${existing.streamArn}', expected ${existing.tableArn}/stream/<label>, the table's LatestStreamArn`,
  ];
}

function scheduleFaults({ reconcile }: Settings): readonly string[] {
  const faults = (['redriveSchedule', 'repairSchedule'] as const)
    .filter((name) => !/^(cron|rate)\([^()]+\)$/.test(reconcile[name]))
    .map((name) => `reconcile.${name} is '${reconcile[name]}', expected cron(…) or rate(…)`);
  if (isTimeZone(reconcile.timeZone)) return faults;
  return [
    ...faults,
    `reconcile.timeZone is '${reconcile.timeZone}', expected an IANA name such as Europe/Berlin`,
  ];
}

function alarmFaults({ alarms: { topicArn } }: Settings): readonly string[] {
  if (topicArn === undefined || /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(topicArn))
    return [];
  return [`alarms.topicArn is '${topicArn}', expected the ARN of an SNS topic (not a FIFO one)`];
}

/** Seconds of a step of heal that are neither grace nor settling: to scan something, and to answer. */
const healWorkSeconds = 5;

/** Heal scans, waits for the grace period and settles within one invocation: a quarter of its time, at most 20 s. */
function graceFaults({ reconcile: { graceSeconds, timeoutSeconds } }: Settings): readonly string[] {
  const graceMax = Math.floor(timeoutSeconds - Math.min(20, timeoutSeconds / 4) - healWorkSeconds);
  // Where one of them cannot be in the first place, that is said already.
  if (graceSeconds <= graceMax || graceSeconds > 275 || timeoutSeconds < 20) return [];
  return [
    `reconcile.graceSeconds is ${graceSeconds}, expected at most ${graceMax}: it must fit into one step of ${timeoutSeconds} s (reconcile.timeoutSeconds)`,
  ];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
