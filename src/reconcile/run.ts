/**
 * The shapes that `state-machines/reconcile.asl.json` passes from one handler to the next. All are small and
 * bounded: payloads never grow with the tables.
 */
import type { RejectionReason } from '../counting/rejection.ts';
import type { StageTotals } from './totals.ts';

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
  /** Mode `repair` only: correct the drift, however many favourites that takes out of the counts. */
  readonly acceptDrift?: boolean;
  /**
   * Modes that write only: count the present table of favourites, although it is not the one that was
   * counted.
   */
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

export const scannedTables = ['favourites', 'countedFavourites', 'aggregatedFavourites'] as const;
export type ScannedTable = (typeof scannedTables)[number];
/** The tables that heal compares, row by register. */
export const comparedTables = ['favourites', 'countedFavourites'] as const satisfies readonly ScannedTable[];

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

/** How the two tables are summed, and which cells differ so far. The last round is the present one. */
export interface Digest {
  /** 128 random bits of this run, in base64url. */
  readonly key: string;
  readonly rounds: readonly DigestRound[];
}

export interface DigestRound {
  /** A power of two. */
  readonly cells: number;
  /** The name under which the cells that differ are kept; absent until the round is over. */
  readonly differing?: string;
}

/** Input of a step that sums: at first the run, the work and the digest, then the output of the last step. */
export type SumInput = Pick<SumStep, 'run' | 'work' | 'digest'> & Partial<SumStep>;

export interface SumStep {
  readonly run: ReconcileRun;
  readonly work: SegmentWork;
  readonly digest: Digest;
  /** Absent at the start of the segment. */
  readonly cursor?: string;
  /** The name of the sums of all pages before the cursor. */
  readonly sums: string;
  /** Of this step and all steps before it; only the counters that summing has. */
  readonly totals: SumTotals;
  readonly rejections: readonly RejectionCount[];
  readonly done: boolean;
}

/** Only those above 0, because the state machine holds them for every segment. */
export type SumTotals = Partial<StageTotals>;

/** The end of a round: the sums of all segments, and the comparison of the round before. */
export interface CompareInput {
  readonly run: ReconcileRun;
  readonly compared: Pick<Comparison, 'digest'> & Partial<Comparison>;
  readonly segments: readonly Pick<SumStep, 'work' | 'sums' | 'totals' | 'rejections'>[];
}

export interface Comparison {
  /**
   * `nothing`: no favourite differs. `sum`: too many are suspect, so they are summed again. `look`: the
   * suspects are looked up.
   */
  readonly next: 'nothing' | 'sum' | 'look';
  readonly digest: Digest;
  /** Of all rounds. The rows and the registers are counted in the first one. */
  readonly totals: StageTotals;
  readonly rejections: readonly RejectionCount[];
  /** An estimate of how many favourites only one of the two tables has. Its standard error is 2.2 %. */
  readonly onOneSide: number;
  /** The share of all favourites that is suspect. */
  readonly suspectShare: number;
  /** The five minutes for which the state machine asks for the lag. */
  readonly lagBetween: LagPeriod;
  /** How often the pipe was too far behind for heal to begin; absent before the first time. */
  readonly timesBehind?: number;
  /** Whole seconds until the state machine asks for the lag again; absent when heal may begin. */
  readonly waitSeconds?: number;
}

export interface LagPeriod {
  readonly from: string;
  readonly to: string;
}

const LAG_PERIOD_MS = 300_000;

export function lagPeriodBefore(toMs: number): LagPeriod {
  return { from: new Date(toMs - LAG_PERIOD_MS).toISOString(), to: new Date(toMs).toISOString() };
}

/**
 * The passes of heal. `verify` writes nothing: it finds differences, or in mode `seed` only reads the rows.
 * `mend` corrects the segments that decide lists, each within its budget.
 */
export type HealPass = 'verify' | 'mend';

/**
 * What the first pass of heal found in a segment, plus max(10, 1 %), because rows may be removed meanwhile.
 */
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
  /**
   * Heal only: limits it to the favourites that are suspect. Null or absent in mode `seed`, and in an
   * execution that began before this member existed: heal then looks every favourite up.
   */
  readonly digest?: Digest | null;
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

/** How many rows were rejected for one reason, and the detail of one of them, which holds no id. */
export interface RejectionCount {
  readonly reason: RejectionReason;
  readonly count: number;
  readonly detail: string;
}

/** Input of decide's first decision, before heal looks anything up. */
export interface DecideByDigestsInput {
  readonly run: ReconcileRun;
  readonly compared: Comparison;
  /** The answer of CloudWatch's GetMetricData, or the error of the request. */
  readonly lag?: unknown;
}

/** Input of decide's second decision: the comparison, if there was one, and heal's first pass. */
export interface DecideInput {
  readonly run: ReconcileRun;
  readonly compared?: Partial<Pick<Comparison, 'totals' | 'rejections'>>;
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
      /** Null in a mode that compares nothing. */
      readonly digest: Digest | null;
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
   * `heal` joins its two passes. The numbers of rows and registers are those of the first pass. `found`
   * counts each difference once, whichever pass found it; it was then corrected, was settled, or remains.
   */
  readonly stages: Readonly<Record<'redrive' | 'heal' | 'audit', StageTotals>>;
}
