/**
 * Restaurants whose counts seem wrong, until each is put right, found right, or given up (I4). A difference is
 * drift only if it is read consistently while the guard, the ALL_TIME row's revision, stands still, and if that
 * revision was already seen `secondReadingMs` before: a Query is not isolated from a transaction that is being
 * committed, and by then the one that wrote that revision is visible whole.
 *
 *     suspect seen, guard 7 ──── 10 s ──── rows, registers, guard 7 ──> correct, on condition that it is 7 still
 *     guard 8 by then                      seen anew, up to five times ──> hold, and the same once more
 */
import type { RestaurantId } from '../../counting/favourite-event.ts';
import { ALL_TIME } from '../../counting/time-window.ts';
import { type Reading, type ReadingContext, readRestaurant } from './reading.ts';
import { atMost } from '../../tables/dynamodb/at-most.ts';
import { nextRevision, NO_REVISION, type Revision, type RowCorrection } from '../../counting/drift.ts';
import { CORRECTIONS_MAX } from '../../tables/aggregated-favourites-audit.ts';

export interface SuspectContext extends ReadingContext {
  readonly clock: { nowMs(): number; sleep(ms: number): Promise<void> };
  readonly secondReadingMs: number;
  readonly holdMs: number;
  readonly concurrency: number;
  /** False: differences are told, nothing is written, no restaurant is asked to hold. */
  readonly mayWrite: boolean;
  readonly add: (some: AuditFigures) => void;
  readonly notice: (notice: AuditNotice) => void;
}

/** A restaurant that this run leaves as it is, and why. */
export interface AuditNotice {
  readonly restaurantId: RestaurantId;
  readonly reason: 'would not hold still' | 'the time did not last' | 'the correction was refused';
}

export interface AuditFigures {
  readonly found?: number;
  readonly corrected?: number;
  readonly notAudited?: number;
  readonly holds?: number;
  readonly writeUnits?: number;
}

/** The guard as it was seen last, and since when it is known to stand there. */
export interface Sighting {
  readonly guard: Revision;
  readonly atMs: number;
}

interface Suspect {
  readonly restaurantId: RestaurantId;
  sighting: Sighting | undefined;
  /** No reading yet has shown a difference. */
  agreed: boolean;
  /** Corrections of which the answer was lost. */
  sent: readonly RowCorrection[];
}

/** Readings of a restaurant that does not stand still, before it is asked to. */
const READINGS_MAX = 5;
/** A hold meets the very traffic that it is to stop: some conflicts are to be expected. */
const HOLD_ATTEMPTS_MAX = 20;
const HOLD_PAUSE_MS = 50;
/** Kept of a wait's end for the readings and corrections that come after it. */
const WORK_RESERVE_MS = 2_000;

/** The longest that {@link examineSuspects} waits, but for the time that its requests take. */
export function longestWaitMs({
  secondReadingMs,
  holdMs,
}: Pick<SuspectContext, 'secondReadingMs' | 'holdMs'>): number {
  return READINGS_MAX * secondReadingMs + holdMs + HOLD_ATTEMPTS_MAX * HOLD_PAUSE_MS;
}

/** @returns those for which the time did not last. */
export async function examineSuspects(
  seen: ReadonlyMap<RestaurantId, Sighting | undefined>,
  context: SuspectContext,
): Promise<readonly RestaurantId[]> {
  const { clock, deadlineMs, secondReadingMs, concurrency } = context;
  const late: Suspect[] = [];
  let open: readonly Suspect[] = Array.from(seen, ([restaurantId, sighting]) => ({
    restaurantId,
    sighting,
    agreed: true,
    sent: [],
  }));
  for (let reading = 1; reading <= READINGS_MAX && open.length > 0; reading += 1) {
    const dueMs = Math.max(...open.map(({ sighting }) => (sighting?.atMs ?? -Infinity) + secondReadingMs));
    if (!(await sleepUntil(dueMs, context))) return idsOf([...late, ...open]);
    open = await examineAll(open, secondReadingMs);
  }
  open = open.filter(({ agreed }) => !agreed);
  if (!context.mayWrite) {
    giveUp(open, context);
    return idsOf(late);
  }
  for (let from = 0; from < open.length; from += concurrency) {
    const some = open.slice(from, from + concurrency);
    if (clock.nowMs() + context.holdMs + WORK_RESERVE_MS > deadlineMs) late.push(...some);
    else await examineHeld(some);
  }
  return idsOf(late);

  /** Those that are still undecided. */
  async function examineAll(some: readonly Suspect[], standsMs: number): Promise<readonly Suspect[]> {
    const inTurn = atMost(concurrency);
    const verdicts = await Promise.all(
      some.map((suspect) => inTurn(() => examine(suspect, { standsMs, context }))),
    );
    late.push(...some.filter((_, index) => verdicts[index] === 'late'));
    return some.filter((_, index) => verdicts[index] === 'undecided');
  }

  async function examineHeld(some: readonly Suspect[]): Promise<void> {
    const standsMs = Math.min(secondReadingMs, context.holdMs / 2);
    const holds = await Promise.all(some.map((suspect) => hold(suspect, context)));
    await clock.sleep(standsMs);
    const undecided = await examineAll(some, standsMs);
    giveUp(undecided, context);
    await Promise.all(some.map((suspect, index) => release(suspect, holds[index], context)));
  }
}

