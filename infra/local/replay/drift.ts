/**
 * Finds drift: counts that differ from a recount of Favourites. This checks I3 without using the product's
 * own audit. Do not write to Favourites meanwhile, because events in flight would appear as drift.
 */
import type { FavouriteRow } from '../../../src/counting/mapping.ts';
import { registerIdOf, type RestaurantId } from '../../../src/counting/register-key.ts';
import { type CreatedAt, type WindowCalendar, windowsOf } from '../../../src/counting/time-window.ts';
import type { LocalRun } from '../local-run.ts';
import {
  type CountRow,
  readCounts,
  readFavourites,
  readRegisters,
  type StoredRegister,
} from './read-tables.ts';

export interface Drift {
  readonly restaurantId: string;
  readonly timeWindow: string;
  readonly expected: number;
  readonly actual: number;
}

/** How many items of Favourites there are of each kind. */
export type RowTally = Readonly<Record<FavouriteRow['kind'], number>>;

export interface Recount {
  readonly drift: readonly Drift[];
  /** Number of count rows. */
  readonly counts: readonly CountRow[];
  readonly rows: RowTally;
  readonly atMs: number;
}

export async function recount(run: Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'>): Promise<Recount> {
  const atMs = Date.now();
  const rows = { countable: 0, uncounted: 0, 'not-ours': 0, uncountable: 0 };
  async function* counted(): AsyncGenerator<FavouriteRow> {
    for await (const favourite of readFavourites(run)) {
      rows[favourite.kind] += 1;
      yield favourite;
    }
  }
  const counts = await Array.fromAsync(readCounts(run));
  const calendar = { ...run.settings, nowMs: atMs };
  const drift = await findDrift({ favourites: counted(), registers: readRegisters(run), counts, calendar });
  return { drift, counts, rows, atMs };
}

/** One entry for each (restaurant, window) whose count differs from the favourites. */
export async function findDrift(options: {
  readonly favourites: AsyncIterable<FavouriteRow>;
  /** Read only if a row is rejected. */
  readonly registers: AsyncIterable<StoredRegister>;
  readonly counts: Iterable<CountRow> | AsyncIterable<CountRow>;
  readonly calendar: WindowCalendar;
}): Promise<readonly Drift[]> {
  const missing = new Map<string, Drift & { expected: number }>();
  const expect = (restaurantId: RestaurantId, createdAt: CreatedAt): void => {
    for (const timeWindow of windowsOf(createdAt, options.calendar)) {
      const entry = missing.get(keyOf(restaurantId, timeWindow));
      if (entry) entry.expected += 1;
      else missing.set(keyOf(restaurantId, timeWindow), { restaurantId, timeWindow, expected: 1, actual: 0 });
    }
  };
  const rejected = new Set<string>();
  for await (const row of options.favourites) {
    if (row.kind === 'countable') expect(row.key.restaurantId, row.createdAt);
    else if (row.kind === 'uncountable' && row.key !== undefined) rejected.add(registerIdOf(row.key));
  }
  // A rejected row keeps what its register counts until its dead letter is applied or a repair takes it out
  // of the counts, so neither is drift.
  const registers = rejected.size === 0 ? [] : options.registers;
  for await (const register of registers) {
    if (register.createdAt === undefined || !rejected.has(registerIdOf(register))) continue;
    expect(register.restaurantId, register.createdAt);
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
