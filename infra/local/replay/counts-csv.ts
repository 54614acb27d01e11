/** Writes counts as a CSV file. */
import { csvField } from '../../command-line/files/output-files.ts';
import type { CountRow } from './read-tables.ts';

/** One write for each line would be slow. */
const PART_CHARACTERS_MIN = 65_536;

/** RFC 4180 with LF: one row for each count, in parts of many rows. */
export function* countsCsv(counts: Iterable<CountRow>): Generator<string> {
  let part = 'restaurant_id,time_window,favourite_count\n';
  for (const { restaurantId, timeWindow, count } of counts) {
    part += `${csvField(restaurantId)},${timeWindow},${count}\n`;
    if (part.length < PART_CHARACTERS_MIN) continue;
    yield part;
    part = '';
  }
  yield part;
}
