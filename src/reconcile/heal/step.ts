/**
 * One step of heal: compares the pages of one scan segment with the other table until the segment or the time
 * ends. It may be cut off anywhere and called again with its last cursor (I4), because it changes only
 * registers that differ. The first pass writes nothing; decide then says which segments the second pass
 * corrects.
 *
 *     page ─ page ─ … stretch ends ── consistent read ── grace ── second read, commits ── cursor moves
 *
 * The step itself waits for a grace period that fits into it. For a longer one the state machine waits: the
 * step answers with digests of the suspects, and the next step scans the stretch again to find and settle
 * them.
 */
import type { Observation } from '../../counting/drift.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { type HealSuspects, type SegmentInput, type SegmentStep, uncountsMaxOf } from '../run.ts';
import { orStopHere } from '../../tables/dynamodb/errors.ts';
import { addTotals, type StageTotals } from '../totals.ts';
import { addRejections } from '../rejections.ts';
import type { HealContext } from './context.ts';
import { addSeen, nothingSeen, type Seen } from '../rows-seen.ts';
import { readSuspects } from '../digest/suspect-cells.ts';
import { firstLook, type LookContext, scanKeys } from './first-look.ts';
import {
  addSettled,
  confirm,
  nothingSettled,
  openRegisters,
  type Settled,
  settleDrift,
  settleSeed,
  type UncountBudget,
} from './settle.ts';
import { keyDigest, parseSuspects, suspectsOf, writeSuspects } from './suspects.ts';
import { pacedStore } from './write-pace.ts';

/**
 * A stretch ends when it has this many differences, which take a few megabytes of memory. The last page has
 * up to 2,000 rows, so a stretch can have up to 6,000 differences.
 */
const DIFFERENCES_MAX = 4_000;
/** Time reserved for the second read and the commits: a quarter of the step's time, at most this. */
const SETTLE_MAX_MS = 20_000;

/** A step's output without its input, and with the totals and rejections of this step alone. */
interface Progress
  extends Omit<SegmentStep, 'run' | 'work' | 'pass' | 'digest' | 'totals' | 'rejections'>,
    Seen {}

interface StepContext extends LookContext {
  /** Undefined in a pass that writes nothing. */
  readonly budget: UncountBudget | undefined;
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
  const suspects = step.digest && (await readSuspects(step.digest, context.sums));
  const stepContext = { ...context, ...times, budget: budgetOf(step), isSuspect: suspects?.isSuspect };
  const { totals, rejections, ...progress } = await (step.suspects === undefined
    ? scanOn(step, stepContext)
    : scanAgain(step, step.suspects, stepContext));
  const own = {
    readUnits: suspects?.readUnits ?? 0,
    writeUnits: counters.writeUnits,
    durationMs: clock.nowMs() - startedAtMs,
  };
  return {
    run: step.run,
    work: step.work,
    ...(step.pass !== undefined && { pass: step.pass }),
    ...(step.digest && { digest: step.digest }),
    ...progress,
    totals: addTotals(addTotals(step.totals, totals), own),
    ...(step.pass === 'verify' && { rejections: addRejections(step.rejections ?? [], rejections) }),
  };
}

function budgetOf({ run, work, pass, totals }: SegmentInput): UncountBudget | undefined {
  if (pass === 'verify' || run.mode === 'verify') return undefined;
  return { max: work.uncountsMax ?? uncountsMaxOf(0), spent: totals?.uncounts ?? 0 };
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
  let differences: Observation[] = [];
  // `settledPages`: the rows up to the cursor, and all work of this step. `seen`: the rows after the cursor.
  let [settledPages, seen] = [nothingSeen, nothingSeen];
  const note = (totals: Partial<StageTotals>): void => {
    settledPages = addSeen(settledPages, { totals, rejections: [] });
  };
  let done = false;
  for (let isLast = false; !isLast; ) {
    // Differences that are not settled yet are found again by the next step.
    const page = await orStopHere(firstLook(step, after, context), cursor !== step.cursor);
    if (page === undefined) break;
    note({ readUnits: page.readUnits });
    seen = addSeen(seen, page);
    differences.push(...page.differences);
    after = page.next;
    isLast = after === undefined || clock.nowMs() >= scanUntilMs;
    if (differences.length > 0) {
      if (!isLast && differences.length < DIFFERENCES_MAX) continue;
      const settled: Settled & { readonly suspects?: HealSuspects } =
        step.run.mode === 'seed'
          ? await settleSeed(differences, seeding)
          : await settleStretch(differences, step, context);
      note(totalsOf(settled));
      if (settled.stopped > 0) return { ...at(cursor), ...settledPages, done: true };
      if (settled.unsettled > 0) break;
      if (settled.suspects !== undefined) {
        const suspects = { ...settled.suspects, ...(after !== undefined && { until: after }) };
        return { ...waiting(step, suspects, context), ...at(cursor), ...addSeen(settledPages, seen) };
      }
      isLast ||= clock.nowMs() >= scanUntilMs;
    }
    settledPages = addSeen(settledPages, seen);
    [differences, seen] = [[], nothingSeen];
    cursor = after;
    done = after === undefined;
  }
  return { ...at(cursor), ...settledPages, done };
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
  const opened = context.budget === undefined ? confirmed : await openRegisters(confirmed, context);
  const suspects = suspectsOf(opened, step.run.runId);
  if (step.run.graceMs > 0 && clock.nowMs() + step.run.graceMs > context.graceByMs) {
    return { ...looked, suspects: { digests: writeSuspects(suspects), seenAtMs: clock.nowMs() } };
  }
  if (step.run.graceMs > 0) await clock.sleep(step.run.graceMs);
  const keys = confirmed.map(({ key }) => key);
  return addSettled(
    looked,
    await settleDrift(keys, { run: step.run, suspects, context, budget: context.budget }),
  );
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
    return { ...waiting(step, kept, context), ...at(step.cursor), ...nothingSeen };
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

  const settled = await settleDrift(keys, { run: step.run, suspects, context, budget: context.budget });
  const seen = { ...nothingSeen, totals: addTotals(totals, totalsOf(settled)) };
  if (settled.stopped > 0) return { ...at(step.cursor), ...seen, done: true };
  if (settled.unsettled > 0) return { ...at(step.cursor), suspects: kept, ...seen, done: false };
  if (missing.size > 0 && after !== undefined) {
    return { ...at(after), suspects: { ...kept, digests: writeSuspects(missing) }, ...seen, done: false };
  }
  return { ...at(kept.until), ...seen, done: kept.until === undefined };
}

function waiting({ run }: SegmentInput, suspects: HealSuspects, { clock }: HealContext) {
  const waitMs = suspects.seenAtMs + run.graceMs - clock.nowMs();
  return { suspects, waitSeconds: Math.ceil(waitMs / 1000), done: false };
}

function at(cursor: string | undefined): { readonly cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

/** The next step finds unsettled differences again, and counts them then. */
function totalsOf({ found, unsettled, ...settled }: Settled): Partial<StageTotals> {
  const { corrected, uncounts, readUnits, stopped } = settled;
  return { found: unsettled === 0 ? found : corrected, corrected, uncounts, readUnits, stopped };
}
