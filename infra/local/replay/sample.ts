/**
 * The built-in sample: a town's restaurants, marked and un-marked without end, so that there is something to
 * watch. A year of history first, then one event after the other at the current time. The choice is seeded; what
 * is marked already is read from the table, so that a restart simply goes on.
 */
import type { ReplayEvent } from './replay-file.ts';
import { seededRandom } from '../emulator/random.ts';
import { kitchens, places } from './restaurant-names.ts';

/** Some dozens: of a small town. */
const RESTAURANTS = kitchens
  .slice(0, 6)
  .flatMap((kitchen) => places.slice(0, 8).map((place) => `${place} ${kitchen}`));
const USERS = Array.from({ length: 500 }, (_, index) => `guest-${String(index + 1).padStart(3, '0')}`);

const HISTORY_MARKS = 900;
const HISTORY_DAYS = 365;
const DAY_MS = 86_400_000;
/** Share of un-marks while few pairs are marked; it grows with the share of pairs that are. */
const UNMARK_SHARE = 0.15;
/** Now and then the town talks about one restaurant, so that the ranks move. */
const TALK_EVENTS = 400;
const TALK_SHARE = 0.35;

type Pair = Pick<ReplayEvent, 'restaurantId' | 'userId'>;

export interface Sample {
  /** Marks of the past year, the oldest first. */
  history(nowMs: number): readonly ReplayEvent[];
  next(nowMs: number): ReplayEvent;
}

/** @param marked the pairs that the table holds already. */
export function createSample(o: { readonly seed: number; readonly marked: Iterable<Pair> }): Sample {
  const random = seededRandom(o.seed);
  // The town's own: what others have marked is theirs to take back.
  const live = new MarkedPairs();
  for (const pair of o.marked) {
    if (RESTAURANTS.includes(pair.restaurantId) && USERS.includes(pair.userId)) live.add(pair);
  }
  let events = 0;
  let talkedAbout = 0;

  const mark = (atMs: number, restaurantId: string): ReplayEvent | undefined => {
    const userId = pick(USERS, random());
    if (!live.add({ restaurantId, userId })) return undefined;
    return { kind: 'mark', restaurantId, userId, createdAt: new Date(atMs).toISOString() };
  };
  const unmark = (atMs: number): ReplayEvent => {
    const pair = live.removeAt(random());
    return { kind: 'un-mark', ...pair, createdAt: new Date(atMs).toISOString() };
  };
  // Squaring favours the front of the list: a few are loved, most are a long tail.
  const loved = () => pick(RESTAURANTS, random() ** 2);

  return {
    history(nowMs) {
      const instants = Array.from({ length: HISTORY_MARKS }, () => nowMs - random() * HISTORY_DAYS * DAY_MS);
      return instants.toSorted((a, b) => a - b).flatMap((atMs) => mark(atMs, loved()) ?? []);
    },
    next(nowMs) {
      events += 1;
      if (events % TALK_EVENTS === 1) talkedAbout = random();
      const share = UNMARK_SHARE + live.size / (RESTAURANTS.length * USERS.length);
      if (live.size > 0 && random() < share) return unmark(nowMs);
      const restaurantId = random() < TALK_SHARE ? pick(RESTAURANTS, talkedAbout) : loved();
      // Whoever has marked it already takes the mark back: one event is asked for, one comes.
      return mark(nowMs, restaurantId) ?? unmark(nowMs);
    },
  };
}

/** A set of pairs from which any one can be taken at random. */
class MarkedPairs {
  readonly #pairs: Pair[] = [];
  readonly #keys = new Set<string>();

  get size(): number {
    return this.#pairs.length;
  }

  /** False when it is there already. */
  add(pair: Pair): boolean {
    const key = keyOf(pair);
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    this.#pairs.push(pair);
    return true;
  }

  /** @param share in [0, 1), of the way through the pairs. */
  removeAt(share: number): Pair {
    const index = Math.floor(share * this.#pairs.length);
    const [taken, last] = [this.#pairs[index], this.#pairs.pop()];
    if (taken === undefined || last === undefined) throw new RangeError('No pair is marked.');
    if (index < this.#pairs.length) this.#pairs[index] = last;
    this.#keys.delete(keyOf(taken));
    return taken;
  }
}

function keyOf({ restaurantId, userId }: Pair): string {
  return `${restaurantId}#${userId}`;
}

function pick(from: readonly string[], share: number): string {
  return from[Math.floor(share * from.length)] ?? '';
}
