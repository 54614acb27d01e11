/**
 * Confirms differences by consistent reads. After the grace period it reads again, and corrects those that
 * remain (I4).
 *
 *     page ──> register ──> favourite ── grace ──> register ──> favourite ──> commit, if unchanged
 *                                  └─ an unreadable position is opened to events
 *
 * The grace period begins with a consistent read. By its end, every event that was in flight has arrived and
 * has changed the register. A stale read may miss the row of a mark that is already counted. If its un-mark
 * is in flight at the second read, both reads show the same difference although there is no drift.
 *
 * The register is read before the favourite. An event that these reads miss commits either before the
 * correction, whose condition then fails, or after it, and wins by its position.
 *
 * A budget limits how many favourites the corrections of a segment take out of the counts. It is checked
 * before each commit, because rows may have changed since the first pass.
 */
import { type ChangeOutcome, commitChanges } from '../../commit/changes.ts';
import { OutOfTimeError } from '../../commit/errors.ts';
import type { FavouriteChange } from '../../counting/counted-favourite.ts';
import {
  differs,
  mayHideEvents,
  type Observation,
  openingOf,
  settledHealOf,
  uncounts,
} from '../../counting/drift.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { lookAt } from '../look/look-at.ts';
import type { ReconcileRun } from '../run.ts';
import type { HealContext } from './context.ts';
import { stillStands, type Suspects, wasReplaced } from './suspects.ts';

export interface Settled {
  readonly found: number;
  readonly corrected: number;
  /**
   * How many of the corrections (without a budget, of the differences) take a favourite out of the counts.
   */
  readonly uncounts: number;
  readonly readUnits: number;
  /** Differences that there was no time to settle. */
  readonly unsettled: number;
  /** 1 if the budget did not suffice; nothing was written after that. */
  readonly stopped: number;
}

export const nothingSettled: Settled = {
  found: 0,
  corrected: 0,
  uncounts: 0,
  readUnits: 0,
  unsettled: 0,
  stopped: 0,
};

/** How many favourites the corrections of one segment may take out of the counts, over all its steps. */
export interface UncountBudget {
  readonly max: number;
  spent: number;
}

/** Few enough that a read is at most some seconds old when its corrections are committed. */
const DIFFERENCES_AT_ONCE = 400;

/** The differences that consistent reads confirm; a stale page may show differences that do not exist. */
export async function confirm(
  differences: readonly Observation[],
  context: HealContext,
): Promise<{ readonly confirmed: readonly Observation[]; readonly readUnits: number }> {
  const { observations, readUnits } = await lookAt(differences.map(keyOf), context.reads);
  return { confirmed: observations.filter(differs), readUnits };
}

export interface SettleOptions {
  readonly run: ReconcileRun;
  readonly suspects: Suspects;
  readonly context: HealContext;
  /** Undefined in a pass that writes nothing. */
  readonly budget: UncountBudget | undefined;
}

/**
 * Reads each favourite again, and corrects those that still differ as they did when confirmed. Without a
 * budget it only counts them.
 */
export async function settleDrift(keys: readonly RegisterKey[], options: SettleOptions): Promise<Settled> {
  const { clock, deadlineMs } = options.context;
  let sum = nothingSettled;
  const sorted = byRestaurant(keys, (key) => key);
  for (let from = 0; from < sorted.length; from += DIFFERENCES_AT_ONCE) {
    if (clock.nowMs() >= deadlineMs) {
      // The next step looks at all of them again.
      const looked = options.budget === undefined ? { ...sum, found: 0, uncounts: 0 } : sum;
      return { ...looked, unsettled: sum.unsettled + sorted.length - from };
    }
    sum = addSettled(sum, await settleSome(sorted.slice(from, from + DIFFERENCES_AT_ONCE), options));
    if (sum.stopped > 0) return sum;
  }
  return sum;
}

/**
 * Fills in registers that were absent when their favourites were read, without a second read. An un-mark that
 * the read missed either has left a register, so the commit fails, or commits later and wins.
 */
export async function settleSeed(
  differences: readonly Observation[],
  context: HealContext,
): Promise<Settled> {
  // A seed takes nothing out of the counts, so its budget is 0.
  return correct(byRestaurant(differences, keyOf), { context, budget: { max: 0, spent: 0 } });
}

