/**
 * What passes between the states of the reconcile workflow: the shapes that `state-machines/reconcile.asl.json`
 * hands from one handler to the next. Everything is small and bounded: payloads never grow with the tables.
 */

/** `repair` finds and corrects, `verify` only reports, `seed` fills empty tables, `redrive` does the first stage alone. */
export const reconcileModes = ['repair', 'verify', 'seed', 'redrive'] as const;
export type ReconcileMode = (typeof reconcileModes)[number];

/** The execution's input. */
export interface ReconcileInput {
  readonly mode: ReconcileMode;
  /** Milliseconds for which a difference must stand before it counts as drift; the deployed default when absent. */
  readonly graceMs?: number;
}

/** Plan's input. */
export interface PlanInput {
  /** The execution's name. */
  readonly runId: string;
  /** The execution's input as it came: a {@link ReconcileInput} when plan has read it. */
  readonly input: unknown;
  /** How far the pipe is behind, as CloudWatch tells; a list of values counts as its largest, none and null as no lag. */
  readonly lagMs?: number | readonly number[] | null;
}

/** What plan decides; every later state sees it as `$.run`. */
export interface ReconcileRun {
  /** The execution's name: the owner of the lease. */
  readonly runId: string;
  readonly mode: ReconcileMode;
  readonly graceMs: number;
  readonly startedAtMs: number;
}

/** Sums of what one stage did; each state adds its own to those of the steps before it. */
export interface StageTotals {
  /** Favourites, or restaurants, that were compared. */
  readonly checked: number;
  readonly found: number;
  readonly corrected: number;
  /** Rows of Favourites that can never be counted. Not drift. */
  readonly uncountable: number;
  /** Restaurants that would not hold still. */
  readonly notAudited: number;
  /** Restaurants that were asked to hold. */
  readonly holds: number;
  /** Dead letters whose content is committed and which are deleted. */
  readonly redriven: number;
  /** Dead letters that stay in the queue. */
  readonly left: number;
  /** Dead letters of which the stream held only a part any more, or nothing; among `redriven` or `left` too. */
  readonly expired: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Milliseconds of work, summed over the invocations. */
  readonly durationMs: number;
}

export const noTotals: StageTotals = {
  checked: 0,
  found: 0,
  corrected: 0,
  uncountable: 0,
  notAudited: 0,
  holds: 0,
  redriven: 0,
  left: 0,
  expired: 0,
  readUnits: 0,
  writeUnits: 0,
  durationMs: 0,
};

/** The sum of two, either of which may leave numbers out. */
export function addTotals(a: Partial<StageTotals> = {}, b: Partial<StageTotals> = {}): StageTotals {
  const sums: { -readonly [Name in keyof StageTotals]: number } = { ...noTotals };
  for (const name of Object.keys(noTotals) as (keyof StageTotals)[])
    sums[name] = (a[name] ?? 0) + (b[name] ?? 0);
  return sums;
}

export const scannedTables = ['favourites', 'countedFavourites', 'aggregatedFavourites'] as const;
export type ScannedTable = (typeof scannedTables)[number];

/**
 * One scan segment of one table: an item of a Map state. An item of audit names 'countedFavourites' and stands
 * for that segment of both CountedFavourites and AggregatedFavourites, read side by side: each restaurant that
 * either of them knows is in one of the segments, and as a rule in the same one. Heal has an item for each table.
 */
export interface SegmentWork {
  readonly table: ScannedTable;
  readonly segment: number;
  readonly totalSegments: number;
}

/** Answer of a step of heal or audit. The state machine calls again while `done` is false, after `waitSeconds` if any. */
export interface SegmentStep {
  readonly run: ReconcileRun;
  readonly work: SegmentWork;
  /** Opaque, at most 8 KB; absent at the start of the segment. */
  readonly cursor?: string;
  /** Of this step and those before it. */
  readonly totals: StageTotals;
  readonly done: boolean;
  /** Heal's: what differs after `cursor`, to look at again when the grace period is over. */
  readonly suspects?: HealSuspects;
  /** Whole seconds until that is so. */
  readonly waitSeconds?: number;
}

/**
 * Input of a step: at first the run and the work alone, then the answer of the step before. An execution that began
 * before a deployment starts with zero totals instead, and does not wait.
 */
export type SegmentInput = Pick<SegmentStep, 'run' | 'work'> & Partial<SegmentStep>;

/** The confirmed differences of one stretch of a segment, while the grace period passes. */
export interface HealSuspects {
  /** A digest for each, without user ids; together at most 84 KB. */
  readonly digests: string;
  /** When all of them had been read consistently. */
  readonly seenAtMs: number;
  /** The cursor at the end of the stretch; absent when the segment ends there. */
  readonly until?: string;
}

/** Answer of a step of redrive. */
export interface RedriveStep {
  readonly run: ReconcileRun;
  readonly totals: StageTotals;
  readonly done: boolean;
}

/** Input of a step of redrive: at first the run alone, then the answer of the step before. */
export type RedriveInput = Pick<RedriveStep, 'run'> & Partial<RedriveStep>;

/** Plan's answer. `busy`: another run holds the lease, and this one ends at once with its reason. */
export type PlanOutput =
  | {
      readonly kind: 'planned';
      readonly run: ReconcileRun;
      readonly heal: readonly SegmentWork[];
      readonly audit: readonly SegmentWork[];
    }
  | { readonly kind: 'busy'; readonly reason: string };

/**
 * Report's input at the end of a run (`run` and the stages that there were) and at its failure (`failure` too, and
 * what else there is; `runId` alone when plan failed). It releases the lease in both cases.
 */
export interface ReportInput {
  /** The execution's name. */
  readonly runId: string;
  readonly run?: ReconcileRun;
  readonly redrive?: StageTotals;
  /** The `totals` of every last step of the Map: small, and of no order. */
  readonly heal?: readonly StageTotals[];
  readonly audit?: readonly StageTotals[];
  /** As a Catch of the state machine hands it over. */
  readonly failure?: { readonly Error?: string; readonly Cause?: string };
}

/** Report's answer to a failure: what the Fail state says, in words. Without a failure it is the {@link ReconcileReport}. */
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
  /** Stage by stage, for the table that people read. */
  readonly stages: Readonly<Record<'redrive' | 'heal' | 'audit', StageTotals>>;
}
