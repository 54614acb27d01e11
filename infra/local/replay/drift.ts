/**
 * Drift (I3, seen from outside): the counts against a recount of the rows of `Favourites`, in both directions.
 * Meant for tables that hold still: what is in flight would show as drift.
 */
import { parseFavouriteKey } from '../../../src/counting/favourite-event.ts';
import { parseCreatedAt, type WindowCalendar, windowsOf } from '../../../src/counting/time-window.ts';
import type { CountRow, StoredFavourite } from './read-tables.ts';

export interface Drift {
  readonly restaurantId: string;
  readonly timeWindow: string;
  readonly expected: number;
  readonly actual: number;
}

/** One entry for each (restaurant, window) whose count is not that of the favourites. */
export async function findDrift(o: {
  readonly favourites: AsyncIterable<StoredFavourite>;
  readonly counts: Iterable<CountRow> | AsyncIterable<CountRow>;
  readonly calendar: WindowCalendar;
}): Promise<readonly Drift[]> {
  const expected = new Counts();
  for await (const { key, createdAt } of o.favourites) {
    const favourite = parseFavouriteKey(key);
    const parsed = parseCreatedAt(createdAt);
    // What can never be counted (its record is in the dead letters) is not drift.
    if ('reason' in favourite || parsed === undefined) continue;
    for (const window of windowsOf(parsed, o.calendar)) expected.add(favourite.restaurantId, window, 1);
  }
  const drift: Drift[] = [];
  for await (const { restaurantId, timeWindow, count } of o.counts) {
    const right = expected.take(restaurantId, timeWindow);
    if (right !== count) drift.push({ restaurantId, timeWindow, expected: right, actual: count });
  }
  for (const missing of expected.rest()) drift.push({ ...missing, actual: 0 });
  return drift;
}

class Counts {
  readonly #counts = new Map<string, Map<string, number>>();

  add(restaurantId: string, timeWindow: string, step: number): void {
    let windows = this.#counts.get(restaurantId);
    if (!windows) this.#counts.set(restaurantId, (windows = new Map<string, number>()));
    windows.set(timeWindow, (windows.get(timeWindow) ?? 0) + step);
  }

  /** The count, which is forgotten with it. */
  take(restaurantId: string, timeWindow: string): number {
    const windows = this.#counts.get(restaurantId);
    const count = windows?.get(timeWindow) ?? 0;
    windows?.delete(timeWindow);
    return count;
  }

  *rest(): Generator<Pick<Drift, 'restaurantId' | 'timeWindow' | 'expected'>> {
    for (const [restaurantId, windows] of this.#counts) {
      for (const [timeWindow, expected] of windows) yield { restaurantId, timeWindow, expected };
    }
  }
}
