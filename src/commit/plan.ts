/**
 * Events to transactions of at most 100 actions. In every one the registers and the counts that they move stand
 * together, so that I1 holds after each commit whatever else happens. Whole restaurants are packed; one that is
 * larger than a transaction is split, and its parts run one after another, so that no two transactions under
 * way in one batch share a count row.
 */
import { applyEvent, countDeltas, type Register } from '../counting/counted-favourite.ts';
import type { FavouriteEvent, FavouriteKey, RestaurantId } from '../counting/favourite-event.ts';
import type { StoredRegister } from '../counting/stored-register.ts';
import { ALL_TIME, type CreatedAt, type TimeWindow, type WindowCalendar } from '../counting/time-window.ts';

/** All events of one favourite in a batch, folded: they share one fate. */
export interface FavouriteChange {
  readonly key: FavouriteKey;
  /** What the newest event leaves behind. */
  readonly next: Register;
  /** What the register is expected to count now; a commit is conditional on it. */
  readonly expected: CreatedAt | undefined;
  readonly oldestWrittenAtMs: number | undefined;
  /**
   * Absent for events, whose commit needs an older register that counts what was expected. Heal's holds only while
   * the register is exactly this one, or while there is none: `next` keeps its position, so nothing less would do.
   */
  readonly guard?: { readonly register: StoredRegister | undefined };
}

export interface CountChange {
  readonly restaurantId: RestaurantId;
  readonly window: TimeWindow;
  /** Zero on ALL_TIME only: registers changed and their deltas cancel, but the revision must still move (I4). */
  readonly delta: number;
}

/** One transaction: every change is a Put of its register, every count an update of its row. */
export interface TransactionPlan {
  readonly changes: readonly FavouriteChange[];
  readonly counts: readonly CountChange[];
}

/** Transactions to run one after another; separate sequences may run at once. */
export type PlanSequence = readonly TransactionPlan[];

/**
 * Actions in one TransactWriteItems (DynamoDB service quotas). Its other limit, 4 MB, is out of reach: a register
 * or count row is at most 3.4 KB (two keys of 2,048 and 1,024 bytes and some short attributes), 100 of them 340 KB.
 */
export const ACTIONS_MAX = 100;

/**
 * One change per favourite: the newest event decides what comes, the oldest tells what to expect: a mark expects
 * nothing counted, an un-mark what its old image says. A wrong guess costs one failed condition, never a count.
 */
export function foldEvents(events: Iterable<FavouriteEvent>): ReadonlyMap<string, FavouriteChange> {
  const folded = new Map<
    string,
    { oldest: FavouriteEvent; newest: FavouriteEvent; writtenAtMs: number | undefined }
  >();
  for (const event of events) {
    const id = favouriteId(event.key);
    const fold = folded.get(id);
    if (fold === undefined) {
      folded.set(id, { oldest: event, newest: event, writtenAtMs: event.writtenAtMs });
      continue;
    }
    if (event.position < fold.oldest.position) fold.oldest = event;
    if (event.position > fold.newest.position) fold.newest = event;
    fold.writtenAtMs = earliest(fold.writtenAtMs, event.writtenAtMs);
  }
  return new Map([...folded].map(([id, fold]) => [id, changeOf(fold)]));
}

/** Identifies a favourite, and is the key of its row. Ids hold no `#`, so the join is unambiguous. */
export function favouriteId({ restaurantId, userId }: FavouriteKey): string {
  return `${restaurantId}#${userId}`;
}

/**
 * The change planned again from the register as it is; undefined when that is as new or newer: stale. A guarded
 * change is stale with any other register than its own: what was decided from that one says nothing of this one.
 */
export function replan(change: FavouriteChange, truth: Register | undefined): FavouriteChange | undefined {
  if (change.guard !== undefined) return undefined;
  if (truth !== undefined && change.next.position <= truth.position) return undefined;
  return { ...change, expected: truth?.createdAt };
}

