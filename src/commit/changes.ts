/**
 * Commits folded changes: a few transactions at a time, no reads before. Whatever the answers, each change ends as
 * applied, stale or failed, and I1 holds after every commit, because a plan is all or nothing and conditional on
 * the registers that it was made from.
 *
 *     cancelled by a condition  → plan those favourites again from the registers that came back
 *     cancelled by a conflict   → the restaurants named go on alone after a pause, the rest at once (I6)
 *     cancelled by a hold       → the same: an audit asked that restaurant to stand still for some seconds
 *     throttled, answer lost    → the same again after a pause: if it had committed, the registers say stale
 *     refused                   → the culprit fails; when none is named, each goes alone until it is found
 */
import { type FavouriteChange, planTransactions, replan, type TransactionPlan } from './plan.ts';
import type { RestaurantId } from '../counting/favourite-event.ts';
import type { TimeWindowSettings } from '../counting/time-window.ts';
import type { CancellationReason, CommitAnswer, CommitStore } from './store.ts';
import type { AggregationFigures } from './counters.ts';
import { CommitFailedError, OutOfTimeError } from '../aggregator/errors.ts';
import { createSemaphore } from './semaphore.ts';

/** What the outside gives: swapped as a whole by the simulator. */
export interface CommitContext {
  readonly store: CommitStore;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly timeWindows: TimeWindowSettings;
  /** Transactions under way at once. */
  readonly concurrency: number;
  /** By the clock below: nothing is begun after it, and what is under way is given up. */
  readonly deadlineMs: number;
  readonly figures: AggregationFigures;
}

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** Aborted `ms` from now; `dispose` when it is no longer needed. */
  timeout(ms: number): { readonly signal: AbortSignal; dispose(): void };
}

export type ChangeOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Called exactly once for each change. */
export type Settle = (change: FavouriteChange, outcome: ChangeOutcome) => void;

