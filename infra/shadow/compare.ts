/**
 * Compares the counts with the team's counter. Both are live, so only what is still different at a second
 * reading is a difference. Pure.
 */

/** Counts by restaurant. */
export type Counts = ReadonlyMap<string, number>;

/** What both sides say about a restaurant at one time. Undefined: there is no row. */
export interface Pair {
  readonly counts: number | undefined;
  readonly counter: number | undefined;
}

/**
 * `moving`: between the readings the counts and the counter changed so much that their ranges overlap. So
 * they may be equal with a delay.
 */
export type Outcome = 'equal' | 'moving' | 'different';

/** Which side agrees with a recount of the rows. */
export type Right = 'counts' | 'counter' | 'neither';

export interface Difference {
  readonly restaurantId: string;
  /** The last reading. */
  readonly pair: Pair;
  /** Absent if the rows have not been counted. */
  readonly recount?: { readonly count: number; readonly right: Right };
}

export interface Comparison {
  /** Restaurants that have a row on at least one side. */
  readonly compared: number;
  /** The largest first. */
  readonly differences: readonly Difference[];
  readonly moving: number;
  /** Restaurants whose counter is below 0. */
  readonly negative: number;
}

/** A missing row and a counter below 0 both mean 0. */
function valueOf(count: number | undefined): number {
  return Math.max(0, count ?? 0);
}

/** How much the counter is above the counts. */
export function differenceOf({ counts, counter }: Pair): number {
  return valueOf(counter) - valueOf(counts);
}

/** The restaurants that differ, and how many there are in all. */
export function unequal(
  counts: Counts,
  counter: Counts,
): { readonly compared: number; readonly pairs: ReadonlyMap<string, Pair> } {
  const pairs = new Map<string, Pair>();
  let compared = counts.size;
  for (const [restaurantId, own] of counts) {
    const pair = { counts: own, counter: counter.get(restaurantId) };
    if (differenceOf(pair) !== 0) pairs.set(restaurantId, pair);
  }
  for (const [restaurantId, other] of counter) {
    if (counts.has(restaurantId)) continue;
    compared += 1;
    const pair = { counts: undefined, counter: other };
    if (differenceOf(pair) !== 0) pairs.set(restaurantId, pair);
  }
  return { compared, pairs };
}

export function outcomeOf(first: Pair, second: Pair): Outcome {
  if (differenceOf(second) === 0) return 'equal';
  const [counts, counter] = [spanOf(first.counts, second.counts), spanOf(first.counter, second.counter)];
  return counts.low <= counter.high && counter.low <= counts.high ? 'moving' : 'different';
}

/**
 * A side is right if the recount lies between its readings before and after the recount. The two ranges of a
 * difference do not overlap, so at most one side is right.
 */
export function rightOf(before: Pair, after: Pair, recount: number): Right {
  const agrees = ({ low, high }: Span): boolean => low <= recount && recount <= high;
  if (agrees(spanOf(before.counts, after.counts))) return 'counts';
  return agrees(spanOf(before.counter, after.counter)) ? 'counter' : 'neither';
}

interface Span {
  readonly low: number;
  readonly high: number;
}

function spanOf(before: number | undefined, after: number | undefined): Span {
  const [a, b] = [valueOf(before), valueOf(after)];
  return { low: Math.min(a, b), high: Math.max(a, b) };
}

/** The largest first; equal ones by restaurant. */
export function sorted(differences: readonly Difference[]): readonly Difference[] {
  const size = ({ pair }: Difference): number => Math.abs(differenceOf(pair));
  return differences.toSorted((a, b) => size(b) - size(a) || (a.restaurantId < b.restaurantId ? -1 : 1));
}
