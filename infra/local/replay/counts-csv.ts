/** The counts as a file: one row for every count above 0, in an order that does not depend on the machine. */
import type { CountRow } from './read-tables.ts';

export const countsHeader = 'restaurant_id,time_window,favourite_count';

/** Sorted by restaurant, then window, as UTF-8 bytes; RFC 4180 with LF, quoted only where needed. */
export function countsCsv(rows: readonly CountRow[]): string {
  const lines = rows
    .filter(({ count }) => count > 0)
    .map((row) => ({ row, restaurant: Buffer.from(row.restaurantId), window: Buffer.from(row.timeWindow) }))
    .toSorted((a, b) => Buffer.compare(a.restaurant, b.restaurant) || Buffer.compare(a.window, b.window))
    .map(({ row }) => [row.restaurantId, row.timeWindow, String(row.count)].map(csvField).join(','));
  return [countsHeader, ...lines, ''].join('\n');
}

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
