/**
 * Reads both sides, waits, and reads again what differs. If the rows are to be counted too, counts those of
 * the restaurants that still differ. The readers are parameters, so that tests can replace them.
 */
import {
  type Comparison,
  type Counts,
  type Difference,
  outcomeOf,
  type Pair,
  rightOf,
  sorted,
  unequal,
} from './compare.ts';

export interface Sides {
  readonly readCounts: () => Promise<Counts>;
  readonly readCounter: (counts: Counts) => Promise<Counts>;
  /** Reads these restaurants on both sides, consistently. */
  readonly readAgain: (restaurantIds: readonly string[]) => Promise<ReadonlyMap<string, Pair>>;
  /** Counts the rows of these restaurants. Undefined without `--recount`. */
  readonly recount: ((restaurantIds: ReadonlySet<string>) => Promise<Counts>) | undefined;
  /** Waits for the grace period. */
  readonly wait: () => Promise<void>;
}

type Pairs = ReadonlyMap<string, Pair>;

const noRow: Pair = { counts: undefined, counter: undefined };

export async function compareSides(sides: Sides): Promise<Comparison> {
  const counts = await sides.readCounts();
  const counter = await sides.readCounter(counts);
  let negative = 0;
  for (const count of counter.values()) if (count < 0) negative += 1;
  const { compared, pairs } = unequal(counts, counter);
  const { different, moving } = await readUntilSettled(sides, pairs);
  if (sides.recount === undefined || different.size === 0) {
    const differences = Array.from(different, ([restaurantId, pair]) => ({ restaurantId, pair }));
    return { compared, differences: sorted(differences), moving: moving.size, negative };
  }
  const recounts = await sides.recount(new Set(different.keys()));
  // Both sides may have changed during the recount, so compare it with a reading before and one after.
  const after = compareAgain(different, await readAgain(sides, different));
  const differences = Array.from(after.different, ([restaurantId, pair]): Difference => {
    const count = recounts.get(restaurantId) ?? 0;
    const right = rightOf(different.get(restaurantId) ?? pair, pair, count);
    return { restaurantId, pair, recount: { count, right } };
  });
  const unsettled = moving.size + after.moving.size;
  return { compared, differences: sorted(differences), moving: unsettled, negative };
}

interface Compared {
  readonly different: Pairs;
  readonly moving: Pairs;
}

/**
 * Reads what differed a second time, and what moved meanwhile a third time. The first reading of a large
 * table takes minutes, the others take a moment.
 */
async function readUntilSettled(sides: Sides, first: Pairs): Promise<Compared> {
  if (first.size === 0) return { different: first, moving: first };
  await sides.wait();
  const second = compareAgain(first, await readAgain(sides, first));
  if (second.moving.size === 0) return second;
  await sides.wait();
  const third = compareAgain(second.moving, await readAgain(sides, second.moving));
  return { different: new Map([...second.different, ...third.different]), moving: third.moving };
}

function readAgain(sides: Sides, pairs: Pairs): Promise<Pairs> {
  return sides.readAgain([...pairs.keys()]);
}

/** Those that differ again, with their new reading. */
function compareAgain(before: Pairs, after: Pairs): Compared {
  const compared = { different: new Map<string, Pair>(), moving: new Map<string, Pair>() };
  for (const [restaurantId, first] of before) {
    const second = after.get(restaurantId) ?? noRow;
    const outcome = outcomeOf(first, second);
    if (outcome !== 'equal') compared[outcome].set(restaurantId, second);
  }
  return compared;
}
