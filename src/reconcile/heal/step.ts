/**
 * One step of heal: pages of one scan segment, compared with the other table, until the segment or the time ends.
 * It may be cut off anywhere and called again with its last cursor (I4): what is right by then is left alone.
 *
 *     page ─ page ─ … stretch ends ── consistent look ── grace ── second look, commits ── cursor moves
 *
 * A grace period that fits passes inside the step. A longer one passes in the state machine: the step answers with
 * digests of the suspects, and the next step scans the stretch again to find and settle them.
 */
import type { Observation } from '../../counting/drift.ts';
import type { FavouriteKey } from '../../counting/favourite-event.ts';
import {
  addTotals,
  type HealSuspects,
  type SegmentInput,
  type SegmentStep,
  type StageTotals,
} from '../run.ts';
import type { HealContext } from './context.ts';
import { type FirstLook, firstLook, scanKeys } from './first-look.ts';
import { addSettled, confirm, nothingSettled, type Settled, settleDrift, settleSeed } from './settle.ts';
import { keyDigest, parseSuspects, suspectsOf, writeSuspects } from './suspects.ts';
import { pacedStore } from './write-pace.ts';

/** Differences at which a stretch ends, some megabytes of memory; with a last page of 2,000, at most 6,000. */
const DIFFERENCES_MAX = 4_000;
/** Kept for the second look and the commits: of the step's time a quarter, at most this. */
const SETTLE_MAX_MS = 20_000;

/** The answer of a step without what it was asked, and with the totals of this step alone. */
interface Progress extends Omit<SegmentStep, 'run' | 'work' | 'totals'> {
  readonly totals: Partial<StageTotals>;
}

interface StepContext extends HealContext {
  /** Scanning ends by then. */
  readonly settleByMs: number;
  /** A grace period that would end later passes in the state machine. */
  readonly graceByMs: number;
}

/** The pages since the cursor, whose differences are not settled yet. */
interface Stretch {
  readonly differences: readonly Observation[];
  readonly checked: number;
  readonly uncountable: number;
}

const noStretch: Stretch = { differences: [], checked: 0, uncountable: 0 };

/** @throws {TableReadError} having moved nothing that a second call would do again. */
export async function healStep(step: SegmentInput, context: HealContext): Promise<SegmentStep> {
  const { clock, deadlineMs, counters } = context;
  const startedAtMs = clock.nowMs();
  const settleMs = Math.min(SETTLE_MAX_MS, (deadlineMs - startedAtMs) / 4);
  // The last page may take longer than planned: half of the time to settle is enough then.
  const times = { settleByMs: deadlineMs - settleMs, graceByMs: deadlineMs - settleMs / 2 };
  const { totals, ...progress } = await (step.suspects === undefined
    ? scanOn(step, { ...context, ...times })
    : scanAgain(step, step.suspects, { ...context, ...times }));
  const own = { writeUnits: counters.writeUnits, durationMs: clock.nowMs() - startedAtMs };
  return {
    run: step.run,
    work: step.work,
    ...progress,
    totals: addTotals(addTotals(step.totals, totals), own),
  };
}

/** From the cursor on, one stretch after another, until the time or the segment ends or a stretch has to wait. */
async function scanOn(step: SegmentInput, context: StepContext): Promise<Progress> {
  const { clock, reads, settleByMs } = context;
  const seeding = { ...context, store: pacedStore(context.store, context) };
  // So early that what the last page shows can still stand for the grace period, where one fits at all.
  const earlyMs = settleByMs - graceMsOf(step);
  const scanUntilMs = earlyMs >= clock.nowMs() ? earlyMs : settleByMs;
  let { cursor } = step;
  let after = cursor;
  let totals: Partial<StageTotals> = {};
  let stretch = noStretch;
  let done = false;
  for (let isLast = false; !isLast; ) {
    const page = await firstLook(step, { after, reads });
    for (const row of page.uncountable) context.notice({ kind: 'uncountable', row });
    totals = addTotals(totals, { readUnits: page.readUnits });
    stretch = extended(stretch, page);
    after = page.next;
    isLast = after === undefined || clock.nowMs() >= scanUntilMs;
    const { differences, ...seen } = stretch;
    if (differences.length > 0) {
      if (!isLast && differences.length < DIFFERENCES_MAX) continue;
      const settled: Settled & { readonly suspects?: HealSuspects } =
        step.run.mode === 'seed'
          ? await settleSeed(differences, seeding)
          : await settleStretch(differences, step, context);
      totals = addTotals(totals, totalsOf(settled));
      if (settled.unsettled > 0) break;
      if (settled.suspects !== undefined) {
        const suspects = { ...settled.suspects, ...(after !== undefined && { until: after }) };
        return { ...waiting(step, suspects, context), ...at(cursor), totals: addTotals(totals, seen) };
      }
      isLast ||= clock.nowMs() >= scanUntilMs;
    }
    totals = addTotals(totals, seen);
    stretch = noStretch;
    cursor = after;
    done = after === undefined;
  }
  return { ...at(cursor), totals, done };
}

