/** The events of the load: visitors mark restaurants at random, and sometimes un-mark them. Seeded. */
import { seededRandom } from '../emulator/random.ts';
import { favouriteKey, type ReplayEvent } from '../replay/replay-write.ts';
import { restaurants } from '../replay/restaurant-names.ts';
import { MarkedPairs } from '../replay/sample.ts';

const USERS = 100_000;
const UNMARK_SHARE = 0.25;
/** Maximum number of marks to remember for un-marks. Later marks are never un-marked. */
const REMEMBERED_MAX = 100_000;

export interface LoadEvents {
  /** Returns events of different favourites. Skips favourites whose last event is still being written. */
  next(events: number, nowMs: number): readonly ReplayEvent[];
  /** Call when the events are written, or have failed. */
  ended(events: readonly ReplayEvent[], options: { readonly areWritten: boolean }): void;
  setSkew(skew: number): void;
}

export function createLoadEvents(options: { readonly seed: number; readonly skew: number }): LoadEvents {
  const random = seededRandom(options.seed);
  const marked = new MarkedPairs();
  /** Favourites whose last event is still being written. Their next event must wait. */
  const underWay = new Set<string>();
  let restaurantOf = zipfOver(restaurants, options.skew);

  const mark = (): Omit<ReplayEvent, 'createdAt'> => ({
    kind: 'mark',
    restaurantId: restaurantOf(random()),
    userId: `visitor-${String(Math.floor(random() * USERS)).padStart(5, '0')}`,
  });
  const unmark = (): Omit<ReplayEvent, 'createdAt'> | undefined => {
    const pair = marked.take(random());
    return pair && { kind: 'un-mark', ...pair };
  };

  return {
    next(count, nowMs) {
      const createdAt = new Date(nowMs).toISOString();
      return Array.from({ length: count }).flatMap(() => {
        const event = { ...((random() < UNMARK_SHARE ? unmark() : undefined) ?? mark()), createdAt };
        if (underWay.has(favouriteKey(event))) return [];
        underWay.add(favouriteKey(event));
        return [event];
      });
    },
    ended(events, { areWritten }) {
      for (const event of events) {
        underWay.delete(favouriteKey(event));
        const { kind, restaurantId, userId } = event;
        if (areWritten && kind === 'mark' && marked.size < REMEMBERED_MAX)
          marked.add({ restaurantId, userId });
      }
    },
    setSkew(skew) {
      restaurantOf = zipfOver(restaurants, skew);
    },
  };
}

/**
 * Chooses names by a Zipf distribution, in which the first name is the most frequent.
 * @param skew the exponent: at 0 all names are equally likely
 * @returns maps a uniform random number in [0, 1) to a name
 */
export function zipfOver(names: readonly string[], skew: number): (share: number) => string {
  let sum = 0;
  const sums = names.map((_, index) => (sum += (index + 1) ** -skew));
  return (share) => {
    const wanted = share * sum;
    let [low, high] = [0, names.length - 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return names[low] ?? '';
  };
}
