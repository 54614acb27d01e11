/** Two live counters in memory, for the shadow to compare. */
import type { Counts, Pair } from '../../infra/shadow/compare.ts';
import type { Sides } from '../../infra/shadow/run.ts';

export interface LiveSides extends Sides {
  readonly counts: Map<string, number>;
  readonly counter: Map<string, number>;
  /** The restaurants of each later reading. */
  readonly readings: (readonly string[])[];
}

/** @param happens what changes the counters after the first reading of the counts, and during each wait */
export function liveSides(
  counts: Counts,
  counter: Counts,
  {
    afterCounts = () => {},
    duringWait = () => {},
    rows,
  }: {
    readonly afterCounts?: (sides: LiveSides) => void;
    readonly duringWait?: (sides: LiveSides) => void;
    /** What a recount finds. */
    readonly rows?: Counts;
  } = {},
): LiveSides {
  const sides: LiveSides = {
    counts: new Map(counts),
    counter: new Map(counter),
    readings: [],
    readCounts() {
      const read = new Map(sides.counts);
      afterCounts(sides);
      return Promise.resolve(read);
    },
    readCounter: () => Promise.resolve(new Map(sides.counter)),
    readAgain(ids) {
      sides.readings.push(ids);
      const pairOf = (id: string): Pair => ({ counts: sides.counts.get(id), counter: sides.counter.get(id) });
      return Promise.resolve(new Map(ids.map((id) => [id, pairOf(id)])));
    },
    recount: rows && (() => Promise.resolve(rows)),
    wait() {
      duringWait(sides);
      return Promise.resolve();
    },
  };
  return sides;
}

export function add(counts: Map<string, number>, restaurantId: string, delta: number): void {
  counts.set(restaurantId, (counts.get(restaurantId) ?? 0) + delta);
}
