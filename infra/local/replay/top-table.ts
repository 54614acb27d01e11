/** The restaurants with the most favourites in one window, as a table for the terminal. */
import type { CountRow } from './read-tables.ts';
import { alignColumns, count, printable } from '../../command-line/text.ts';

/** The rows with the highest counts, ordered by count, then by restaurant id as UTF-16, like the ranking. */
export function topOf(rows: Iterable<CountRow>, limit: number): readonly CountRow[] {
  const highest = (candidates: readonly CountRow[]): CountRow[] =>
    candidates
      .toSorted((a, b) => b.count - a.count || (a.restaurantId < b.restaurantId ? -1 : 1))
      .slice(0, limit);
  let top: CountRow[] = [];
  for (const row of rows) {
    top.push(row);
    // Twice the limit, so that each row is sorted only a few times.
    if (top.length >= 2 * limit) top = highest(top);
  }
  return highest(top);
}

export function formatTop(rows: readonly CountRow[], window: string): string {
  if (rows.length === 0) return `No favourites in ${window}.`;
  const NAME_WIDTH_MAX = 60;
  const lines = rows.map((row, index) => {
    const name = printable(row.restaurantId);
    const cut = name.length > NAME_WIDTH_MAX ? `${name.slice(0, NAME_WIDTH_MAX - 1)}…` : name;
    return [String(index + 1), cut, count(row.count)];
  });
  const header = ['rank', 'restaurant', `favourites, ${window}`];
  return alignColumns([header, ...lines], ['number', 'text', 'number']);
}
