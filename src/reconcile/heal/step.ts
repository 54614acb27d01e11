/**
 * One step of heal: compares the pages of one scan segment with the other table until the segment or the time
 * ends. It may be cut off anywhere and called again with its last cursor (I4), because it changes only
 * registers that differ.
 *
 *     page ─ page ─ … stretch ends ── consistent read ── grace ── second read, commits ── cursor moves
 *
 * The step itself waits for a grace period that fits into it. For a longer one the state machine waits: the
 * step answers with digests of the suspects, and the next step scans the stretch again to find and settle
 * them.
 */
import type { Observation } from '../../counting/drift.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import {
  addTotals,
  type HealSuspects,
  type SegmentInput,
  type SegmentStep,
  type StageTotals,
} from '../run.ts';
import type { HealContext } from './context.ts';
import { firstLook, scanKeys } from './first-look.ts';
import { addSettled, confirm, nothingSettled, type Settled, settleDrift, settleSeed } from './settle.ts';
import { keyDigest, parseSuspects, suspectsOf, writeSuspects } from './suspects.ts';
import { pacedStore } from './write-pace.ts';

/**
 * A stretch ends when it has this many differences, which take a few megabytes of memory. The last page has
 * up to 2,000 rows, so a stretch can have up to 6,000 differences.
 */
const DIFFERENCES_MAX = 4_000;
/** Time reserved for the second read and the commits: a quarter of the step's time, at most this. */
const SETTLE_MAX_MS = 20_000;

/** A step's output without its input, and with the totals of this step alone. */
interface Progress extends Omit<SegmentStep, 'run' | 'work' | 'totals'> {
  readonly totals: Partial<StageTotals>;
}

interface StepContext extends HealContext {
  /** Scanning ends by this time. */
  readonly settleByMs: number;
  /** If a grace period would end later, the state machine waits for it. */
  readonly graceByMs: number;
}

/** @throws {TableReadError} A second call with the same input is safe: it repeats no correction. */
export async function healStep(step: SegmentInput, context: HealContext): Promise<SegmentStep> {
  const { clock, deadlineMs, counters } = context;
  const startedAtMs = clock.nowMs();
  const settleMs = Math.min(SETTLE_MAX_MS, (deadlineMs - startedAtMs) / 4);
  // If the last page takes longer than planned, the grace period may use half of the time reserved for
  // settling.
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

/** Works on one stretch after another, until the time or the segment ends, or a stretch must wait. */
async function scanOn(step: SegmentInput, context: StepContext): Promise<Progress> {
  const { clock, settleByMs } = context;
  const seeding = { ...context, store: pacedStore(context.store, context) };
  // Early enough that the grace period still fits after the last page, if it fits at all.
  const earlyMs = settleByMs - (step.run.mode === 'seed' ? 0 : step.run.graceMs);
  const scanUntilMs = earlyMs >= clock.nowMs() ? earlyMs : settleByMs;
  let { cursor } = step;
  let after = cursor;
  let totals: Partial<StageTotals> = {};
  let differences: Observation[] = [];
  let seen: Partial<StageTotals> = {};
  let done = false;
  for (let isLast = false; !isLast; ) {
    const page = await firstLook(step, after, context);
    totals = addTotals(totals, { readUnits: page.readUnits });
    seen = addTotals(seen, { checked: page.checked, uncountable: page.uncountable });
    differences.push(...page.differences);
    after = page.next;
    isLast = after === undefined || clock.nowMs() >= scanUntilMs;
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
    [differences, seen] = [[], {}];
    cursor = after;
    done = after === undefined;
  }
  return { ...at(cursor), totals, done };
}

/**
 * Confirms the differences and settles them after the grace period; if that is too long for the step, it
 * returns them as suspects.
 */
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
 * After the grace period: scans the stretch again until every suspect is found, or the segment ends, and
 * settles them. The cursor then moves to the original end of the stretch, so that nothing after it is
 * skipped.
 */
async function scanAgain(step: SegmentInput, kept: HealSuspects, context: StepContext): Promise<Progress> {
  const { clock, settleByMs } = context;
  const { runId, graceMs } = step.run;
  // The grace period can still be running only if clocks differ, or if the execution runs an older definition
  // of the state machine, which had no Wait state.
  const earlyMs = Math.min(kept.seenAtMs + graceMs, settleByMs) - clock.nowMs();
  if (earlyMs > 0) await clock.sleep(earlyMs);
  if (clock.nowMs() < kept.seenAtMs + graceMs) {
    return { ...waiting(step, kept, context), ...at(step.cursor), totals: {} };
  }
  const suspects = parseSuspects(kept.digests);
  const missing = new Map(suspects);
  const keys: RegisterKey[] = [];
  let after = step.cursor;
  let totals: Partial<StageTotals> = {};
  do {
    const page = await scanKeys(step, after, context);
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

function waiting({ run }: SegmentInput, suspects: HealSuspects, { clock }: HealContext) {
  const waitMs = suspects.seenAtMs + run.graceMs - clock.nowMs();
  return { suspects, waitSeconds: Math.ceil(waitMs / 1000), done: false };
}

function at(cursor: string | undefined): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

/** The next step finds unsettled differences again, and counts them then. */
function totalsOf({ found, corrected, readUnits, unsettled }: Settled): Partial<StageTotals> {
  return { found: unsettled === 0 ? found : corrected, corrected, readUnits };
}