type Verdict = 'right' | 'drift' | 'undecided' | 'late';

async function examine(
  suspect: Suspect,
  { standsMs, context }: { readonly standsMs: number; readonly context: SuspectContext },
): Promise<Verdict> {
  for (;;) {
    const reading = await readRestaurant(suspect.restaurantId, { consistent: true }, context);
    if (reading === undefined) return 'late';
    recordSent(suspect, { reading, context });
    const stood =
      suspect.sighting?.guard === reading.guard &&
      reading.begunAtMs >= suspect.sighting.atMs + standsMs &&
      reading.guardAfter === reading.guard;
    if (suspect.sighting?.guard !== reading.guardAfter) {
      suspect.sighting = { guard: reading.guardAfter, atMs: reading.endedAtMs };
    }
    if (reading.corrections.length > 0) suspect.agreed = false;
    else return reading.guardAfter === reading.guard ? 'right' : 'undecided';
    if (!stood) return 'undecided';
    const verdict = await settleDrift(suspect, { reading, context });
    if (verdict !== 'more') return verdict;
  }
}

/** `more`: some rows are corrected and others are left, for which the restaurant is read anew. */
async function settleDrift(
  suspect: Suspect,
  { reading, context }: { readonly reading: Reading; readonly context: SuspectContext },
): Promise<Verdict | 'more'> {
  const { corrections, guard } = reading;
  if (!context.mayWrite) {
    context.add({ found: corrections.length });
    return 'drift';
  }
  const rows = corrections.slice(0, CORRECTIONS_MAX);
  const { restaurantId } = suspect;
  const answer = await context.store.correct({ restaurantId, guard, rows }, { nowMs: context.clock.nowMs() });
  switch (answer.kind) {
    case 'committed':
      context.add({ found: rows.length, corrected: rows.length, writeUnits: answer.writeUnits });
      if (rows.length === corrections.length) return 'drift';
      // Moved by this very correction, which is no one's event: the restaurant stands where it stood.
      if (rows.some(({ window }) => window === ALL_TIME)) {
        suspect.sighting = { guard: nextRevision(guard), atMs: suspect.sighting?.atMs ?? reading.endedAtMs };
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

/** A correction of which the answer was lost has committed if the rows have the revisions that it writes. */
function recordSent(
  suspect: Suspect,
  { reading, context }: { readonly reading: Reading; readonly context: SuspectContext },
): void {
  const revisions = new Map(reading.rows.map(({ window, revision }) => [window, revision]));
  const hasCommitted = suspect.sent.every(
    ({ window, was }) => (revisions.get(window) ?? NO_REVISION) === nextRevision(was),
  );
  if (hasCommitted) context.add({ found: suspect.sent.length, corrected: suspect.sent.length });
  suspect.sent = [];
}

/** When the hold ends; it is sighted anew, for the hold itself moves the guard. */
async function hold(suspect: Suspect, context: SuspectContext): Promise<number | undefined> {
  const { store, clock } = context;
  for (let attempt = 1; attempt <= HOLD_ATTEMPTS_MAX; attempt += 1) {
    const nowMs = clock.nowMs();
    const untilMs = nowMs + context.holdMs;
    const answer = await store.hold(suspect.restaurantId, { untilMs, nowMs });
    if (answer.kind === 'committed') context.add({ holds: 1, writeUnits: answer.writeUnits });
    if (answer.kind === 'committed' || answer.kind === 'unknown') {
      const { revision, readUnits } = await store.readGuard(suspect.restaurantId);
      context.addReadUnits(readUnits);
      suspect.sighting = { guard: revision, atMs: clock.nowMs() };
      return untilMs;
    }
    if (answer.kind === 'refused') return undefined;
    await clock.sleep(HOLD_PAUSE_MS);
  }
  return undefined;
}

/** Before its time, so that events go on at once; if that fails the hold ends by itself. */
async function release(
  { restaurantId }: Suspect,
  untilMs: number | undefined,
  { store, add }: SuspectContext,
): Promise<void> {
  if (untilMs === undefined) return;
  const answer = await store.release(restaurantId, { untilMs });
  if (answer.kind === 'committed') add({ writeUnits: answer.writeUnits });
}

/** False when there would be no time left after it. */
async function sleepUntil(dueMs: number, { clock, deadlineMs }: SuspectContext): Promise<boolean> {
  const waitMs = dueMs - clock.nowMs();
  if (Math.max(0, waitMs) + clock.nowMs() + WORK_RESERVE_MS > deadlineMs) return false;
  if (waitMs > 0) await clock.sleep(waitMs);
  return true;
}

function giveUp(suspects: readonly Suspect[], { add, notice }: SuspectContext): void {
  add({ notAudited: suspects.length });
  for (const { restaurantId } of suspects) notice({ restaurantId, reason: 'would not hold still' });
}

function idsOf(suspects: readonly Suspect[]): readonly RestaurantId[] {
  return suspects.map(({ restaurantId }) => restaurantId);
}
