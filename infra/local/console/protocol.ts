/**
 * The protocol between the console's page and its server: the server-sent events of
 * `GET /console/events?window=`, and the bodies of the page's orders. This file contains only types, because
 * the page imports it into the browser.
 */
import type { FaultName } from '../emulator/faults/fault-plan.ts';
import type { ReplayState } from '../replay/replay-state.ts';

/** Event `snapshot`, a few times a second. */
export interface Snapshot {
  readonly window: string;
  readonly top: readonly RankedRow[];
  readonly metrics: Metrics;
  readonly replay: ReplayState;
  readonly truth: TruthState;
  readonly faults: readonly FaultState[];
  readonly load: LoadState;
  readonly reconcile: ReconcileState;
  /** Who writes the hearts: the API, or the console itself if the table has another shape. */
  readonly hearts: 'api' | 'console' | 'nobody';
  /** Why there are no hearts, in a sentence. */
  readonly noHearts?: string | undefined;
  /** Why there is no load, in a sentence. */
  readonly noLoad?: string | undefined;
  readonly run: {
    readonly engine: string;
    readonly seed: number;
    readonly batchSize: number;
    /** The time zone of the windows. */
    readonly timeZone: string;
  };
}

export interface RankedRow {
  readonly restaurantId: string;
  readonly count: number;
  /** Equal counts share a rank: 1, 2, 2, 4. */
  readonly rank: number;
}

/** Totals since the start, unless a comment says otherwise, from the metrics that the handlers log. */
export interface Metrics {
  /** Events a second over the last seconds: written to Favourites by replay, load and API, or applied. */
  readonly writtenRate: number;
  readonly appliedRate: number;
  readonly applied: number;
  readonly marks: number;
  readonly unmarks: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  /** Records in a batch: the mean of the last batches, and the maximum. */
  readonly batchFill: number;
  readonly batchSize: number;
  readonly invocations: number;
  readonly invocationsFailed: number;
  /** Over the last invocations. */
  readonly durationP50Ms: number;
  readonly stale: number;
  readonly conflicts: number;
  readonly retries: number;
  readonly poison: number;
  readonly deadLetters: number;
  readonly favouritesChanged: number;
  readonly countRowsWritten: number;
  readonly writeUnitsPerEvent: number;
  readonly requestsPerEvent: number;
}

/** Event `series`: all points, when the page connects. Event `point`: a new one, once a second. */
export interface SeriesPoint {
  readonly atMs: number;
  readonly appliedRate: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  /** Number in this second, like the next three. */
  readonly stale: number;
  readonly conflicts: number;
  readonly retries: number;
  readonly deadLetters: number;
  readonly writeUnitsPerEvent: number;
  /** From the last recount; undefined before the first. */
  readonly drift?: number | undefined;
}

/** The comparison of the counts with a recount of Favourites. */
export interface TruthState {
  readonly state: 'unknown' | 'counting' | 'known';
  /** (Restaurant, window) pairs that differ. */
  readonly drift?: number | undefined;
  readonly favourites?: number | undefined;
  readonly countsCompared?: number | undefined;
  /** Epoch milliseconds. */
  readonly atMs?: number | undefined;
  /** Why the last recount failed, in a sentence. */
  readonly problem?: string | undefined;
}

export interface FaultState {
  readonly name: FaultName;
  /** One short sentence. */
  readonly description: string;
  readonly probability: number;
  /** Probability that the switch sets when it is turned on. */
  readonly onProbability: number;
  /** How often the fault was injected. */
  readonly count: number;
}

export interface LoadState {
  /** Target in events per second; 0 when the load is off. */
  readonly rate: number;
  readonly rateMax: number;
  /** Exponent of the Zipf distribution of restaurants, from 0 (all equal) to 2 (one gets most events). */
  readonly skew: number;
  readonly written: number;
  /** Why the load stopped on its own, in a sentence. */
  readonly problem?: string | undefined;
}

export interface ReconcileState {
  readonly state: 'idle' | 'running';
  readonly mode?: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAtMs?: number | undefined;
  /**
   * The states that the current or last run has entered, by their names in state-machines/reconcile.asl.json.
   */
  readonly states: Readonly<Record<string, 'running' | 'done' | 'failed'>>;
  readonly last?: ReconcileResult | undefined;
}

export interface ReconcileResult {
  readonly mode: string;
  readonly kind: 'succeeded' | 'failed' | 'busy';
  readonly seconds?: number | undefined;
  /** One sentence. */
  readonly summary: string;
  readonly registersFound: number;
  readonly registersCorrected: number;
  readonly countsFound: number;
  readonly countsCorrected: number;
  readonly redriven: number;
}

/** `GET /console/dead-letters`: the newest first, at most 50. */
export interface DeadLetterList {
  /** Distinct dead letters. */
  readonly total: number;
  /** More than `total` when some were sent twice, after a crash or a redelivery. */
  readonly messages: number;
  readonly letters: readonly ListedDeadLetter[];
}

export interface ListedDeadLetter {
  readonly messageId: string;
  readonly kind: 'record' | 'range' | 'unreadable';
  /** The name of the reason, such as `unreadable-created-at`; `given-up` for a range. */
  readonly reason: string;
  /** One sentence. */
  readonly detail: string;
  /** The record or the range as indented JSON, shortened to some thousand characters. */
  readonly record: string;
}

/** `GET /console/favourites?user=&restaurant=`, where `restaurant` may be repeated. */
export interface MarkedRestaurants {
  /** Which of the restaurants the user has marked. */
  readonly marked: readonly string[];
}

/** `GET /console/counts?restaurant=&window=`, where `window` may be repeated. */
export interface ConsoleCounts {
  readonly counts: Readonly<Record<string, number>>;
  /** In UTC; null when the restaurant has no count row in these windows. */
  readonly updatedAt: string | null;
}

/**
 * JSON bodies of the page's orders. The response is 202, or a problem document whose `detail` the page shows:
 * 400, or 409 when a reconcile is already running.
 */
export interface ConsoleOrders {
  /** One fault, or `all` of them. */
  readonly 'POST /console/faults': { readonly name: FaultName | 'all'; readonly probability: number };
  readonly 'POST /console/load': { readonly rate: number; readonly skew: number };
  readonly 'POST /console/recount': Readonly<Record<string, never>>;
  readonly 'POST /console/reconcile': { readonly mode: 'repair' | 'verify' | 'redrive' };
}
