/**
 * What becomes of differences: looked at a second time, consistently, and put right (I4).
 *
 *     first look ──> register ──> favourite ── grace ──> register ──> favourite ──> commit, if the register is still that one
 *
 * The grace period begins with a consistent look: what is under way then has arrived when it ends, and has moved the
 * register. After a stale look alone, a mark that had arrived and its un-mark that had not would look like one difference that stood.
 * The register is read before the favourite. An event that overtakes the two readings then either comes before the
 * commit, whose condition fails, or after it, and wins by its position.
 */
import { type ChangeOutcome, commitChanges } from '../../commit/changes.ts';
import type { HealContext } from './context.ts';
import { OutOfTimeError } from '../../commit/errors.ts';
import type { FavouriteChange } from '../../counting/counted-favourite.ts';
import { differs, healOf, mayHideEvents, type Observation, stillStands } from '../../counting/drift.ts';

export interface Settled {
  readonly found: number;
  readonly corrected: number;
  readonly readUnits: number;
  /** Differences that the time did not suffice for; they are found again by the next step. */
  readonly unsettled: number;
}

const nothingSettled: Settled = { found: 0, corrected: 0, readUnits: 0, unsettled: 0 };

/** Of this many differences the second reading is at most some seconds old when it is committed. */
const DIFFERENCES_AT_ONCE = 400;

/** What a consistent look shows. */
export interface Look {
  readonly observations: readonly Observation[];
  readonly readUnits: number;
}

/** Of the differences of the first look, which may be stale, those that are there. */
export async function confirm(differences: readonly Observation[], context: HealContext): Promise<Look> {
  const { observations, readUnits } = await lookAgain(differences, context);
  return { observations: observations.filter(differs), readUnits };
}

/** Reads each difference again and commits what still stands; in `verify` only counts it. */
export async function settleDrift(
  differences: readonly Observation[],
  o: { readonly isCorrecting: boolean; readonly context: HealContext },
): Promise<Settled> {
  let sum: Settled = nothingSettled;
  const sorted = byRestaurant(differences);
  for (let from = 0; from < sorted.length; from += DIFFERENCES_AT_ONCE) {
    if (o.context.clock.nowMs() >= o.context.deadlineMs) {
      return { ...sum, unsettled: sum.unsettled + sorted.length - from };
    }
    const some = sorted.slice(from, from + DIFFERENCES_AT_ONCE);
    sum = addSettled(sum, await settleSome(some, o));
  }
  return sum;
}

/**
 * Fills in registers that were absent when their favourites were seen, with no second look: an un-mark that the
 * look missed leaves a register, and the commit fails, or comes later, and wins.
 */
export async function settleSeed(
  differences: readonly Observation[],
  context: HealContext,
): Promise<Settled> {
  return correct(byRestaurant(differences), context);
}

async function settleSome(
  some: readonly Observation[],
  { isCorrecting, context }: { readonly isCorrecting: boolean; readonly context: HealContext },
): Promise<Settled> {
  const second = await lookAgain(some, context);
  const standing = second.observations.filter((now, index) => {
    const first = some[index];
    return first !== undefined && stillStands(first, now);
  });
  const looked = { ...nothingSettled, readUnits: second.readUnits };
  if (!isCorrecting) return { ...looked, found: standing.length };
  const settled = addSettled(looked, await correct(standing, context));

  const blind = standing.filter(mayHideEvents);
  if (blind.length === 0) return settled;
  const third = await lookAgain(blind, context);
  const { readUnits, unsettled } = await correct(third.observations.filter(differs), context);
  return addSettled(settled, { ...nothingSettled, unsettled, readUnits: third.readUnits + readUnits });
}

/** The register first, then the favourite. */
async function lookAgain(some: readonly Observation[], { reads }: HealContext): Promise<Look> {
  const keys = some.map(({ key }) => key);
  const registers = await reads.readRegisters(keys, { consistent: true });
  const favourites = await reads.readFavourites(keys, { consistent: true });
  return {
    observations: keys.map((key, index) => ({
      key,
      favourite: favourites.items[index],
      register: registers.items[index],
    })),
    readUnits: registers.readUnits + favourites.readUnits,
  };
}

async function correct(standing: readonly Observation[], context: HealContext): Promise<Settled> {
  const overtaken: FavouriteChange[] = [];
  let [corrected, failed, unsettled] = [0, 0, 0];
  const settle = (change: FavouriteChange, outcome: ChangeOutcome): void => {
    if (outcome.kind === 'applied') corrected += 1;
    else if (outcome.kind === 'stale') overtaken.push(change);
    else if (outcome.error instanceof OutOfTimeError) unsettled += 1;
    else {
      failed += 1;
      context.notice({ kind: 'not-corrected', error: outcome.error });
    }
  };
  await commitChanges(standing.map(healOf), context, settle);
  const own = await countMended(overtaken, context);
  corrected += own.mended;
  return { found: corrected + failed, corrected, readUnits: own.readUnits, unsettled };
}

/**
 * Of the changes whose condition failed, those that stand all the same: committed by an attempt whose answer was
 * lost, or by another run. Whatever else became of the register, an event did it, and it was no drift.
 */
async function countMended(
  overtaken: readonly FavouriteChange[],
  { reads }: HealContext,
): Promise<{ readonly mended: number; readonly readUnits: number }> {
  if (overtaken.length === 0) return { mended: 0, readUnits: 0 };
  const registers = await reads.readRegisters(
    overtaken.map(({ key }) => key),
    { consistent: true },
  );
  const mended = overtaken.filter(({ next }, index) => {
    const register = registers.items[index];
    return register?.position === next.position && register.createdAt === next.createdAt;
  });
  return { mended: mended.length, readUnits: registers.readUnits };
}

/** Favourites of one restaurant share the writes of its counts when they are committed together. */
function byRestaurant(differences: readonly Observation[]): readonly Observation[] {
  return [...Map.groupBy(differences, ({ key }) => key.restaurantId).values()].flat();
}

function addSettled(a: Settled, b: Settled): Settled {
  return {
    found: a.found + b.found,
    corrected: a.corrected + b.corrected,
    readUnits: a.readUnits + b.readUnits,
    unsettled: a.unsettled + b.unsettled,
  };
}
