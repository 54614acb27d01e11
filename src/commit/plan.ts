/**
 * Plans events as transactions of at most 100 actions. Each transaction holds registers together with the
 * counts that they change, so that I1 holds after every commit. All changes of a restaurant go into one
 * transaction. If they do not fit, they are split, and the parts run one after another, so that no two
 * concurrent transactions of a batch share a count row.
 */
import {
  applyEvent,
  type CountChange,
  countedBy,
  countDeltas,
  type FavouriteChange,
  registerAfter,
  replacedBy,
  type StoredRegister,
} from '../counting/counted-favourite.ts';
import type { FavouriteEvent } from '../counting/favourite-event.ts';
import { registerIdOf, type RestaurantId } from '../counting/register-key.ts';
import { ALL_TIME, type TimeWindow, type WindowCalendar } from '../counting/time-window.ts';

/** One transaction: every change is a Put of its register, every count an update of its row. */
export interface TransactionPlan {
  readonly changes: readonly FavouriteChange[];
  readonly counts: readonly CountChange[];
}

/** Transactions that run one after another; different sequences may run at once. */
export type PlanSequence = readonly TransactionPlan[];

/**
 * Actions in one TransactWriteItems (DynamoDB service quotas). Its other limit, 4 MB, is never reached: a
 * register or count row is at most 3.4 KB (two keys of 2,048 and 1,024 bytes and some short attributes), so
 * 100 of them are at most 340 KB.
 */
export const ACTIONS_MAX = 100;

/**
 * One change per register. The newest event decides the next value. The oldest one predicts the present
 * value, from its old image. A wrong prediction costs a failed condition, never a wrong count.
 */
export function foldEvents(events: Iterable<FavouriteEvent>): ReadonlyMap<string, FavouriteChange> {
  const folds = new Map<
    string,
    { oldest: FavouriteEvent; newest: FavouriteEvent; writtenAtMs: number | undefined }
  >();
  for (const event of events) {
    const id = registerIdOf(event.key);
    const fold = folds.get(id);
    if (fold === undefined) {
      folds.set(id, { oldest: event, newest: event, writtenAtMs: event.writtenAtMs });
      continue;
    }
    if (event.position < fold.oldest.position) fold.oldest = event;
    if (applyEvent(registerAfter(fold.newest), event).kind === 'applied') fold.newest = event;
    fold.writtenAtMs = earliest(fold.writtenAtMs, event.writtenAtMs);
  }
  const changes = new Map<string, FavouriteChange>();
  for (const [id, { oldest: first, newest: event, writtenAtMs }] of folds) {
    changes.set(id, {
      key: event.key,
      next: registerAfter(event),
      requires: { kind: 'older-than-event', event, counting: first.previousCreatedAt },
      oldestWrittenAtMs: writtenAtMs,
    });
  }
  return changes;
}

/**
 * Plans the change again from the register in the table; undefined if the change is stale. A change by heal
 * fits only the register that heal read, so it is stale with any other.
 */
export function replan(
  change: FavouriteChange,
  truth: Omit<StoredRegister, 'expires'> | undefined,
): FavouriteChange | undefined {
  if (change.requires.kind === 'exactly') return undefined;
  const { event } = change.requires;
  const outcome = applyEvent(truth, event);
  if (outcome.kind === 'stale') return undefined;
  const requires = { kind: 'older-than-event', event, counting: countedBy(truth) } as const;
  return { ...change, next: outcome.next, requires };
}

export function planTransactions(
  changes: Iterable<FavouriteChange>,
  calendar: WindowCalendar,
): readonly PlanSequence[] {
  const sequences: PlanSequence[] = [];
  const open: { changes: FavouriteChange[]; counts: CountChange[] }[] = [];
  for (const [restaurantId, ofRestaurant] of Map.groupBy(changes, ({ key }) => key.restaurantId)) {
    const whole = planOf(restaurantId, ofRestaurant, calendar);
    if (actionsOf(whole) > ACTIONS_MAX) {
      sequences.push(splitToFit(ofRestaurant, calendar).map((part) => planOf(restaurantId, part, calendar)));
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

function planOf(
  restaurantId: RestaurantId,
  changes: readonly FavouriteChange[],
  calendar: WindowCalendar,
): TransactionPlan {
  const sums = new Map<TimeWindow, number>();
  for (const change of changes) {
    const [prior, next] = [replacedBy(change), change.next.createdAt];
    if (prior !== next) sums.set(ALL_TIME, sums.get(ALL_TIME) ?? 0);
    for (const [window, delta] of countDeltas({ prior, next }, calendar)) {
      sums.set(window, (sums.get(window) ?? 0) + delta);
    }
  }
  const moved = [...sums].filter(([window, delta]) => delta !== 0 || window === ALL_TIME);
  return { changes, counts: moved.map(([window, delta]) => ({ restaurantId, window, delta })) };
}

/**
 * Splits the changes of one large restaurant so that each part fits into a transaction, together with every
 * window that it may change.
 */
function splitToFit(changes: readonly FavouriteChange[], calendar: WindowCalendar): FavouriteChange[][] {
  const parts: FavouriteChange[][] = [];
  let part: FavouriteChange[] = [];
  let windows = new Set<TimeWindow>();
  for (const change of changes) {
    // Always reserve an action for ALL_TIME: a change may raise its revision even if its count stays the
    // same.
    const touched = [
      ALL_TIME,
      ...countDeltas({ prior: replacedBy(change), next: change.next.createdAt }, calendar).keys(),
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

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