/** Sendings of one favourite's change in one invocation; ends a loop that no deadline would. */
const ATTEMPTS_MAX = 64;
/** From then on also what need not wait does: a register that never meets its condition is damaged. */
const ATTEMPTS_WITHOUT_PAUSE_MAX = 8;
/** Pauses grow from the first to the second, with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
const PAUSE_FIRST_MS = 20;
const PAUSE_MAX_MS = 640;

export async function commitChanges(
  changes: Iterable<FavouriteChange>,
  context: CommitContext,
  settle: Settle,
): Promise<void> {
  const slots = createSemaphore(context.concurrency);
  await commitAll(changes, 1);

  async function commitAll(some: Iterable<FavouriteChange>, attempt: number): Promise<void> {
    const calendar = { settings: context.timeWindows, nowMs: context.clock.nowMs() };
    await Promise.all(
      planTransactions(some, calendar).map(async (sequence) => {
        for (const plan of sequence) await commitPlan(plan, attempt);
      }),
    );
  }

  async function commitPlan(plan: TransactionPlan, attempt: number): Promise<void> {
    const answer = await send(plan, attempt);
    switch (answer.kind) {
      case 'committed':
        recordCommit(plan, answer.writeUnits);
        for (const change of plan.changes) settle(change, { kind: 'applied' });
        return;
      case 'cancelled':
        return resolveCancelled(plan, answer, attempt);
      case 'transient':
        return retryAfterPause(plan.changes, attempt, answer.error);
      case 'refused':
        return isolate(plan.changes, attempt, answer.error);
      case 'denied':
        return fail(plan.changes, answer.error);
      case 'out-of-time':
        for (const change of plan.changes)
          settle(change, { kind: 'failed', error: new OutOfTimeError(change.key) });
    }
  }

  async function send(
    plan: TransactionPlan,
    attempt: number,
  ): Promise<CommitAnswer | { kind: 'out-of-time' }> {
    using _slot = await slots.acquire();
    const nowMs = context.clock.nowMs();
    if (nowMs >= context.deadlineMs) return { kind: 'out-of-time' };
    if (attempt > 1) context.figures.retries += 1;
    const limit = context.clock.timeout(context.deadlineMs - nowMs);
    try {
      return await context.store.commit(plan, { nowMs, signal: limit.signal });
    } finally {
      limit.dispose();
    }
  }

  /** Whole restaurants take one way, so that no two transactions under way share a count row. */
  async function resolveCancelled(
    plan: TransactionPlan,
    { reasons, error }: { readonly reasons: readonly CancellationReason[]; readonly error: Error },
    attempt: number,
  ): Promise<void> {
    const counts = {
      plan: { changes: [], counts: plan.counts },
      reasons: reasons.slice(plan.changes.length),
    };
    const conflicted = restaurantsWith('conflict', plan, reasons);
    // The only condition on a count row is that no hold lasts.
    const held = restaurantsWith('condition-failed', counts.plan, counts.reasons);
    const blocked = restaurantsWith('refused', counts.plan, counts.reasons);
    if (conflicted.size > 0) context.figures.conflicts += 1;
    const again: FavouriteChange[] = [];
    const alone: FavouriteChange[] = [];
    plan.changes.forEach((change, index) => {
      const reason = reasons[index];
      if (reason?.kind === 'refused' || blocked.has(change.key.restaurantId)) return fail([change], error);
      const planned = reason?.kind === 'condition-failed' ? replan(change, reason.register) : change;
      if (planned === undefined) return settle(change, { kind: 'stale' });
      const leaves = conflicted.has(change.key.restaurantId) || held.has(change.key.restaurantId);
      (leaves ? alone : again).push(planned);
    });
    const mustWait =
      attempt >= ATTEMPTS_WITHOUT_PAUSE_MAX || reasons.some(({ kind }) => kind === 'throttled');
    await Promise.all([
      mustWait ? retryAfterPause(again, attempt, error) : retry(again, attempt, error),
      ...byRestaurant(alone).map((ofRestaurant) => retryAfterPause(ofRestaurant, attempt, error)),
    ]);
  }

  async function retry(some: readonly FavouriteChange[], attempt: number, error: Error): Promise<void> {
    if (attempt >= ATTEMPTS_MAX) return fail(some, error);
    return commitAll(some, attempt + 1);
  }

  async function retryAfterPause(
    some: readonly FavouriteChange[],
    attempt: number,
    error: Error,
  ): Promise<void> {
    if (some.length === 0) return;
    const limitMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt - 1));
    const leftMs = Math.max(0, context.deadlineMs - context.clock.nowMs());
    await context.clock.sleep(Math.min(leftMs, context.random() * limitMs));
    return retry(some, attempt, error);
  }

  /** Refused with no culprit named: restaurants apart, then favourites apart; what is alone is the culprit. */
  async function isolate(some: readonly FavouriteChange[], attempt: number, error: Error): Promise<void> {
    const restaurants = byRestaurant(some);
    if (restaurants.length > 1) {
      await Promise.all(restaurants.map((ofRestaurant) => retry(ofRestaurant, attempt, error)));
    } else if (some.length > 1) {
      for (const change of some) await retry([change], attempt, error);
    } else {
      fail(some, error);
    }
  }

  function fail(some: readonly FavouriteChange[], cause: Error): void {
    for (const change of some) {
      settle(change, { kind: 'failed', error: new CommitFailedError(change.key, { cause }) });
    }
  }

  function recordCommit(plan: TransactionPlan, writeUnits: number): void {
    const { figures } = context;
    figures.transactions += 1;
    figures.writeUnits += writeUnits;
    figures.countRows += plan.counts.length;
    figures.favouritesChanged += plan.changes.filter(
      ({ expected, next }) => expected !== next.createdAt,
    ).length;
    const writtenAtMs = plan.changes.reduce<number | undefined>(
      (oldest, { oldestWrittenAtMs: at }) => (oldest === undefined || (at ?? oldest) < oldest ? at : oldest),
      undefined,
    );
    if (writtenAtMs !== undefined) figures.lagsMs.push(Math.max(0, context.clock.nowMs() - writtenAtMs));
  }
}

/** The restaurants of the actions that were cancelled for that reason; there is one reason per action, in order. */
function restaurantsWith(
  kind: CancellationReason['kind'],
  plan: TransactionPlan,
  reasons: readonly CancellationReason[],
): ReadonlySet<RestaurantId> {
  const restaurantIds = [
    ...plan.changes.map((change) => change.key.restaurantId),
    ...plan.counts.map((count) => count.restaurantId),
  ];
  return new Set(restaurantIds.filter((_, index) => reasons[index]?.kind === kind));
}

function byRestaurant(changes: readonly FavouriteChange[]): readonly (readonly FavouriteChange[])[] {
  return [...Map.groupBy(changes, (change) => change.key.restaurantId).values()];
}
