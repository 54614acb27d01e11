/**
 * One step of heal: pages of one scan segment, compared with the other table, until the segment or the time ends.
 * It may be cut off anywhere and called again with its last cursor (I4): what is right by then is left alone.
 *
 *     page ─ page ─ page ─ … stretch ends ── consistent look ── grace ── second look, commits ── cursor moves
 */
import type { HealContext } from './context.ts';
import { type FirstLook, firstLook } from './first-look.ts';
import { confirm, type Look, settleDrift, settleSeed } from './settle.ts';
import { addTotals, type SegmentStep } from '../run.ts';
import { pacedStore } from './write-pace.ts';
import type { Observation } from '../../counting/drift.ts';

/** The grace period does not fit into one invocation, so no step could ever settle a difference. */
export class GraceTooLongError extends Error {
  readonly code = 'grace-too-long';
  readonly retryable = false;

  constructor({ graceMs, budgetMs }: { readonly graceMs: number; readonly budgetMs: number }) {
    super(
      `The grace period of ${graceMs} ms does not fit into the ${budgetMs} ms of one step of heal. ` +
        'Run with a shorter one, or give the heal function a longer timeout.',
    );
    this.name = 'GraceTooLongError';
  }
}

/** Differences that one stretch gathers: some megabytes of memory, and one grace period for all of them. */
const DIFFERENCES_MAX = 5_000;
/** Kept for the second look and the commits: of the step's time a quarter, at most this. */
const SETTLE_MAX_MS = 20_000;

/** The pages since the cursor: they are scanned, and their differences are not settled yet. */
interface Stretch {
  readonly differences: readonly Observation[];
  readonly checked: number;
  readonly uncountable: number;
}

const noStretch: Stretch = { differences: [], checked: 0, uncountable: 0 };

/** @throws {GraceTooLongError | TableReadError} having moved nothing that a second call would do again. */
export async function healStep(step: SegmentStep, context: HealContext): Promise<SegmentStep> {
  const startedAtMs = context.clock.nowMs();
  const { scanUntilMs, graceMs } = scheduleOf(step, context);
  const settle = settlerOf(step, context);

  let { cursor, totals } = step;
  let after = cursor;
  let stretch = noStretch;
  let done = false;
  for (let isLast = false; !isLast; ) {
    const page = await firstLook(step, { after, reads: context.reads });
    for (const row of page.uncountable) context.notice({ kind: 'uncountable', row });
    totals = addTotals(totals, { readUnits: page.readUnits });
    stretch = extended(stretch, page);
    after = page.next;
    isLast = after === undefined || context.clock.nowMs() >= scanUntilMs;
    const isWaiting = stretch.differences.length > 0;
    if (isWaiting && !isLast && stretch.differences.length < DIFFERENCES_MAX) continue;

    if (isWaiting) {
      const confirmed = await confirmedOf(stretch.differences, step, context);
      if (graceMs > 0 && confirmed.observations.length > 0) await context.clock.sleep(graceMs);
      const settled = await settle(confirmed.observations);
      totals = addTotals(addTotals(totals, { readUnits: confirmed.readUnits }), settled.totals);
      if (settled.unsettled > 0) break;
      isLast ||= context.clock.nowMs() >= scanUntilMs;
    }
    totals = addTotals(totals, { checked: stretch.checked, uncountable: stretch.uncountable });
    stretch = noStretch;
    cursor = after;
    done = after === undefined;
  }
  const durationMs = context.clock.nowMs() - startedAtMs;
  return {
    run: step.run,
    work: step.work,
    ...(cursor !== undefined && { cursor }),
    totals: addTotals(totals, { writeUnits: context.counters.writeUnits, durationMs }),
    done,
  };
}

/** Scanning ends so early that what the last page shows can still stand for the grace period and be settled. */
function scheduleOf({ run }: SegmentStep, { clock, deadlineMs }: HealContext) {
  const budgetMs = deadlineMs - clock.nowMs();
  const graceMs = run.mode === 'seed' ? 0 : run.graceMs;
  const settleMs = Math.min(SETTLE_MAX_MS, budgetMs / 4);
  if (graceMs > 0 && graceMs + settleMs > budgetMs) throw new GraceTooLongError({ graceMs, budgetMs });
  return { graceMs, scanUntilMs: deadlineMs - settleMs - graceMs };
}

/** Seed has no second look, so it needs none before. */
async function confirmedOf(
  differences: readonly Observation[],
  { run }: SegmentStep,
  context: HealContext,
): Promise<Look> {
  return run.mode === 'seed' ? { observations: differences, readUnits: 0 } : confirm(differences, context);
}

/** How the run's mode settles a stretch, and what of it counts when the time ended in the middle. */
function settlerOf({ run }: SegmentStep, context: HealContext) {
  const isCorrecting = run.mode !== 'verify';
  const paced = { ...context, store: pacedStore(context.store, context) };
  return async (differences: readonly Observation[]) => {
    const { readUnits, unsettled, ...settled } = await (run.mode === 'seed'
      ? settleSeed(differences, paced)
      : settleDrift(differences, { isCorrecting, context }));
    // The next step finds again whatever this one did not correct.
    const found = unsettled === 0 ? settled.found : settled.corrected;
    return { unsettled, totals: { readUnits, found, corrected: settled.corrected } };
  };
}

function extended(stretch: Stretch, page: FirstLook): Stretch {
  return {
    differences:
      page.differences.length === 0 ? stretch.differences : [...stretch.differences, ...page.differences],
    checked: stretch.checked + page.checked,
    uncountable: stretch.uncountable + page.uncountable.length,
  };
}
