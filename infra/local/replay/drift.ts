/**
 * Finds drift: counts that differ from a recount of Favourites. This checks I3 without using the product's
 * own audit. Do not write to Favourites meanwhile, because events in flight would appear as drift.
 */
import type { FavouriteRow } from '../../../src/counting/mapping.ts';
import { type WindowCalendar, windowsOf } from '../../../src/counting/time-window.ts';
import type { LocalRun } from '../local-run.ts';
import { type CountRow, readCounts, readFavourites } from './read-tables.ts';

export interface Drift {
  readonly restaurantId: string;
  readonly timeWindow: string;
  readonly expected: number;
  readonly actual: number;
}

export interface Recount {
  readonly drift: readonly Drift[];
  /** Number of count rows. */
  readonly counts: readonly CountRow[];
  /** Number of rows in Favourites. */
  readonly favourites: number;
  readonly atMs: number;
}

export async function recount(run: Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'>): Promise<Recount> {
  const atMs = Date.now();
  let favourites = 0;
  async function* counted(): AsyncGenerator<FavouriteRow> {
    for await (const favourite of readFavourites(run)) {
      favourites += 1;
      yield favourite;
    }
  }
  const counts = await Array.fromAsync(readCounts(run));
  const calendar = { settings: run.settings.timeWindows, nowMs: atMs };
  const drift = await findDrift({ favourites: counted(), counts, calendar });
  return { drift, counts, favourites, atMs };
}

/** One entry for each (restaurant, window) whose count differs from the favourites. */
export async function findDrift(options: {
  readonly favourites: AsyncIterable<FavouriteRow>;
  readonly counts: Iterable<CountRow> | AsyncIterable<CountRow>;
  readonly calendar: WindowCalendar;
}): Promise<readonly Drift[]> {
  const missing = new Map<string, Drift & { expected: number }>();
  for await (const row of options.favourites) {
    // A row that can never be counted is not drift, because its record is a dead letter.
    if (row.kind !== 'countable') continue;
    const { restaurantId } = row.key;
    for (const timeWindow of windowsOf(row.createdAt, options.calendar)) {
      const entry = missing.get(keyOf(restaurantId, timeWindow));
      if (entry) entry.expected += 1;
      else missing.set(keyOf(restaurantId, timeWindow), { restaurantId, timeWindow, expected: 1, actual: 0 });
    }
  }
  const wrong: Drift[] = [];
  for await (const { restaurantId, timeWindow, count } of options.counts) {
    const key = keyOf(restaurantId, timeWindow);
    const expected = missing.get(key)?.expected ?? 0;
    if (expected !== count) wrong.push({ restaurantId, timeWindow, expected, actual: count });
    missing.delete(key);
  }
  return [...wrong, ...missing.values()];
}

/** The key is unambiguous, because a time window never contains '#'. */
function keyOf(restaurantId: string, timeWindow: string): string {
  return `${timeWindow}#${restaurantId}`;
}
