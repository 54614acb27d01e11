/**
 * The shapes that `state-machines/reconcile.asl.json` passes from one handler to the next. All are small and
 * bounded: payloads never grow with the tables.
 */
import type { RejectionReason } from '../counting/rejection.ts';

/**
 * `repair` corrects drift, `verify` reports it, `seed` fills empty tables, `redrive` runs the first stage
 * alone.
 */
export const reconcileModes = ['repair', 'verify', 'seed', 'redrive'] as const;
export type ReconcileMode = (typeof reconcileModes)[number];

/** The execution's input. */
export interface ReconcileInput {
  readonly mode: ReconcileMode;
  /** Milliseconds that a difference must last to be drift; the deployed default if absent. */
  readonly graceMs?: number;
  /** Mode `repair` only: mend however much decide finds to un-count. */
  readonly acceptDrift?: boolean;
  /** Count another table of favourites from now on. For the modes that write. */
  readonly acceptSource?: boolean;
}

/** Plan's input. */
export interface PlanInput {
  /** The execution's name. */
  readonly runId: string;
  /** The execution's input, not validated yet. */
  readonly input: unknown;
  /** How far the pipe is behind according to CloudWatch: one value or several; null or absent if unknown. */
  readonly lagMs?: number | readonly number[] | null;
}

/** The run as plan set it up; every later state receives it. */
export interface ReconcileRun {
  /** The execution's name, and the owner of the lease. */
  readonly runId: string;
  readonly mode: ReconcileMode;
  readonly graceMs: number;
  readonly startedAtMs: number;
  readonly acceptDrift?: boolean;
}

/** The counters of one stage, summed over its steps. */
export type StageTotals = Readonly<Record<keyof typeof noTotals, number>>;

export const noTotals = {
  /** Favourites or restaurants that were compared; in redrive, dead letters that were tried. */
  checked: 0,
  found: 0,
  corrected: 0,
  /** Differences that the first pass of heal found, and the second found gone: events had been in flight. */
  settled: 0,
  /**
   * Corrections that take a favourite out of the counts. A change of its date does not. In the first pass of
   * heal those that were found, in the second those that were committed.
   */
  uncounts: 0,
  /** Segments in which heal stopped, because it would have un-counted more than decide allowed. */
  stopped: 0,
  /** Registers that count. */
  registers: 0,
  /** Rows of Favourites that count. */
  countable: 0,
  /** Rows of Favourites that do not count now, such as those that are marked as deleted. */
  uncounted: 0,
  /** Items of Favourites that are of another kind. */
  notOurs: 0,
  /** Rows of Favourites that are rejected: they can never be counted as they are. They are not drift. */
  uncountable: 0,
  /** Restaurants that could not be compared: they kept changing, or the time ran out. */
  notAudited: 0,
  /** Restaurants that were held. */
  holds: 0,
  /** Dead letters that were deleted: their records are committed, or newer ones of the same rows are. */
  redriven: 0,
  /** Dead letters that stay in the queue. */
  left: 0,
  /** Dead letters, among `redriven` or `left`, whose range the stream no longer held as a whole. */
  expired: 0,
  readUnits: 0,
  writeUnits: 0,
  /** Milliseconds of work, summed over the invocations. */
  durationMs: 0,
};

/** Adds two totals; missing numbers count as zero. */
export function addTotals(a: Partial<StageTotals> = {}, b: Partial<StageTotals> = {}): StageTotals {
  const sums = { ...noTotals };
  for (const name of Object.keys(sums) as (keyof StageTotals)[]) sums[name] = (a[name] ?? 0) + (b[name] ?? 0);
  return sums;
}

export const scannedTables = ['favourites', 'countedFavourites', 'aggregatedFavourites'] as const;
export type ScannedTable = (typeof scannedTables)[number];

/**
 * One scan segment of one table, an item of a Map state. Heal has items for each table. An item of the audit
 * names 'countedFavourites' but covers the same segment of AggregatedFavourites too, so together the items
 * cover every restaurant in either table.
 */
export interface SegmentWork {
  readonly table: ScannedTable;
  readonly segment: number;
  readonly totalSegments: number;
  /** The second pass of heal only: how many favourites it may take out of the counts in this segment. */
  readonly uncountsMax?: number;
}

/**
 * The passes of heal. `verify` writes nothing: it finds differences, or in mode `seed` only judges the rows.
 * `mend` corrects the segments that decide names, each within its budget.
 */
export type HealPass = 'verify' | 'mend';

