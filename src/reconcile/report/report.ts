/**
 * The last state, after success and failure alike: releases the lease, adds up the stages, and fails when
 * drift remains (I4).
 */
import type { ReconcileLease } from '../../tables/reconcile-lease.ts';
import type { MetricValues } from '../../lambda/emit-metrics.ts';
import { TooMuchDriftError } from '../errors.ts';
import { type FailureReport, type ReconcileMode, type ReconcileReport, type ReportInput } from '../run.ts';
import { addTotals, noTotals, type StageTotals } from '../totals.ts';

export interface ReportContext {
  readonly lease: ReconcileLease;
  /** Called at most once. */
  readonly emit: (values: MetricValues) => void;
}

const DRIFT_REMAINS = 'DriftRemains';
/** Separates the message from the report. A failed execution has only a cause, so that holds both. */
const REPORT_MARK = ' Report: ';

/** Some registers or counts are still wrong after the run. */
export class DriftRemainsError extends Error {
  override readonly name = DRIFT_REMAINS;
  readonly code = 'drift-remains';

  constructor(sentence: string, report: ReconcileReport) {
    super(`${sentence}${REPORT_MARK}${JSON.stringify(report)}`);
  }
}

/**
 * Idempotent, except for the metrics. These are not emitted a second time when the state machine passes in
 * the failure of an earlier call.
 * @throws {DriftRemainsError | TooMuchDriftError} at the end of a run, never for an `input` with a failure.
 */
export async function reportRun(
  input: ReportInput,
  { lease, emit }: ReportContext,
): Promise<ReconcileReport | FailureReport> {
  await lease.release(input.runId);
  if (input.failure !== undefined) {
    const failed = describeFailure(input.failure);
    // The previous call has already reported what it found, with its metrics.
    const isReported = failed.error === DRIFT_REMAINS || failed.cause.includes(REPORT_MARK);
    if (!isReported) emit({ ReconcileRunsFailed: 1 });
    return failed;
  }
  const summary = summarize(input);
  const error = failureOf(summary);
  emit({ ...metricsOf(summary), ReconcileRunsFailed: error === undefined ? 0 : 1 });
  if (error !== undefined) throw error;
  return summary;
}

function summarize({ run, redrive, verified, heal = [], audit = [] }: ReportInput): ReconcileReport {
  const mode = run?.mode ?? 'repair';
  const healed = verified === undefined ? sumOf(heal) : joinPasses(mode, sumOf([verified]), sumOf(heal));
  const stages = { redrive: sumOf([redrive ?? {}]), heal: healed, audit: sumOf(audit) };
  const all = sumOf(Object.values(stages));
  return {
    mode,
    registersFound: stages.heal.found,
    registersCorrected: stages.heal.corrected,
    countsFound: stages.audit.found,
    countsCorrected: stages.audit.corrected,
    uncountable: all.uncountable,
    notAudited: all.notAudited,
    redriven: all.redriven,
    readUnits: all.readUnits,
    writeUnits: all.writeUnits,
    stages,
  };
}

/** The second pass scans some rows again, and finds again the differences that remain. */
function joinPasses(mode: ReconcileMode, verified: StageTotals, mended: StageTotals): StageTotals {
  return {
    ...verified,
    found: Math.max(verified.found, mended.found),
    corrected: mended.corrected,
    settled: mode === 'repair' ? Math.max(0, verified.found - mended.found) : 0,
    uncounts: Math.max(verified.uncounts, mended.uncounts),
    stopped: mended.stopped,
    readUnits: verified.readUnits + mended.readUnits,
    writeUnits: verified.writeUnits + mended.writeUnits,
    durationMs: verified.durationMs + mended.durationMs,
  };
}

function sumOf(totals: readonly Partial<StageTotals>[]): StageTotals {
  return totals.reduce<StageTotals>(addTotals, noTotals);
}

