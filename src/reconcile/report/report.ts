/**
 * The last state, of a run that ended well and of one that did not: gives the lease back, sums up what the stages
 * did, and fails loudly when drift remains (I4).
 */
import type { ReconcileLease } from '../../tables/reconcile-lease.ts';
import type { MetricValues } from '../../lambda/emit-metrics.ts';
import {
  addTotals,
  type FailureReport,
  noTotals,
  type ReconcileMode,
  type ReconcileReport,
  type ReportInput,
} from '../run.ts';

export interface ReportContext {
  readonly lease: ReconcileLease;
  /** Called at most once. */
  readonly emit: (values: MetricValues) => void;
}

/** Counts or registers are not what they should be, and this run leaves them so. */
export class DriftRemainsError extends Error {
  readonly code = 'drift-remains';
  readonly retryable = false;
  readonly report: ReconcileReport;

  constructor(sentence: string, report: ReconcileReport) {
    // The output of a failed execution is lost but for its cause: the figures go into the message.
    super(`${sentence} ${REPORT_MARK}${JSON.stringify(report)}`);
    this.name = DRIFT_REMAINS;
    this.report = report;
  }
}

const DRIFT_REMAINS = 'DriftRemains';
const REPORT_MARK = 'Report: ';

/**
 * Idempotent but for the metrics, which a run that comes again at its failure does not emit twice.
 * @throws {DriftRemainsError} at the end of a run, never for an `input` with a failure.
 */
export async function reportRun(
  input: ReportInput,
  { lease, emit }: ReportContext,
): Promise<ReconcileReport | FailureReport> {
  await lease.release(input.runId);
  if (input.failure !== undefined) {
    const failed = describeFailure(input.failure);
    // Drift that remains was found here, one call ago, and the metrics of that run are out.
    if (failed.error !== DRIFT_REMAINS) emit({ ReconcileRunsFailed: 1 });
    return failed;
  }
  const summary = summarize(input);
  const remains = driftThatRemains(summary);
  emit({ ...metricsOf(summary), ReconcileRunsFailed: remains === undefined ? 0 : 1 });
  if (remains !== undefined) throw new DriftRemainsError(remains, summary);
  return summary;
}

function summarize({ run, redrive, heal = [], audit = [] }: ReportInput): ReconcileReport {
  const stages = {
    redrive: addTotals(noTotals, redrive ?? {}),
    heal: heal.reduce(addTotals, noTotals),
    audit: audit.reduce(addTotals, noTotals),
  };
  const all = Object.values(stages).reduce(addTotals, noTotals);
  return {
    mode: run?.mode ?? 'repair',
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

/** In words, with what to do; undefined when all that was found is put right. */
function driftThatRemains(summary: ReconcileReport): string | undefined {
  const registers = summary.registersFound - summary.registersCorrected;
  const counts = summary.countsFound - summary.countsCorrected;
  if (registers <= 0 && counts <= 0 && summary.notAudited === 0) return undefined;
  const parts = [
    registers > 0 ? `${plural(registers, 'register')} of ${summary.registersFound} found` : '',
    counts > 0 ? `${plural(counts, 'count')} of ${summary.countsFound} found` : '',
    summary.notAudited > 0 ? `${plural(summary.notAudited, 'restaurant')} that would not hold still` : '',
  ].filter((part) => part !== '');
  return `Drift remains: ${parts.join(', ')}. ${advice[summary.mode]}`;
}

const advice: Readonly<Record<ReconcileMode, string>> = {
  verify: 'This run only looked. Start one with mode repair.',
  repair: 'Start it again; what remains then needs a look at the logs of heal and audit.',
  seed: 'Start one with mode repair.',
  redrive: 'Start one with mode repair.',
};

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function describeFailure({ Error: error = 'States.TaskFailed', Cause: cause = '' }: Failure): FailureReport {
  if (error === MAP_FAILED) return { error, cause: MAP_FAILED_CAUSE };
  return { error, cause: messageIn(cause) ?? (cause === '' ? `A state failed with ${error}.` : cause) };
}

/** All that a distributed Map says of itself; the cause stays with the child execution (Step Functions, error names). */
const MAP_FAILED = 'States.ExceedToleratedFailureThreshold';
const MAP_FAILED_CAUSE =
  'A segment of heal or audit could not finish. The map run of this execution, Heal or Audit, shows which one and why. ' +
  'What was corrected stays; start the run again when the cause is mended.';

type Failure = NonNullable<ReportInput['failure']>;

/** The message of an error that a function threw: Step Functions hands it over as JSON with a stack. */
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
