/** The restaurants with the most favourites in one window, as a table for the terminal. */
import type { CountRow } from './read-tables.ts';
import { alignColumns, count, printable } from '../../command-line/text.ts';

/** Sorts by count, then by restaurant id as UTF-16, like the ranking. */
export function topOf(
  rows: readonly CountRow[],
  { window, limit }: { readonly window: string; readonly limit: number },
): readonly CountRow[] {
  return rows
    .filter(({ timeWindow, count: favourites }) => timeWindow === window && favourites > 0)
    .toSorted((a, b) => b.count - a.count || (a.restaurantId < b.restaurantId ? -1 : 1))
    .slice(0, limit);
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
