/** Reads the counts of one window from the table that the construct created. */
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import { aggregatedFavouritesTable as schema } from '../../../src/tables/schema.ts';
import { InputError } from '../../command-line/input-error.ts';
import { shown } from '../../command-line/text.ts';
import type { Counts } from '../compare.ts';
import { wholeNumberOf } from './whole-number.ts';
import type { Item, TableReader } from './table-reader.ts';

/** Enough rows to name the windows of a table of counts. */
const SAMPLE_ROWS = 200;

/** @throws {InputError} if it is another kind of table */
export function checkCountsTable({ tableName, key }: TableReader): void {
  const [found, expected] = [
    key.map(({ name }) => name).join(', '),
    `${schema.partitionKey}, ${schema.sortKey}`,
  ];
  if (found === expected) return;
  throw new InputError(
    `--counts-table ${tableName} has the key ${found}, but a table of counts has ${expected}. ` +
      'Give the countsTable of the construct.',
  );
}

/** @throws {InputError} */
export async function readCounts(reader: TableReader, window: TimeWindow): Promise<Counts> {
  const counts = new Map<string, number>();
  const selection = {
    attributes: [schema.favouriteCount],
    having: { attribute: schema.sortKey, text: window },
  };
  await reader.scan(selection, (item) => {
    counts.set(item[schema.partitionKey]?.S ?? '', countOf(item, reader.tableName));
  });
  if (counts.size === 0) throw await noCounts(reader, window);
  return counts;
}

/** In the order of the ids, consistently. @throws {InputError} */
export async function readCountsAgain(
  reader: TableReader,
  window: TimeWindow,
  restaurantIds: readonly string[],
): Promise<readonly (number | undefined)[]> {
  const keys = restaurantIds.map((id) =>
    id === '' ? undefined : { [schema.partitionKey]: { S: id }, [schema.sortKey]: { S: window } },
  );
  const items = await reader.get(keys, [schema.favouriteCount]);
  return items.map((item) => item && countOf(item, reader.tableName));
}

function countOf(item: Item, tableName: string): number {
  const count = wholeNumberOf(item[schema.favouriteCount]);
  if (count !== undefined) return count;
  const restaurant = shown(item[schema.partitionKey]?.S ?? '');
  throw new InputError(
    `The count of ${restaurant} in ${tableName} is damaged. Start a reconcile in mode repair, and try again.`,
  );
}

async function noCounts(reader: TableReader, window: TimeWindow): Promise<InputError> {
  const sample = await reader.sample(SAMPLE_ROWS);
  if (sample.length === 0) {
    return new InputError(
      `${reader.tableName} holds no counts yet. Start a reconcile in mode seed, and try again.`,
    );
  }
  const windows = [...new Set(sample.map((item) => item[schema.sortKey]?.S ?? ''))].toSorted();
  const some = windows.slice(0, 6).join(', ');
  return new InputError(
    `${reader.tableName} has no count in ${window}. Among its windows are ${some}: give one of them by ` +
      '--window.',
  );
}
