/**
 * Commits changes, a few transactions at a time, without reading first. Each change ends as applied, stale or
 * failed. I1 holds after every commit, because a plan commits as a whole and only if its registers are as the
 * plan assumes.
 *
 *     condition failed        → plan those favourites again from the registers that came back
 *     conflict                → retry the conflicting restaurants alone after a pause, the rest at once (I6)
 *     held by an audit        → retry as after a conflict: a hold lasts only seconds
 *     other side of the floor → retry the restaurant alone at once, with the other update of its ranking key
 *     throttled, answer lost  → retry after a pause: changes that had committed are now stale
 *     refused                 → fail the action that DynamoDB names; if it names none, isolate it by retries
 */
import { type FavouriteChange, replacedBy } from '../counting/counted-favourite.ts';
import type { RankingSettings } from '../counting/ranking.ts';
import type { RestaurantId } from '../counting/register-key.ts';
import type { WindowSettings } from '../counting/time-window.ts';
import type { Clock } from '../lambda/clock.ts';
import { type AtMost, atMost } from '../tables/dynamodb/at-most.ts';
import type { CommitCounters } from './counters.ts';
import { CommitFailedError, OutOfTimeError } from './errors.ts';
import { FloorGuesses } from './floors.ts';
import { planTransactions, replan, type TransactionPlan } from './plan.ts';
import type { CancellationReason, CommitAnswer, CommitStore } from './store.ts';

/** Dependencies of a commit; simulations replace all of them. */
export interface CommitContext extends WindowSettings {
  readonly store: CommitStore;
  /** Every window is ranked if this is absent. */
  readonly ranking?: RankingSettings;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Transactions in flight at once. */
  readonly concurrency: number;
  /** At this time, transactions in flight are aborted, and no further transaction starts. */
  readonly deadlineMs: number;
  readonly counters: CommitCounters;
}

export type ChangeOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Called exactly once for each change. */
export type Settle = (change: FavouriteChange, outcome: ChangeOutcome) => void;

/** Maximum attempts for one change in one invocation, so that the loop ends even without a deadline. */
const ATTEMPTS_MAX = 64;
/**
 * From this attempt on, every retry pauses first, because a condition that fails this often points to a
 * damaged register.
 */
const ATTEMPTS_WITHOUT_PAUSE_MAX = 8;
/**
 * Pauses double from PAUSE_FIRST_MS to PAUSE_MAX_MS, with full jitter (AWS Architecture Blog, "Exponential
 * Backoff And Jitter").
 */
const PAUSE_FIRST_MS = 20;
const PAUSE_MAX_MS = 640;

export async function commitChanges(
  changes: Iterable<FavouriteChange>,
  context: CommitContext,
  settle: Settle,
): Promise<void> {
  const guesses = new FloorGuesses(context.ranking ?? {});
  await commitAll(changes, { ...context, settle, guesses, inTurn: atMost(context.concurrency), attempt: 1 });
}

/** One attempt to commit some changes, and the state that all attempts of an invocation share. */
interface Attempt extends CommitContext {
  readonly settle: Settle;
  readonly guesses: FloorGuesses;
  readonly inTurn: AtMost;
  /** Starts at 1. */
  readonly attempt: number;
}

async function commitAll(changes: Iterable<FavouriteChange>, attempt: Attempt): Promise<void> {
  const { clock, deadlineMs, guesses, store } = attempt;
  const calendar = { ...attempt, nowMs: clock.nowMs() };
  const sequences = planTransactions(changes, calendar);
  await guesses.learn(sequences.flat(), store.readCounts?.bind(store), () =>
    clock.timeout(deadlineMs - clock.nowMs()),
  );
  await Promise.all(
    sequences.map(async (sequence) => {
      for (const plan of sequence) await commitPlan(plan, attempt);
    }),
  );
}

async function commitPlan(planned: TransactionPlan, attempt: Attempt): Promise<void> {
  // Not earlier, because earlier parts of the same restaurant change its counts.
  const plan = attempt.guesses.sided(planned);
  const { changes } = plan;
  const answer = await attempt.inTurn(() => send(plan, attempt));
  switch (answer.kind) {
    case 'committed':
      attempt.guesses.added(plan);
      countCommit(plan, answer.writeUnits, attempt);
      for (const change of changes) attempt.settle(change, { kind: 'applied' });
      return;
    case 'cancelled':
      return resolveCancelled(plan, answer, attempt);
    case 'transient':
      return retryAfterPause(changes, attempt, answer.error);
    case 'refused':
      return isolate(changes, attempt, answer.error);
    case 'denied':
      return fail(changes, attempt, answer.error);
    case 'out-of-time':
      for (const change of changes) attempt.settle(change, { kind: 'failed', error: new OutOfTimeError() });
  }
}

async function send(
  plan: TransactionPlan,
  { store, clock, deadlineMs, counters, attempt }: Attempt,
): Promise<CommitAnswer | { readonly kind: 'out-of-time' }> {
  const nowMs = clock.nowMs();
  if (nowMs >= deadlineMs) return { kind: 'out-of-time' };
  if (attempt > 1) counters.retries += 1;
  return store.commit(plan, { nowMs, signal: clock.timeout(deadlineMs - nowMs) });
}

