/** Runs the audit's use-case on a store of the test, step by step like the workflow. */
import { auditStep } from '../../src/reconcile/audit/step.ts';
import type { AuditContext, AuditNotice } from '../../src/reconcile/audit/context.ts';
import { type ReconcileMode, type SegmentStep } from '../../src/reconcile/run.ts';
import { noTotals, type StageTotals } from '../../src/reconcile/totals.ts';
import { RANKING_SHARDS, TORN_MS } from './torn-counts.ts';

export interface AuditRun {
  readonly mode?: ReconcileMode;
  readonly totalSegments?: number;
  /** Time budget of one step. */
  readonly budgetMs?: number;
  readonly notices?: AuditNotice[];
  /** Cursor of the first step. */
  readonly cursor?: string;
}

export type AuditBench = Pick<AuditContext, 'store' | 'clock' | 'timeWindows'> &
  Partial<Pick<AuditContext, 'timeZone' | 'secondReadingMs' | 'holdMs' | 'concurrency'>>;

/** Longer than the time during which a Query may see only a part of a transaction. */
export const SECOND_READING_MS = TORN_MS + 100;
/** Twice the pause before the second read. */
export const HOLD_MS = 2 * SECOND_READING_MS;

/** A test gives up after this many steps of one segment. */
const STEPS_MAX = 500;

/** Audits all segments, one after another. @returns the totals, and the number of steps. */
export async function audit(
  bench: AuditBench,
  { mode = 'repair', totalSegments = 1, budgetMs = 1e9, notices = [], cursor }: AuditRun = {},
): Promise<StageTotals & { readonly steps: number }> {
  let totals = noTotals;
  let steps = 0;
  for (let segment = 0; segment < totalSegments; segment += 1) {
    let step: SegmentStep = {
      run: { runId: 'run', mode, graceMs: 0, startedAtMs: 0 },
      work: { table: 'countedFavourites', segment, totalSegments },
      ...(cursor === undefined ? {} : { cursor }),
      totals,
      done: false,
    };
    for (; !step.done; steps += 1) {
      if (steps >= STEPS_MAX) throw new Error(`segment ${segment} was not done after ${steps} steps`);
      const context: AuditContext = {
        secondReadingMs: SECOND_READING_MS,
        timeZone: 'UTC',
        holdMs: HOLD_MS,
        concurrency: 2,
        ...bench,
        rankingShards: RANKING_SHARDS,
        deadlineMs: bench.clock.nowMs() + budgetMs,
        notice: (notice) => notices.push(notice),
      };
      step = JSON.parse(JSON.stringify(await auditStep(step, context))) as SegmentStep;
    }
    totals = step.totals;
  }
  return { ...totals, steps };
}
