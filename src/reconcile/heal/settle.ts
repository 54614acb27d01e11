/**
 * Confirms differences by consistent reads. After the grace period it reads again, and corrects those that
 * remain (I4).
 *
 *     page ──> register ──> favourite ── grace ──> register ──> favourite ──> commit, if unchanged
 *
 * The grace period begins with a consistent read. By its end, every event that was in flight has arrived and
 * has changed the register. A stale read may miss the row of a mark that is already counted. If its un-mark
 * is in flight at the second read, both reads show the same difference although there is no drift.
 *
 * The register is read before the favourite. An event that these reads miss commits either before the
 * correction, whose condition then fails, or after it, and wins by its position.
 */
import { type ChangeOutcome, commitChanges } from '../../commit/changes.ts';
import { OutOfTimeError } from '../../commit/errors.ts';
import type { FavouriteChange } from '../../counting/counted-favourite.ts';
import { differs, healOf, mayHideEvents, type Observation } from '../../counting/drift.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { lookAt } from '../look/look-at.ts';
import type { ReconcileRun } from '../run.ts';
import type { HealContext } from './context.ts';
import { stillStands, type Suspects } from './suspects.ts';

export interface Settled {
  readonly found: number;
  readonly corrected: number;
  readonly readUnits: number;
  /** Differences that there was no time to settle. */
  readonly unsettled: number;
}

export const nothingSettled: Settled = { found: 0, corrected: 0, readUnits: 0, unsettled: 0 };

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
}

/**
 * Reads each favourite again, and corrects those that still differ as they did when confirmed. Mode `verify`
 * only counts them.
 */
export async function settleDrift(keys: readonly RegisterKey[], options: SettleOptions): Promise<Settled> {
  const { clock, deadlineMs } = options.context;
  let sum = nothingSettled;
  const sorted = byRestaurant(keys, (key) => key);
  for (let from = 0; from < sorted.length; from += DIFFERENCES_AT_ONCE) {
    if (clock.nowMs() >= deadlineMs) return { ...sum, unsettled: sum.unsettled + sorted.length - from };
    sum = addSettled(sum, await settleSome(sorted.slice(from, from + DIFFERENCES_AT_ONCE), options));
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
  return correct(byRestaurant(differences, keyOf), context);
}

async function settleSome(
  keys: readonly RegisterKey[],
  { run, suspects, context }: SettleOptions,
): Promise<Settled> {
  const second = await lookAt(keys, context.reads);
  const standing = second.observations.filter((seen) => stillStands(seen, suspects, run.runId));
  const looked = { ...nothingSettled, readUnits: second.readUnits };
  if (run.mode === 'verify') return { ...looked, found: standing.length };
  const settled = addSettled(looked, await correct(standing, context));

  const blind = standing.filter(mayHideEvents);
  if (blind.length === 0) return settled;
  const third = await lookAt(blind.map(keyOf), context.reads);
  const { readUnits, unsettled } = await correct(third.observations.filter(differs), context);
  return addSettled(settled, { ...nothingSettled, unsettled, readUnits: third.readUnits + readUnits });
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
  const already = await countCorrected(overtaken, context);
  corrected += already.corrected;
  return { found: corrected + failed, corrected, readUnits: already.readUnits, unsettled };
}

/**
 * Counts the changes whose condition failed although the register already holds the new value: an attempt
 * whose response was lost, or another run, committed them. Events changed the other registers, so these were
 * not drift.
 */
async function countCorrected(
  overtaken: readonly FavouriteChange[],
  { reads }: HealContext,
): Promise<{ readonly corrected: number; readonly readUnits: number }> {
  if (overtaken.length === 0) return { corrected: 0, readUnits: 0 };
  const keys = overtaken.map(({ key }) => key);
  const registers = await reads.readRegisters(keys, { consistent: true });
  const corrected = overtaken.filter(({ next }, index) => {
    const register = registers.items[index];
    return register?.position === next.position && register.createdAt === next.createdAt;
  });
  return { corrected: corrected.length, readUnits: registers.readUnits };
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
    readUnits: a.readUnits + b.readUnits,
    unsettled: a.unsettled + b.unsettled,
  };
}
