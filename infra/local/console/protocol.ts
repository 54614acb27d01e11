/**
 * What the console's page and its server say to each other: the server-sent events of `GET /console/events?window=`,
 * and the bodies of the page's orders. The page imports these types; it runs in the browser, so there is nothing else here.
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
  /** Every fault that exists. */
  readonly faults: readonly FaultState[];
  readonly load: LoadState;
  readonly reconcile: ReconcileState;
  readonly run: { readonly engine: string; readonly seed: number; readonly batchSize: number };
}

export interface RankedRow {
  readonly restaurantId: string;
  readonly count: number;
  /** Equal counts share a rank: 1, 2, 2, 4. */
  readonly rank: number;
}

/** Since the start, unless a metric says otherwise; from the handlers' own metric lines. */
export interface Metrics {
  /** Of the last seconds: written to Favourites (the load, the replay and the API together), and applied. */
  readonly writtenRate: number;
  readonly appliedRate: number;
  readonly applied: number;
  readonly marks: number;
  readonly unmarks: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  /** Records in a batch, of the last batches, and the most that a batch may have. */
  readonly batchFill: number;
  readonly batchSize: number;
  readonly invocations: number;
  readonly invocationsFailed: number;
  /** Milliseconds of an invocation, of the last ones. */
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

/** Event `series`: all points once, when the page connects; event `point`: each further one, once a second. */
export interface SeriesPoint {
  readonly atMs: number;
  readonly appliedRate: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  /** In this second. */
  readonly stale: number;
  readonly conflicts: number;
  readonly retries: number;
  readonly deadLetters: number;
  readonly writeUnitsPerEvent: number;
  /** As of the last recount; undefined before the first. */
  readonly drift?: number | undefined;
}

/** The counts compared with a recount of Favourites, while the writes are held for an instant. */
export interface TruthState {
  readonly state: 'unknown' | 'counting' | 'known';
  /** (Restaurant, window) pairs that differ. */
  readonly drift?: number | undefined;
  readonly favourites?: number | undefined;
  /** Counts that were compared. */
  readonly countsCompared?: number | undefined;
  /** Epoch milliseconds. */
  readonly atMs?: number | undefined;
  /** Why the last recount failed, for a person. */
  readonly problem?: string | undefined;
}

export interface FaultState {
  readonly name: FaultName;
  /** One short sentence for a person. */
  readonly description: string;
  readonly probability: number;
  /** What the switch sets when it is turned on. */
  readonly onProbability: number;
  /** Times that it really occurred. */
  readonly count: number;
}

export interface LoadState {
  /** Events a second that are asked for; 0: off. */
  readonly rate: number;
  readonly rateMax: number;
  /** Exponent of the Zipf distribution over restaurants, 0 (all alike) to 2 (one takes most). */
  readonly skew: number;
  readonly written: number;
  /** Why it stopped by itself, for a person. */
  readonly problem?: string | undefined;
}

export interface ReconcileState {
  readonly state: 'idle' | 'running';
  readonly mode?: string | undefined;
  /** Epoch milliseconds. */
  readonly startedAtMs?: number | undefined;
  /** By the name of the state in state-machines/reconcile.asl.json; those that the present or last run has not touched are absent. */
  readonly states: Readonly<Record<string, 'running' | 'done' | 'failed'>>;
  readonly last?: ReconcileResult | undefined;
}

export interface ReconcileResult {
  readonly mode: string;
  readonly kind: 'succeeded' | 'failed' | 'busy';
  readonly seconds?: number | undefined;
  /** One sentence for a person. */
  readonly summary: string;
  readonly registersFound: number;
  readonly registersCorrected: number;
  readonly countsFound: number;
  readonly countsCorrected: number;
  readonly redriven: number;
}

/** `GET /console/dead-letters`: the newest first, at most 50. */
export interface DeadLetterList {
  /** Distinct ones. */
  readonly total: number;
  /** More than `total` where one was sent again, after a crash or a redelivery. */
  readonly messages: number;
  readonly letters: readonly ListedDeadLetter[];
}

export interface ListedDeadLetter {
  readonly messageId: string;
  readonly kind: 'record' | 'range' | 'unreadable';
  /** A reason by name, such as `unreadable-created-at`; of a range `given-up`. */
  readonly reason: string;
  /** One sentence for a person. */
  readonly detail: string;
  /** The record or the range as JSON, indented, cut at some thousand characters. */
  readonly record: string;
}

/** Bodies of the page's orders, JSON, each answered 202, or by a problem document whose `detail` is for a person: 400, or 409 when a reconcile is under way already. */
export interface ConsoleOrders {
  /** One name, or `all` to turn every fault off. */
  readonly 'POST /console/faults': { readonly name: FaultName | 'all'; readonly probability: number };
  readonly 'POST /console/load': { readonly rate: number; readonly skew: number };
  readonly 'POST /console/recount': Readonly<Record<string, never>>;
  readonly 'POST /console/reconcile': { readonly mode: 'repair' | 'verify' | 'redrive' };
}