/** Undefined if all drift that was found is corrected. */
function failureOf(summary: ReconcileReport): Error | undefined {
  const { stopped } = summary.stages.heal;
  if (stopped > 0) {
    return new TooMuchDriftError(
      `Too much drift: in ${plural(stopped, 'segment')} the second pass of heal would have taken more ` +
        'favourites out of the counts than its budget, which is what the first pass had found plus 1 %, or ' +
        'plus ten if that is more. It stopped before that; corrections that were made stay. Perhaps ' +
        'Favourites was emptied or replaced meanwhile. If its rows are right, start a run with mode repair.' +
        `${REPORT_MARK}${JSON.stringify(summary)}`,
    );
  }
  const remains = driftThatRemains(summary);
  return remains === undefined ? undefined : new DriftRemainsError(remains, summary);
}

/** A message that says what to do; undefined if all drift that was found is corrected. */
function driftThatRemains(summary: ReconcileReport): string | undefined {
  const registers = summary.registersFound - summary.registersCorrected - summary.stages.heal.settled;
  const counts = summary.countsFound - summary.countsCorrected;
  const parts = [
    ...(registers > 0 ? [`${plural(registers, 'register')} of ${summary.registersFound} found`] : []),
    ...(counts > 0 ? [`${plural(counts, 'count')} of ${summary.countsFound} found`] : []),
    ...(summary.notAudited > 0 ? [`${plural(summary.notAudited, 'restaurant')} that kept changing`] : []),
  ];
  return parts.length === 0 ? undefined : `Drift remains: ${parts.join(', ')}. ${advice[summary.mode]}`;
}

const advice: Readonly<Record<ReconcileMode, string>> = {
  verify: 'This run only compared. Start a run with mode repair.',
  repair: 'Start the run again; if drift still remains, read the logs of heal and audit.',
  seed: 'Start a run with mode repair.',
  redrive: 'Start a run with mode repair.',
};

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How a distributed Map fails; the child execution has the cause (Step Functions guide, "Error names"). */
const MAP_FAILED = 'States.ExceedToleratedFailureThreshold';

function describeFailure({ Error: error = 'States.TaskFailed', Cause: cause = '' }: Failure): FailureReport {
  if (error !== MAP_FAILED) {
    return { error, cause: messageIn(cause) ?? (cause === '' ? `A state failed with ${error}.` : cause) };
  }
  const explained =
    'A segment of heal or audit failed. The map run of this execution, Verify, Mend or Audit, shows which ' +
    'one and why. Corrections that were made stay. Remove the cause, then start the run again.';
  return { error, cause: explained };
}

type Failure = NonNullable<ReportInput['failure']>;

/** The message that a function threw, which Step Functions passes on as JSON with a stack. */
function messageIn(cause: string): string | undefined {
  try {
    const thrown = JSON.parse(cause) as { readonly errorMessage?: unknown } | null;
    return typeof thrown?.errorMessage === 'string' ? thrown.errorMessage : undefined;
  } catch {
    return undefined;
  }
}

function metricsOf({ stages: { redrive, heal, audit }, ...summary }: ReconcileReport): MetricValues {
  return {
    ReconcileFavouritesChecked: heal.checked,
    ReconcileRestaurantsChecked: audit.checked,
    ReconcileRegisterDriftFound: summary.registersFound,
    ReconcileRegisterDriftCorrected: summary.registersCorrected,
    ReconcileCountDriftFound: summary.countsFound,
    ReconcileCountDriftCorrected: summary.countsCorrected,
    ReconcileUncountableRows: summary.uncountable,
    ReconcileRestaurantsNotAudited: summary.notAudited,
    ReconcileHolds: audit.holds,
    DeadLettersRedriven: summary.redriven,
    DeadLettersLeft: redrive.left,
    DeadLettersExpired: redrive.expired,
    ReconcileReadUnits: summary.readUnits,
    ReconcileWriteUnits: summary.writeUnits,
    ReconcileRedriveDuration: redrive.durationMs,
    ReconcileHealDuration: heal.durationMs,
    ReconcileAuditDuration: audit.durationMs,
  };
}
