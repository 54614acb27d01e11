/** What the load writes: marks by random people, and now and then a mark taken back. Seeded. */
import { seededRandom } from '../emulator/random.ts';
import { favouriteKey } from '../replay/favourite-item.ts';
import type { ReplayEvent } from '../replay/replay-file.ts';
import { loadRestaurants, zipfOver } from './load-restaurants.ts';

const USERS = 100_000;
/** About one event in four takes a mark back. */
const UNMARK_SHARE = 0.25;
/** Marks that can be taken back; older ones stay. */
const REMEMBERED_MAX = 100_000;

export interface LoadEvents {
  /** Distinct favourites, none of which is under way. */
  next(events: number, nowMs: number): readonly ReplayEvent[];
  /** They are written, or were given up. */
  ended(events: readonly ReplayEvent[], o: { readonly areWritten: boolean }): void;
  setSkew(skew: number): void;
}

export function createLoadEvents(o: { readonly seed: number; readonly skew: number }): LoadEvents {
  const random = seededRandom(o.seed);
  const marked: ReplayEvent[] = [];
  /** Events of one favourite follow each other, and a batch holds each favourite once. */
  const underWay = new Set<string>();
  let restaurantOf = zipfOver(loadRestaurants, o.skew);

  const mark = (): Pick<ReplayEvent, 'restaurantId' | 'userId' | 'kind'> => ({
    kind: 'mark',
    restaurantId: restaurantOf(random()),
    userId: `visitor-${String(Math.floor(random() * USERS)).padStart(5, '0')}`,
  });
  const unmark = (): ReplayEvent | undefined => {
    const index = Math.floor(random() * marked.length);
    const [taken, last] = [marked[index], marked.pop()];
    if (taken === undefined || last === undefined) return undefined;
    if (index < marked.length) marked[index] = last;
    return { ...taken, kind: 'un-mark' };
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
        if (areWritten && event.kind === 'mark' && marked.length < REMEMBERED_MAX) marked.push(event);
      }
    },
    setSkew(skew) {
      restaurantOf = zipfOver(loadRestaurants, skew);
    },
  };
}