export function planTransactions(
  changes: Iterable<FavouriteChange>,
  calendar: WindowCalendar,
): readonly PlanSequence[] {
  const sequences: PlanSequence[] = [];
  const open: { changes: FavouriteChange[]; counts: CountChange[] }[] = [];
  for (const ofRestaurant of groupByRestaurant(changes)) {
    const whole = planOf(ofRestaurant, calendar);
    if (actionsOf(whole) > ACTIONS_MAX) {
      sequences.push(splitToFit(ofRestaurant, calendar).map((part) => planOf(part, calendar)));
      continue;
    }
    const roomy = open.find((plan) => actionsOf(plan) + actionsOf(whole) <= ACTIONS_MAX);
    if (roomy === undefined) {
      open.push({ changes: [...whole.changes], counts: [...whole.counts] });
    } else {
      roomy.changes.push(...whole.changes);
      roomy.counts.push(...whole.counts);
    }
  }
  return [...open.map((plan) => [plan]), ...sequences];
}

export function actionsOf(plan: TransactionPlan): number {
  return plan.changes.length + plan.counts.length;
}

function changeOf(fold: {
  readonly oldest: FavouriteEvent;
  readonly newest: FavouriteEvent;
  readonly writtenAtMs: number | undefined;
}): FavouriteChange {
  const outcome = applyEvent(undefined, fold.newest);
  if (outcome.kind === 'stale') throw new Error('an event is never stale before an empty register');
  const first = fold.oldest.change;
  return {
    key: fold.newest.key,
    next: outcome.next,
    expected: first.kind === 'unmark' ? first.previousCreatedAt : undefined,
    oldestWrittenAtMs: fold.writtenAtMs,
  };
}

/** The plan of changes that all concern one restaurant. */
function planOf(changes: readonly FavouriteChange[], calendar: WindowCalendar): TransactionPlan {
  const sums = new Map<TimeWindow, number>();
  let registersMove = false;
  for (const { expected, next } of changes) {
    if (expected !== next.createdAt) registersMove = true;
    for (const [window, delta] of countDeltas({ prior: expected, next: next.createdAt }, calendar)) {
      sums.set(window, (sums.get(window) ?? 0) + delta);
    }
  }
  if (registersMove && !sums.has(ALL_TIME)) sums.set(ALL_TIME, 0);
  const counts: CountChange[] = [];
  for (const [window, delta] of sums) {
    const restaurantId = changes[0]?.key.restaurantId;
    if (restaurantId !== undefined && (delta !== 0 || window === ALL_TIME)) {
      counts.push({ restaurantId, window, delta });
    }
  }
  return { changes, counts };
}

/** Cuts the changes of one large restaurant so that each part fits, counting every window that a part may touch. */
function splitToFit(changes: readonly FavouriteChange[], calendar: WindowCalendar): FavouriteChange[][] {
  const parts: FavouriteChange[][] = [];
  let part: FavouriteChange[] = [];
  let windows = new Set<TimeWindow>();
  for (const change of changes) {
    // ALL_TIME counts always: a change within one window leaves it out of the deltas and still steps its revision.
    const touched = [
      ALL_TIME,
      ...countDeltas({ prior: change.expected, next: change.next.createdAt }, calendar).keys(),
    ];
    const grown = new Set([...windows, ...touched]);
    if (part.length > 0 && part.length + 1 + grown.size > ACTIONS_MAX) {
      parts.push(part);
      part = [];
      windows = new Set(touched);
    } else {
      windows = grown;
    }
    part.push(change);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function groupByRestaurant(changes: Iterable<FavouriteChange>): Iterable<readonly FavouriteChange[]> {
  const groups = new Map<RestaurantId, FavouriteChange[]>();
  for (const change of changes) {
    const group = groups.get(change.key.restaurantId);
    if (group === undefined) groups.set(change.key.restaurantId, [change]);
    else group.push(change);
  }
  return groups.values();
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