/** Changes of one restaurant stay together, so that no two concurrent transactions share a count row. */
async function resolveCancelled(
  { changes, counts }: TransactionPlan,
  { reasons, error }: Extract<CommitAnswer, { readonly kind: 'cancelled' }>,
  attempt: Attempt,
): Promise<void> {
  const ofCounts = reasons.slice(changes.length);
  const keys = changes.map(({ key }) => key);
  const conflicted = restaurantsWith('conflict', [...keys, ...counts], reasons);
  const { held, misjudged, damaged } = attempt.guesses.judge(counts, ofCounts, attempt.clock.nowMs());
  const blocked = restaurantsWith('refused', counts, ofCounts).union(damaged);
  if (conflicted.size > 0) attempt.counters.conflicts += 1;
  const again: FavouriteChange[] = [];
  const alone: FavouriteChange[] = [];
  const otherSide: FavouriteChange[] = [];
  changes.forEach((change, index) => {
    const { restaurantId } = change.key;
    const reason = reasons[index];
    if (reason?.kind === 'refused' || blocked.has(restaurantId)) return fail([change], attempt, error);
    const planned = reason?.kind === 'condition-failed' ? replan(change, reason.was) : change;
    if (planned === undefined) return attempt.settle(change, { kind: 'stale' });
    if (conflicted.has(restaurantId) || held.has(restaurantId)) alone.push(planned);
    else (misjudged.has(restaurantId) ? otherSide : again).push(planned);
  });
  const mustWait =
    attempt.attempt >= ATTEMPTS_WITHOUT_PAUSE_MAX || reasons.some(({ kind }) => kind === 'throttled');
  await Promise.all([
    mustWait ? retryAfterPause(again, attempt, error) : retry(again, attempt, error),
    ...byRestaurant(otherSide).map((ofRestaurant) =>
      mustWait ? retryAfterPause(ofRestaurant, attempt, error) : retry(ofRestaurant, attempt, error),
    ),
    ...byRestaurant(alone).map((ofRestaurant) => retryAfterPause(ofRestaurant, attempt, error)),
  ]);
}

/** The restaurants of the actions that were cancelled for that reason. */
function restaurantsWith(
  kind: CancellationReason['kind'],
  actions: readonly { readonly restaurantId: RestaurantId }[],
  reasons: readonly CancellationReason[],
): ReadonlySet<RestaurantId> {
  return new Set(
    actions.filter((_, index) => reasons[index]?.kind === kind).map((action) => action.restaurantId),
  );
}

async function retry(changes: readonly FavouriteChange[], attempt: Attempt, error: Error): Promise<void> {
  if (attempt.attempt >= ATTEMPTS_MAX) return fail(changes, attempt, error);
  return commitAll(changes, { ...attempt, attempt: attempt.attempt + 1 });
}

async function retryAfterPause(
  changes: readonly FavouriteChange[],
  attempt: Attempt,
  error: Error,
): Promise<void> {
  if (changes.length === 0) return;
  const limitMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (attempt.attempt - 1));
  const leftMs = Math.max(0, attempt.deadlineMs - attempt.clock.nowMs());
  await attempt.clock.sleep(Math.min(leftMs, attempt.random() * limitMs));
  return retry(changes, attempt, error);
}

/**
 * Called when DynamoDB rejects a transaction without naming an action: retries each restaurant alone, then
 * each change alone. A change that is rejected alone fails.
 */
async function isolate(changes: readonly FavouriteChange[], attempt: Attempt, error: Error): Promise<void> {
  const restaurants = byRestaurant(changes);
  if (restaurants.length > 1) {
    await Promise.all(restaurants.map((ofRestaurant) => retry(ofRestaurant, attempt, error)));
  } else if (changes.length > 1) {
    for (const change of changes) await retry([change], attempt, error);
  } else {
    fail(changes, attempt, error);
  }
}

function byRestaurant(changes: readonly FavouriteChange[]): readonly (readonly FavouriteChange[])[] {
  return [...Map.groupBy(changes, ({ key }) => key.restaurantId).values()];
}

function fail(changes: readonly FavouriteChange[], { settle }: Attempt, cause: Error): void {
  for (const change of changes) {
    settle(change, { kind: 'failed', error: new CommitFailedError(change.key, { cause }) });
  }
}

function countCommit(
  { changes, counts }: TransactionPlan,
  writeUnits: number,
  { counters, clock }: Attempt,
): void {
  counters.transactions += 1;
  counters.writeUnits += writeUnits;
  counters.countRows += counts.length;
  counters.favouritesChanged += changes.filter(
    (change) => replacedBy(change) !== change.next.createdAt,
  ).length;
  const writtenAtMs = changes.flatMap(({ oldestWrittenAtMs }) => oldestWrittenAtMs ?? []);
  if (writtenAtMs.length > 0) {
    counters.lagsMs.push(Math.max(0, clock.nowMs() - Math.min(...writtenAtMs)));
  }
}