/** What the first pass of heal found in a segment, plus max(10, 1 %): rows go while the run goes on. */
export function uncountsMaxOf(found: number): number {
  return found + Math.max(10, Math.floor(found / 100));
}

/**
 * The output of a step of heal or audit. Unless it is `done`, another step follows, after `waitSeconds` if
 * given.
 */
export interface SegmentStep {
  readonly run: ReconcileRun;
  readonly work: SegmentWork;
  /** Opaque, at most 8 KB; absent at the start of the segment. */
  readonly cursor?: string;
  /** Summed over this step and all steps before it. */
  readonly totals: StageTotals;
  readonly done: boolean;
  /**
   * Heal only. In an execution that began before this member existed, heal mends, with the budget of a
   * segment in which nothing was found.
   */
  readonly pass?: HealPass;
  /** The first pass of heal only. */
  readonly rejections?: readonly RejectionCount[];
  /** Heal only: the differences after `cursor`, which are read again after the grace period. */
  readonly suspects?: HealSuspects;
  /** Whole seconds until the grace period is over. */
  readonly waitSeconds?: number;
}

/**
 * A step's input: at first the run and the work, then the output of the previous step. An execution that
 * began before a deployment may start with zero totals instead, and may call again without the wait.
 */
export type SegmentInput = Pick<SegmentStep, 'run' | 'work'> & Partial<SegmentStep>;

/** The confirmed differences of one stretch of a segment, while the grace period passes. */
export interface HealSuspects {
  /** One digest per difference, without user ids; together at most 84 KB. */
  readonly digests: string;
  /** When consistent reads had confirmed all of them. */
  readonly seenAtMs: number;
  /** The cursor at the end of the stretch; absent when the segment ends there. */
  readonly until?: string;
}

/** How many rows were rejected for one reason, and an example of their form, which holds no id. */
export interface RejectionCount {
  readonly reason: RejectionReason;
  readonly count: number;
  readonly detail: string;
}

/** Decide's input: the segments of the first pass of heal. */
export interface DecideInput {
  readonly run: ReconcileRun;
  readonly segments: readonly Pick<Required<SegmentStep>, 'work' | 'totals' | 'rejections'>[];
}

/** Decide's output. */
export interface Decision {
  /** Of all segments together. */
  readonly totals: StageTotals;
  /** The segments that the second pass of heal mends, each with its budget; none in mode `verify`. */
  readonly mend: readonly SegmentWork[];
}

/** The output of one step of redrive. */
export interface RedriveStep {
  readonly run: ReconcileRun;
  readonly totals: StageTotals;
  readonly done: boolean;
}

/** At first the run alone, then the output of the previous step. */
export type RedriveInput = Pick<RedriveStep, 'run'> & Partial<RedriveStep>;

/** Plan's output. `busy`: the run must not start now, and ends with the reason. */
export type PlanOutput =
  | {
      readonly kind: 'planned';
      readonly run: ReconcileRun;
      readonly heal: readonly SegmentWork[];
      readonly audit: readonly SegmentWork[];
      /** What the operator should know about the table of favourites. */
      readonly notes?: readonly string[];
    }
  | { readonly kind: 'busy'; readonly reason: string };

/**
 * Report's input: the run and its stages, or a `failure`. If plan failed, there is only `runId` beside the
 * failure.
 */
export interface ReportInput {
  /** The execution's name. */
  readonly runId: string;
  readonly run?: ReconcileRun;
  readonly redrive?: StageTotals;
  /** The first pass of heal, as decide summed it up. */
  readonly verified?: Partial<StageTotals>;
  /** The totals of each segment that the second pass mended, in any order. */
  readonly heal?: readonly StageTotals[];
  readonly audit?: readonly StageTotals[];
  /** As a Catch of the state machine passes it on. */
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
}

/** Report's output after a failure, which the Fail state shows. */
export interface FailureReport {
  readonly error: string;
  readonly cause: string;
}

/** The execution's output, and an entry of `reconcile` in the report of a local run. */
export interface ReconcileReport {
  readonly mode: ReconcileMode;
  readonly registersFound: number;
  readonly registersCorrected: number;
  readonly countsFound: number;
  readonly countsCorrected: number;
  readonly uncountable: number;
  readonly notAudited: number;
  readonly redriven: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /**
   * `heal` joins its two passes. Rows and registers are those of the first pass. `found` is what either pass
   * found: each difference is found once, and then is corrected, is settled, or remains.
   */
  readonly stages: Readonly<Record<'redrive' | 'heal' | 'audit', StageTotals>>;
}
