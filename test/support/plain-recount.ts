/** Recounts in memory, as simply as possible, to compare with the recount that uses a database. */
import { compareCounts } from '../../infra/local/replay/drift.ts';
import { csvField } from '../../infra/command-line/files/output-files.ts';
import type { Pair } from '../../infra/local/replay/pair-tally.ts';
import type { CountRow, StoredRegister } from '../../infra/local/replay/read-tables.ts';
import type { FavouriteRow } from '../../src/counting/mapping.ts';
import { type WindowCalendar, windowsOf } from '../../src/counting/time-window.ts';

export interface Tables {
  readonly favourites: readonly FavouriteRow[];
  readonly registers: readonly StoredRegister[];
  readonly counts: readonly CountRow[];
}

/** The counts that differ from the favourites, in any order. */
export function plainDrift({ favourites, registers, counts }: Tables, calendar: WindowCalendar) {
  const pairs = new Map<string, { -readonly [Name in keyof Pair]: Pair[Name] }>();
  const pairOf = (restaurantId: string, timeWindow: string) => {
    const key = JSON.stringify([restaurantId, timeWindow]);
    const pair = pairs.get(key) ?? { restaurantId, timeWindow, expected: 0, actual: 0 };
    pairs.set(key, pair);
    return pair;
  };
  for (const row of favourites) {
    const register =
      row.kind === 'uncountable'
        ? registers.find(
            ({ restaurantId, rowId }) => restaurantId === row.key?.restaurantId && rowId === row.key.rowId,
          )
        : undefined;
    const counted = row.kind === 'countable' ? { ...row.key, createdAt: row.createdAt } : register;
    if (counted?.createdAt === undefined) continue;
    for (const timeWindow of windowsOf(counted.createdAt, calendar))
      pairOf(counted.restaurantId, timeWindow).expected += 1;
  }
  for (const { restaurantId, timeWindow, count } of counts) pairOf(restaurantId, timeWindow).actual = count;
  return [...pairs.values()].filter(({ expected, actual }) => expected !== actual);
}

/** The file of `--out`, from counts in any order. */
export function plainCountsCsv(rows: readonly CountRow[]): string {
  const lines = rows
    .filter(({ count }) => count > 0)
    .map((row) => ({ row, restaurant: Buffer.from(row.restaurantId), window: Buffer.from(row.timeWindow) }))
    .toSorted((a, b) => Buffer.compare(a.restaurant, b.restaurant) || Buffer.compare(a.window, b.window))
    .map(({ row }) => [row.restaurantId, row.timeWindow, String(row.count)].map(csvField).join(','));
  return ['restaurant_id,time_window,favourite_count', ...lines, ''].join('\n');
}

/** The counts that differ, as the recount of the local run finds them. */
export async function findDrift(options: Parameters<typeof compareCounts>[0]): Promise<readonly Pair[]> {
  using comparison = await compareCounts(options);
  return [...comparison.drift()];
}
