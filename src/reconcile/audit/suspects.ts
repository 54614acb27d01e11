/**
 * Examines restaurants whose counts seem wrong, until each is corrected, found correct, or given up (I4). The
 * guard is the revision of the ALL_TIME row. A difference is drift only if a consistent reading shows it, the
 * guard stays the same during that reading, and the guard already had that value at least `secondReadingMs`
 * before. The wait is necessary because a Query is not isolated from a transaction that is being committed:
 * after the wait, the transaction that wrote that revision is visible as a whole.
 *
 *     seen with guard 7 ──── 10 s ──── rows, registers, guard 7 ──> correct, on condition that it is still 7
 *     guard 8 by then                  again, up to five times ──> hold the restaurant, and once more
 */
import { nextRevision, NO_REVISION, type Revision, type RowCorrection } from '../../counting/drift.ts';
import type { RestaurantId } from '../../counting/register-key.ts';
import { ALL_TIME } from '../../counting/time-window.ts';
import { CORRECTIONS_MAX } from '../../tables/aggregated-favourites-audit.ts';
import { atMost } from '../../tables/dynamodb/at-most.ts';
import type { AuditContext, StepContext } from './context.ts';
import { type Reading, readRestaurant } from './reading.ts';

/** A revision of the guard, and a moment at which the restaurant already had it. */
export interface Sighting {
  readonly guard: Revision;
  readonly atMs: number;
}

interface Suspect {
  readonly restaurantId: RestaurantId;
  sighting: Sighting | undefined;
  /** No reading has shown a difference yet. */
  agreed: boolean;
  /** Corrections whose answer was lost. */
  sent: readonly RowCorrection[];
}

/** How often a restaurant that keeps changing is read before it is held. */
const READINGS_MAX = 5;
/**
 * Setting a hold conflicts with transactions of the events that it is to block, so several attempts may fail.
 */
const HOLD_ATTEMPTS_MAX = 20;
const HOLD_PAUSE_MS = 50;
/** Time reserved after a wait for the readings and corrections that follow. */
const WORK_RESERVE_MS = 2_000;

/** The longest total wait of {@link examineSuspects}; its requests take extra time. */
export function longestWaitMs(times: AuditContext): number {
  return READINGS_MAX * times.secondReadingMs + times.holdMs + HOLD_ATTEMPTS_MAX * HOLD_PAUSE_MS;
}

/** @returns the restaurants that it had no time to examine. */
export async function examineSuspects(
  seen: ReadonlyMap<RestaurantId, Sighting | undefined>,
  context: StepContext,
): Promise<readonly RestaurantId[]> {
  const { clock, deadlineMs, secondReadingMs, concurrency } = context;
  const unexamined: Suspect[] = [];
  let open: readonly Suspect[] = Array.from(seen, ([restaurantId, sighting]) => {
    return { restaurantId, sighting, agreed: true, sent: [] };
  });
  for (let reading = 1; reading <= READINGS_MAX && open.length > 0; reading += 1) {
    const dueMs = Math.max(...open.map(({ sighting }) => (sighting?.atMs ?? -Infinity) + secondReadingMs));
    if (!(await sleepUntil(dueMs, context))) return idsOf([...unexamined, ...open]);
    open = await examineAll(open, secondReadingMs);
  }
  open = open.filter(({ agreed }) => !agreed);
  if (!context.mayWrite) giveUp(open, context);
  for (let from = 0; context.mayWrite && from < open.length; from += concurrency) {
    const some = open.slice(from, from + concurrency);
    if (clock.nowMs() + context.holdMs + WORK_RESERVE_MS > deadlineMs) unexamined.push(...some);
    else await examineHeld(some);
  }
  return idsOf(unexamined);

  /** @returns the suspects that are still undecided. */
  async function examineAll(some: readonly Suspect[], standsMs: number): Promise<readonly Suspect[]> {
    const inTurn = atMost(concurrency);
    const verdicts = await Promise.all(
      some.map((suspect) => inTurn(() => examine(suspect, { standsMs, context }))),
    );
    unexamined.push(...some.filter((_, index) => verdicts[index] === 'out of time'));
    return some.filter((_, index) => verdicts[index] === 'undecided');
  }

  async function examineHeld(some: readonly Suspect[]): Promise<void> {
    const standsMs = Math.min(secondReadingMs, context.holdMs / 2);
    const holds = await Promise.all(some.map((suspect) => hold(suspect, context)));
    await clock.sleep(standsMs);
    giveUp(await examineAll(some, standsMs), context);
    await Promise.all(some.map((suspect, index) => release(suspect, holds[index], context)));
  }
}

type Verdict = 'right' | 'drift' | 'undecided' | 'out of time';