/** Confirms the differences and settles them after the grace period, or answers with them where it does not fit. */
async function settleStretch(
  differences: readonly Observation[],
  step: SegmentInput,
  context: StepContext,
): Promise<Settled & { readonly suspects?: HealSuspects }> {
  const { clock } = context;
  const { confirmed, readUnits } = await confirm(differences, context);
  const looked = { ...nothingSettled, readUnits };
  if (confirmed.length === 0) return looked;
  const suspects = suspectsOf(confirmed, step.run.runId);
  if (step.run.graceMs > 0 && clock.nowMs() + step.run.graceMs > context.graceByMs) {
    return { ...looked, suspects: { digests: writeSuspects(suspects), seenAtMs: clock.nowMs() } };
  }
  if (step.run.graceMs > 0) await clock.sleep(step.run.graceMs);
  const keys = confirmed.map(({ key }) => key);
  return addSettled(looked, await settleDrift(keys, { run: step.run, suspects, context }));
}

/**
 * When the grace period is over: scans the stretch from its start until every suspect has come by, or the segment
 * ends, and settles them. The stretch is behind the cursor then, whatever came into it since.
 */
async function scanAgain(step: SegmentInput, kept: HealSuspects, context: StepContext): Promise<Progress> {
  const { clock, reads, settleByMs } = context;
  const { runId, graceMs } = step.run;
  // Not over yet only where clocks differ, or under a state machine from before its Wait state.
  const earlyMs = Math.min(kept.seenAtMs + graceMs, settleByMs) - clock.nowMs();
  if (earlyMs > 0) await clock.sleep(earlyMs);
  if (clock.nowMs() < kept.seenAtMs + graceMs) {
    return { ...waiting(step, kept, context), ...at(step.cursor), totals: {} };
  }
  const suspects = parseSuspects(kept.digests);
  const missing = new Map(suspects);
  const keys: FavouriteKey[] = [];
  let after = step.cursor;
  let totals: Partial<StageTotals> = {};
  do {
    const page = await scanKeys(step, { after, reads });
    totals = addTotals(totals, { readUnits: page.readUnits });
    keys.push(...page.keys.filter((key) => missing.delete(keyDigest(key, runId))));
    after = page.next;
  } while (missing.size > 0 && after !== undefined && clock.nowMs() < settleByMs);

  const settled = await settleDrift(keys, { run: step.run, suspects, context });
  totals = addTotals(totals, totalsOf(settled));
  if (settled.unsettled > 0) return { ...at(step.cursor), suspects: kept, totals, done: false };
  if (missing.size > 0 && after !== undefined) {
    return { ...at(after), suspects: { ...kept, digests: writeSuspects(missing) }, totals, done: false };
  }
  return { ...at(kept.until), totals, done: kept.until === undefined };
}

function graceMsOf({ run }: SegmentInput): number {
  return run.mode === 'seed' ? 0 : run.graceMs;
}

function waiting({ run }: SegmentInput, suspects: HealSuspects, { clock }: HealContext) {
  const waitMs = suspects.seenAtMs + run.graceMs - clock.nowMs();
  return { suspects, waitSeconds: Math.ceil(waitMs / 1000), done: false };
}

function at(cursor: string | undefined): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

/** Whatever was not corrected is found again, so it counts then. */
function totalsOf({ found, corrected, readUnits, unsettled }: Settled): Partial<StageTotals> {
  return { found: unsettled === 0 ? found : corrected, corrected, readUnits };
}

function extended(stretch: Stretch, page: FirstLook): Stretch {
  return {
    differences:
      page.differences.length === 0 ? stretch.differences : [...stretch.differences, ...page.differences],
    checked: stretch.checked + page.checked,
    uncountable: stretch.uncountable + page.uncountable.length,
  };
}