async function settleSome(
  keys: readonly RegisterKey[],
  { run, suspects, context, budget }: SettleOptions,
): Promise<Settled> {
  const second = await lookAt(keys, context.reads);
  const standing = second.observations.filter((seen) => stillStands(seen, suspects, run.runId));
  const looked = { ...nothingSettled, readUnits: second.readUnits };
  if (budget === undefined) {
    return { ...looked, found: standing.length, uncounts: standing.filter(uncounts).length };
  }
  const replaced = second.observations.filter((seen) => wasReplaced(seen, suspects, run.runId)).length;
  const settled = await correct(standing, { context, budget });
  return addSettled({ ...looked, found: replaced, corrected: replaced }, settled);
}

/**
 * Opens the registers whose position is unreadable, before the grace period begins. They count the same as
 * before. A register that cannot be opened stays as it is, and is healed after the grace period all the same.
 * @returns all of them as opened: after a late commit, or one by another attempt of this step, they are
 */
export async function openRegisters(
  confirmed: readonly Observation[],
  context: HealContext,
): Promise<readonly Observation[]> {
  await commitChanges(confirmed.filter(mayHideEvents).map(openingOf), context, () => undefined);
  return confirmed.map((seen) => {
    if (!mayHideEvents(seen)) return seen;
    const { position, createdAt } = openingOf(seen).next;
    return { ...seen, register: { position, createdAt, expires: createdAt === undefined } };
  });
}

async function correct(
  standing: readonly Observation[],
  { context, budget }: { readonly context: HealContext; readonly budget: UncountBudget },
): Promise<Settled> {
  const changes = standing.map(settledHealOf);
  const uncounting = new Set(changes.filter((_, index) => uncounts(standing[index] as Observation)));
  if (budget.spent + uncounting.size > budget.max) {
    context.notice({ kind: 'stopped', uncounts: budget.spent + uncounting.size, uncountsMax: budget.max });
    return { ...nothingSettled, stopped: 1 };
  }
  const corrected: FavouriteChange[] = [];
  const overtaken: FavouriteChange[] = [];
  let [failed, unsettled] = [0, 0];
  const settle = (change: FavouriteChange, outcome: ChangeOutcome): void => {
    if (outcome.kind === 'applied') corrected.push(change);
    else if (outcome.kind === 'stale') overtaken.push(change);
    else if (outcome.error instanceof OutOfTimeError) unsettled += 1;
    else {
      failed += 1;
      context.notice({ kind: 'not-corrected', error: outcome.error });
    }
  };
  await commitChanges(changes, context, settle);
  const already = await alreadyCorrected(overtaken, context);
  corrected.push(...already.corrected);
  const taken = corrected.filter((change) => uncounting.has(change)).length;
  budget.spent += taken;
  return {
    found: corrected.length + failed,
    corrected: corrected.length,
    uncounts: taken,
    readUnits: already.readUnits,
    unsettled,
    stopped: 0,
  };
}

/**
 * The changes whose condition failed because they were committed before, by an attempt whose response was
 * lost or by another run: the register holds the new value. Other registers were changed by events, so they
 * were not drift.
 */
async function alreadyCorrected(
  overtaken: readonly FavouriteChange[],
  { reads }: HealContext,
): Promise<{ readonly corrected: readonly FavouriteChange[]; readonly readUnits: number }> {
  if (overtaken.length === 0) return { corrected: [], readUnits: 0 };
  const keys = overtaken.map(({ key }) => key);
  const registers = await reads.readRegisters(keys, { consistent: true });
  const corrected = overtaken.filter(({ next }, index) => {
    const register = registers.items[index];
    return register?.position === next.position && register.createdAt === next.createdAt;
  });
  return { corrected, readUnits: registers.readUnits };
}

/** Favourites of one restaurant that are committed together share the writes of its counts. */
function byRestaurant<T>(some: readonly T[], key: (one: T) => RegisterKey): readonly T[] {
  return [...Map.groupBy(some, (one) => key(one).restaurantId).values()].flat();
}

function keyOf({ key }: Observation): RegisterKey {
  return key;
}

export function addSettled(a: Settled, b: Settled): Settled {
  return {
    found: a.found + b.found,
    corrected: a.corrected + b.corrected,
    uncounts: a.uncounts + b.uncounts,
    readUnits: a.readUnits + b.readUnits,
    unsettled: a.unsettled + b.unsettled,
    stopped: a.stopped + b.stopped,
  };
}
