/** Counts the rows of the table of favourites, to see which of the two sides is right. */
import { usageOf } from '#usage';
import { createMapping } from '../../../src/counting/mapping.ts';
import { keyText } from '../../../src/counting/source/row-key.ts';
import type { Source } from '../../../src/counting/source/source.ts';
import { spanOf, type TimeWindow, windowsOf } from '../../../src/counting/time-window.ts';
import { InputError } from '../../command-line/input-error.ts';
import type { Counts } from '../compare.ts';
import type { TableReader } from './table-reader.ts';

export interface RecountOptions {
  readonly source: Source;
  readonly window: TimeWindow;
  /** The time zone of the windows. */
  readonly timeZone: string;
}

export interface RecountTally {
  /** Rows that count, of all restaurants. */
  counts: number;
  /** Favourites whose key, id or date cannot be read. No counter should count them. */
  rejected: number;
}

/** @throws {InputError} if the description cannot belong to the table */
export function checkSource({ tableName, key }: TableReader, source: Source): void {
  const [found, expected] = [keyText(key), keyText(source.key)];
  if (found === expected) return;
  throw new InputError(
    `The table ${tableName} has the key ${found}, but --source describes ${expected}. Give the ` +
      'description of this table; the doctor writes one.',
  );
}

/** @param wanted the restaurants to count. @throws {InputError} if no row of the table counts */
export async function recountRows(
  reader: TableReader,
  wanted: ReadonlySet<string>,
  { source, window, timeZone }: RecountOptions,
): Promise<{ readonly counts: Counts; readonly tally: Readonly<RecountTally> }> {
  const mapping = createMapping(source, timeZone);
  const kind = spanOf(window)?.kind;
  const calendar = {
    timeWindows: kind === undefined ? {} : { [kind]: 'forever' as const },
    timeZone,
    nowMs: 0,
  };
  const counts = new Map<string, number>();
  const tally: RecountTally = { counts: 0, rejected: 0 };
  await reader.scan({ attributes: mapping.attributes }, (item) => {
    const row = mapping.readRow(item);
    if (row.kind === 'uncountable') tally.rejected += 1;
    if (row.kind !== 'countable') return;
    tally.counts += 1;
    const { restaurantId } = row.key;
    if (!wanted.has(restaurantId) || !windowsOf(row.createdAt, calendar).includes(window)) return;
    counts.set(restaurantId, (counts.get(restaurantId) ?? 0) + 1);
  });
  if (tally.counts > 0) return { counts, tally };
  throw new InputError(
    `By --source, no row of ${reader.tableName} counts as a favourite, so there is nothing to ` +
      `compare with. Check it: ${usageOf('doctor')} --table ${reader.tableName} --source FILE.json`,
  );
}
