/**
 * Finds drift: counts that differ from a recount of Favourites. This checks I3 without using the product's
 * own audit. Do not write to Favourites meanwhile, because events in flight would appear as drift. Memory is
 * bounded, however large the tables are.
 */
import type { FavouriteRow } from '../../../src/counting/mapping.ts';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { type CreatedAt, type WindowCalendar, windowsOf } from '../../../src/counting/time-window.ts';
import type { LocalRun } from '../local-run.ts';
import { type Pair, PairTally } from './pair-tally.ts';
import {
  type CountRow,
  readCounts,
  readFavourites,
  readRegisters,
  type StoredRegister,
} from './read-tables.ts';
import { RegisterSet } from './register-set.ts';

/** The counts compared with a recount, kept on disk: dispose of it when it is no longer needed. */
export interface Comparison extends Disposable {
  /** Number of count rows, including those whose count is 0. */
  readonly countRows: number;
  /** Number of counts that differ from the favourites. */
  readonly driftCount: number;
  /** The counts that differ, ordered by the UTF-8 bytes of restaurant and window. */
  drift(): Iterable<Pair>;
  /** Every count above 0 of one window, or of all, in the same order. */
  counts(window?: string): Iterable<CountRow>;
}

/** How many items of Favourites there are of each kind. */
export type RowTally = Readonly<Record<FavouriteRow['kind'], number>>;

export interface Recount extends Comparison {
  readonly rows: RowTally;
  readonly atMs: number;
}

export async function recount(run: Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'>): Promise<Recount> {
  const atMs = Date.now();
  const rows = { countable: 0, uncounted: 0, 'not-ours': 0, uncountable: 0 };
  async function* tallied(): AsyncGenerator<FavouriteRow> {
    for await (const favourite of readFavourites(run)) {
      rows[favourite.kind] += 1;
      yield favourite;
    }
  }
  const comparison = await compareCounts({
    favourites: tallied(),
    registers: readRegisters(run),
    counts: readCounts(run),
    calendar: { ...run.settings, nowMs: atMs },
  });
  return { ...comparison, rows, atMs };
}

export async function compareCounts(options: {
  readonly favourites: AsyncIterable<FavouriteRow>;
  /** Read only if a row is rejected. */
  readonly registers: AsyncIterable<StoredRegister>;
  readonly counts: Iterable<CountRow> | AsyncIterable<CountRow>;
  readonly calendar: WindowCalendar;
  /** For tests. */
  readonly pairsInMemoryMax?: number;
}): Promise<Comparison> {
  using undo = new DisposableStack();
  const tally = undo.use(new PairTally(options.pairsInMemoryMax));
  let countRows = 0;
  for await (const { restaurantId, timeWindow, count } of options.counts) {
    countRows += 1;
    tally.add({ restaurantId, timeWindow, expected: 0, actual: count });
  }
  await addExpected(tally, options);
  const driftCount = tally.driftCount();
  const opened = undo.move();
  return {
    countRows,
    driftCount,
    drift: () => tally.drift(),
    *counts(window) {
      for (const { restaurantId, timeWindow, actual: count } of tally.counts(window))
        yield { restaurantId, timeWindow, count };
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

async function addExpected(
  tally: PairTally,
  { favourites, registers, calendar }: Parameters<typeof compareCounts>[0],
): Promise<void> {
  const expect = (restaurantId: RestaurantId, createdAt: CreatedAt): void => {
    for (const timeWindow of windowsOf(createdAt, calendar))
      tally.add({ restaurantId, timeWindow, expected: 1, actual: 0 });
  };
  using rejected = new RegisterSet();
  for await (const row of favourites) {
    if (row.kind === 'countable') expect(row.key.restaurantId, row.createdAt);
    else if (row.kind === 'uncountable' && row.key !== undefined) rejected.add(row.key);
  }
  if (rejected.isEmpty) return;
  // A rejected row keeps what its register counts until its dead letter is applied or a repair takes it out
  // of the counts, so neither is drift.
  for await (const register of registers) {
    if (register.createdAt === undefined || !rejected.has(register)) continue;
    expect(register.restaurantId, register.createdAt);
  }
}