async function examine(
  suspect: Suspect,
  { standsMs, context }: { readonly standsMs: number; readonly context: StepContext },
): Promise<Verdict> {
  for (;;) {
    const reading = await readRestaurant(suspect.restaurantId, { consistent: true }, context);
    if (reading === undefined) return 'out of time';
    countSent(suspect, reading, context);
    const { sighting } = suspect;
    const isStill = reading.guardAfter === reading.guard;
    const stood =
      isStill && sighting?.guard === reading.guard && reading.begunAtMs >= sighting.atMs + standsMs;
    if (sighting?.guard !== reading.guardAfter) {
      suspect.sighting = { guard: reading.guardAfter, atMs: reading.endedAtMs };
    }
    if (reading.corrections.length === 0) return isStill ? 'right' : 'undecided';
    suspect.agreed = false;
    if (!stood) return 'undecided';
    const verdict = await settleDrift(suspect, reading, context);
    if (verdict !== 'more') return verdict;
  }
}

/** `more`: some rows are corrected and others are left, so the restaurant must be read again. */
async function settleDrift(
  suspect: Suspect,
  { corrections, guard, endedAtMs }: Reading,
  context: StepContext,
): Promise<Verdict | 'more'> {
  const { restaurantId } = suspect;
  if (!context.mayWrite) {
    context.add({ found: corrections.length });
    return 'drift';
  }
  const rows = corrections.slice(0, CORRECTIONS_MAX);
  const answer = await context.store.correct({ restaurantId, guard, rows }, { nowMs: context.clock.nowMs() });
  switch (answer.kind) {
    case 'committed':
      context.add({ found: rows.length, corrected: rows.length, writeUnits: answer.writeUnits });
      if (rows.length === corrections.length) return 'drift';
      // This correction raised the guard, not an event: the restaurant has not changed since the sighting.
      if (rows.some(({ window }) => window === ALL_TIME)) {
        suspect.sighting = { guard: nextRevision(guard), atMs: suspect.sighting?.atMs ?? endedAtMs };
      }
      return 'more';
    case 'refused':
      context.notice({ restaurantId, reason: 'the correction was refused' });
      context.add({ found: corrections.length });
      return 'drift';
    case 'unknown':
      suspect.sent = rows;
      return 'undecided';
    case 'overtaken':
      return 'undecided';
  }
}

/** A correction whose answer was lost has committed if the rows have the revisions that it writes. */
function countSent(suspect: Suspect, { rows }: Reading, { add }: StepContext): void {
  const revisions = new Map(rows.map(({ window, revision }) => [window, revision]));
  const hasCommitted = suspect.sent.every(
    ({ window, was }) => (revisions.get(window) ?? NO_REVISION) === nextRevision(was),
  );
  if (hasCommitted) add({ found: suspect.sent.length, corrected: suspect.sent.length });
  suspect.sent = [];
}

/** @returns when the hold ends. Setting it raises the guard, so the guard is read again. */
async function hold(
  suspect: Suspect,
  { store, clock, add, holdMs }: StepContext,
): Promise<number | undefined> {
  for (let attempt = 1; attempt <= HOLD_ATTEMPTS_MAX; attempt += 1) {
    const nowMs = clock.nowMs();
    const untilMs = nowMs + holdMs;
    const answer = await store.hold(suspect.restaurantId, { untilMs, nowMs });
    if (answer.kind === 'refused') return undefined;
    if (answer.kind === 'overtaken') {
      await clock.sleep(HOLD_PAUSE_MS);
      continue;
    }
    if (answer.kind === 'committed') add({ holds: 1, writeUnits: answer.writeUnits });
    const { revision, readUnits } = await store.readGuard(suspect.restaurantId);
    add({ readUnits });
    suspect.sighting = { guard: revision, atMs: clock.nowMs() };
    return untilMs;
  }
  return undefined;
}

/** Ends the hold early, so that events go on at once; if that fails, the hold expires by itself. */
async function release(
  { restaurantId }: Suspect,
  untilMs: number | undefined,
  { store, add }: StepContext,
): Promise<void> {
  if (untilMs === undefined) return;
  const answer = await store.release(restaurantId, { untilMs });
  if (answer.kind === 'committed') add({ writeUnits: answer.writeUnits });
}

/** Returns false at once if no time would be left after the wait. */
async function sleepUntil(dueMs: number, { clock, deadlineMs }: StepContext): Promise<boolean> {
  const waitMs = Math.max(0, dueMs - clock.nowMs());
  if (clock.nowMs() + waitMs + WORK_RESERVE_MS > deadlineMs) return false;
  if (waitMs > 0) await clock.sleep(waitMs);
  return true;
}

function giveUp(suspects: readonly Suspect[], { add, notice }: StepContext): void {
  add({ notAudited: suspects.length });
  for (const { restaurantId } of suspects) notice({ restaurantId, reason: 'it kept changing' });
}

function idsOf(suspects: readonly Suspect[]): readonly RestaurantId[] {
  return suspects.map(({ restaurantId }) => restaurantId);
}
