/**
 * The environment variables of the handlers: one list, shared by the stack that sets them and the code that
 * reads them. A handler parses its own once, at load; every fault is named in one error.
 */
import { parseTimeWindowSettings, type TimeWindowSettings } from '../counting/time-window.ts';

export const environmentNames = {
  countedFavouritesTable: 'COUNTED_FAVOURITES_TABLE',
  aggregatedFavouritesTable: 'AGGREGATED_FAVOURITES_TABLE',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Which windows beside ALL_TIME are kept, and for how many days: `MONTH:forever,DAY:400`. Empty: none. */
  timeWindows: 'TIME_WINDOWS',
  /** Partitions of the ranking index a window is spread over: a whole number from 1 to 200. */
  rankingShards: 'RANKING_SHARDS',
  /** Transactions that one invocation has under way at once: a whole number from 1 to 64. */
  commitConcurrency: 'COMMIT_CONCURRENCY',

  favouritesTable: 'FAVOURITES_TABLE',
  reconcileLeaseTable: 'RECONCILE_LEASE_TABLE',
  /** Seconds for which a difference must stand before it is drift, when a run's input says nothing else. */
  reconcileGraceSeconds: 'RECONCILE_GRACE_SECONDS',
  /** Seconds that the lease of one run lasts: what an aborted run blocks the next at most. */
  reconcileLeaseSeconds: 'RECONCILE_LEASE_SECONDS',
  /** Size that one scan segment should have. */
  scanSegmentMegabytes: 'SCAN_SEGMENT_MEGABYTES',
  /** Segments of one table at most. */
  reconcileSegmentsMax: 'RECONCILE_SEGMENTS_MAX',
  /** Write units a second that `seed` may use, over all its segments. */
  seedUnitsPerSecond: 'SEED_UNITS_PER_SECOND',
  /** Seconds between the first reading of the audit and the second, consistent one. */
  auditSecondReadingSeconds: 'AUDIT_SECOND_READING_SECONDS',
  /** Seconds for which the audit may ask a restaurant to hold. */
  holdSeconds: 'HOLD_SECONDS',

  /** Who lets a request of the API in: `IAM` (API Gateway alone) or `JWT` (and a user reaches only their own favourites). */
  apiAuthorization: 'API_AUTHORIZATION',
} as const;

export const apiAuthorizations = ['IAM', 'JWT'] as const;
export type ApiAuthorization = (typeof apiAuthorizations)[number];

type EnvironmentName = (typeof environmentNames)[keyof typeof environmentNames];
/** A process environment, or a part of one. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** What committing events takes. */
export interface CommitEnvironment {
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
  readonly timeWindows: TimeWindowSettings;
  readonly rankingShards: number;
  readonly commitConcurrency: number;
}

export interface AggregatorEnvironment extends CommitEnvironment {
  readonly deadLetterQueueUrl: string;
}

export interface PlanEnvironment {
  readonly favouritesTable: string;
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
  readonly reconcileLeaseTable: string;
  readonly graceSeconds: number;
  readonly leaseSeconds: number;
  readonly scanSegmentMegabytes: number;
  readonly segmentsMax: number;
}

/** Redrive goes through the aggregator's own code path, and needs what that needs. */
export type RedriveEnvironment = AggregatorEnvironment;

export interface HealEnvironment extends CommitEnvironment {
  readonly favouritesTable: string;
  readonly seedUnitsPerSecond: number;
}

export interface AuditEnvironment extends CommitEnvironment {
  readonly secondReadingSeconds: number;
  readonly holdSeconds: number;
}

export interface ReportEnvironment {
  readonly reconcileLeaseTable: string;
}

export interface ApiEnvironment {
  readonly favouritesTable: string;
  readonly aggregatedFavouritesTable: string;
  /** Those that are served: a window that no reconcile has filled yet is not among them. */
  readonly timeWindows: TimeWindowSettings;
  /** Those to read: while their number changes, the larger of the old and the new one. */
  readonly rankingShards: number;
  readonly authorization: ApiAuthorization;
}

