/**
 * The built-in sample: guests of a small town mark and un-mark its restaurants endlessly. It starts with a
 * year of history, then creates single events at the current time. The seed determines the choices. After a
 * restart it reads the existing marks from the table.
 */
import { seededRandom } from '../emulator/random.ts';
import { favouriteKey, type ReplayEvent } from './replay-write.ts';
import { kitchens, places } from './restaurant-names.ts';

const RESTAURANTS = kitchens
  .slice(0, 6)
  .flatMap((kitchen) => places.slice(0, 8).map((place) => `${place} ${kitchen}`));
const USERS = Array.from({ length: 500 }, (_, index) => `guest-${String(index + 1).padStart(3, '0')}`);

const HISTORY_MARKS = 900;
const HISTORY_DAYS = 365;
const DAY_MS = 86_400_000;
/** Share of un-marks at the start. It grows with the share of pairs that are marked. */
const UNMARK_SHARE = 0.15;
/** After this many events, another restaurant becomes popular, so that the ranking changes. */
const POPULAR_EVENTS = 400;
const POPULAR_SHARE = 0.35;

type Pair = Pick<ReplayEvent, 'restaurantId' | 'userId'>;

export interface Sample {
  /** Marks of the past year, the oldest first. */
  history(nowMs: number): readonly ReplayEvent[];
  next(nowMs: number): ReplayEvent;
}

/** @param options.marked the pairs that are already in the table */
export function createSample(options: { readonly seed: number; readonly marked: Iterable<Pair> }): Sample {
  const random = seededRandom(options.seed);
  // The sample does not un-mark favourites that it did not create.
  const live = new MarkedPairs();
  for (const pair of options.marked) {
    if (RESTAURANTS.includes(pair.restaurantId) && USERS.includes(pair.userId)) live.add(pair);
  }
  let events = 0;
  let popular = 0;

  const mark = (atMs: number, restaurantId: string): ReplayEvent | undefined => {
    const userId = pick(USERS, random());
    if (!live.add({ restaurantId, userId })) return undefined;
    return { kind: 'mark', restaurantId, userId, createdAt: new Date(atMs).toISOString() };
  };
  const unmark = (atMs: number): ReplayEvent => {
    const pair = live.take(random());
    if (pair === undefined) throw new RangeError('No pair is marked.');
    return { kind: 'un-mark', ...pair, createdAt: new Date(atMs).toISOString() };
  };
  // Squaring prefers the front of the list, so that few restaurants get most marks.
  const skewed = () => pick(RESTAURANTS, random() ** 2);

  return {
    history(nowMs) {
      const instants = Array.from({ length: HISTORY_MARKS }, () => nowMs - random() * HISTORY_DAYS * DAY_MS);
      return instants.toSorted((a, b) => a - b).flatMap((atMs) => mark(atMs, skewed()) ?? []);
    },
    next(nowMs) {
      events += 1;
      if (events % POPULAR_EVENTS === 1) popular = random();
      const share = UNMARK_SHARE + live.size / (RESTAURANTS.length * USERS.length);
      if (live.size > 0 && random() < share) return unmark(nowMs);
      const restaurantId = random() < POPULAR_SHARE ? pick(RESTAURANTS, popular) : skewed();
      // If the pair is already marked, un-mark another, so that each call returns one event.
      return mark(nowMs, restaurantId) ?? unmark(nowMs);
    },
  };
}

/** A set of pairs that supports taking a random one. */
export class MarkedPairs {
  readonly #pairs: Pair[] = [];
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#pairs.length;
  }

  /** False when the pair is already in the set. */
  add(pair: Pair): boolean {
    const key = favouriteKey(pair);
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    this.#pairs.push(pair);
    return true;
  }

  /** @param share in [0, 1): which pair to take. @returns undefined when the set is empty */
  take(share: number): Pair | undefined {
    const index = Math.floor(share * this.#pairs.length);
    const [taken, last] = [this.#pairs[index], this.#pairs.pop()];
    if (taken === undefined || last === undefined) return undefined;
    if (index < this.#pairs.length) this.#pairs[index] = last;
    this.#keys.delete(favouriteKey(taken));
    return taken;
  }
}

function pick(from: readonly string[], share: number): string {
  return from[Math.floor(share * from.length)] ?? '';
}