/** A handler was deployed with variables that it cannot use; `faults` names every one of them. */
export class EnvironmentError extends Error {
  readonly code = 'environment';
  readonly retryable = false;
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The environment of this function is unusable: ${faults.join('; ')}. Deploy the stack again.`);
    this.name = 'EnvironmentError';
    this.faults = faults;
  }
}

/** @throws {EnvironmentError} naming all variables that are missing or unreadable, not only the first. */
export function parseAggregatorEnvironment(variables: EnvironmentVariables): AggregatorEnvironment {
  return read(variables, (reader) => ({
    ...commitEnvironment(reader),
    deadLetterQueueUrl: reader.text(environmentNames.deadLetterQueueUrl),
  }));
}

/** @throws {EnvironmentError} like all of them here. */
export function parsePlanEnvironment(variables: EnvironmentVariables): PlanEnvironment {
  return read(variables, (reader) => ({
    favouritesTable: reader.text(environmentNames.favouritesTable),
    countedFavouritesTable: reader.text(environmentNames.countedFavouritesTable),
    aggregatedFavouritesTable: reader.text(environmentNames.aggregatedFavouritesTable),
    reconcileLeaseTable: reader.text(environmentNames.reconcileLeaseTable),
    graceSeconds: reader.wholeNumber(environmentNames.reconcileGraceSeconds, { min: 0, max: 86_400 }),
    leaseSeconds: reader.wholeNumber(environmentNames.reconcileLeaseSeconds, { min: 1, max: 604_800 }),
    scanSegmentMegabytes: reader.wholeNumber(environmentNames.scanSegmentMegabytes, { min: 1, max: 100_000 }),
    // 100 segments of three scans are 20 KB of plan and 60 KB of results: far below the 256 KB of a payload.
    segmentsMax: reader.wholeNumber(environmentNames.reconcileSegmentsMax, { min: 1, max: 100 }),
  }));
}

/** @throws {EnvironmentError} */
export function parseRedriveEnvironment(variables: EnvironmentVariables): RedriveEnvironment {
  return parseAggregatorEnvironment(variables);
}

/** @throws {EnvironmentError} */
export function parseHealEnvironment(variables: EnvironmentVariables): HealEnvironment {
  return read(variables, (reader) => ({
    ...commitEnvironment(reader),
    favouritesTable: reader.text(environmentNames.favouritesTable),
    seedUnitsPerSecond: reader.wholeNumber(environmentNames.seedUnitsPerSecond, { min: 1, max: 999_999_999 }),
  }));
}

/** @throws {EnvironmentError} */
export function parseAuditEnvironment(variables: EnvironmentVariables): AuditEnvironment {
  return read(variables, (reader) => ({
    ...commitEnvironment(reader),
    secondReadingSeconds: reader.wholeNumber(environmentNames.auditSecondReadingSeconds, {
      min: 0,
      max: 300,
    }),
    // A hold stops the counts of its restaurant: 10 s are the most that the aggregator must live with.
    holdSeconds: reader.wholeNumber(environmentNames.holdSeconds, { min: 1, max: 10 }),
  }));
}

/** @throws {EnvironmentError} */
export function parseReportEnvironment(variables: EnvironmentVariables): ReportEnvironment {
  return read(variables, (reader) => ({
    reconcileLeaseTable: reader.text(environmentNames.reconcileLeaseTable),
  }));
}

/** @throws {EnvironmentError} */
export function parseApiEnvironment(variables: EnvironmentVariables): ApiEnvironment {
  return read(variables, (reader) => ({
    favouritesTable: reader.text(environmentNames.favouritesTable),
    aggregatedFavouritesTable: reader.text(environmentNames.aggregatedFavouritesTable),
    timeWindows: reader.parsed(environmentNames.timeWindows, parseTimeWindowSettings),
    rankingShards: reader.wholeNumber(environmentNames.rankingShards, RANKING_SHARDS_RANGE),
    authorization: reader.oneOf(environmentNames.apiAuthorization, apiAuthorizations),
  }));
}

const RANKING_SHARDS_RANGE = { min: 1, max: 200 };

function read<T>(variables: EnvironmentVariables, environmentOf: (reader: EnvironmentReader) => T): T {
  const reader = new EnvironmentReader(variables);
  const environment = environmentOf(reader);
  reader.throwIfFaulty();
  return environment;
}

function commitEnvironment(reader: EnvironmentReader): CommitEnvironment {
  return {
    countedFavouritesTable: reader.text(environmentNames.countedFavouritesTable),
    aggregatedFavouritesTable: reader.text(environmentNames.aggregatedFavouritesTable),
    timeWindows: reader.parsed(environmentNames.timeWindows, parseTimeWindowSettings),
    rankingShards: reader.wholeNumber(environmentNames.rankingShards, RANKING_SHARDS_RANGE),
    commitConcurrency: reader.wholeNumber(environmentNames.commitConcurrency, { min: 1, max: 64 }),
  };
}

/** Reads variables one by one and gathers what is wrong; its values are usable only after `throwIfFaulty`. */
class EnvironmentReader {
  readonly #variables: EnvironmentVariables;
  readonly #faults: string[] = [];

  constructor(variables: EnvironmentVariables) {
    this.#variables = variables;
  }

  text(name: EnvironmentName): string {
    const value = this.#variables[name];
    if (value === undefined || value === '') this.#faults.push(`${name} is not set`);
    return value ?? '';
  }

  wholeNumber(name: EnvironmentName, { min, max }: { readonly min: number; readonly max: number }): number {
    const value = this.#variables[name];
    if (value !== undefined && /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max) {
      return Number(value);
    }
    this.#faults.push(`${name} is '${value ?? ''}', expected a whole number from ${min} to ${max}`);
    return min;
  }

  parsed<T>(name: EnvironmentName, parse: (text: string) => T): T | never {
    const value = this.#variables[name];
    try {
      if (value === undefined) throw new Error('it is not set');
      return parse(value);
    } catch (cause) {
      this.#faults.push(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return undefined as never;
    }
  }

  /** The first of `known` when the value is none of them. */
  oneOf<T extends string>(name: EnvironmentName, known: readonly [T, ...T[]]): T {
    const value = this.#variables[name];
    const found = known.find((one) => one === value);
    if (found === undefined) {
      this.#faults.push(`${name} is '${value ?? ''}', expected ${known.join(' or ')}`);
    }
    return found ?? known[0];
  }

  throwIfFaulty(): void {
    if (this.#faults.length > 0) throw new EnvironmentError(this.#faults);
  }
}
