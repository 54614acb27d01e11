/**
 * Reads the files of an export of DynamoDB to S3, one `{"Item":{…}}` a line. Every item is put, in the
 * order of the items' dates. Items that do not count, or have no readable date, come first, in the order of
 * the files.
 */
import { createMapping } from '../../../../src/counting/mapping.ts';
import type { Source } from '../../../../src/counting/source/source.ts';
import { type CreatedAt, UNDATED } from '../../../../src/counting/time-window.ts';
import { UTC } from '../../../../src/counting/time-zone.ts';
import { InputError } from '../../../command-line/input-error.ts';
import { shown } from '../../../command-line/text.ts';
import type { WriteSequence } from '../replay-write.ts';
import { DiskNumbers } from './disk-numbers.ts';
import { DiskSorter } from './disk-sorter.ts';
import { rejectOtherKind } from './file-kind.ts';
import { type InputText, openInputText } from '../../../command-line/files/input-text.ts';
import { parseObject, readJsonLines } from './json-line.ts';
import { LookAlikes } from './look-alikes.ts';
import type { Reading } from './reading.ts';
import { createIdReader } from './row-ids.ts';
import { hashOf, writesOrderedBy } from './staged-rows.ts';
import { createTableItems, type PutWrite, type TableItems } from './table-item.ts';

const EXAMPLE = '{"Item":{"id":{"S":"text"},…}}';
/** Sorts before every date. */
const UNDATED_MS = -9e15;

/** @param first the first file, which is open already. @throws {InputError} */
export async function readExport(first: InputText, reading: Reading, source: Source): Promise<WriteSequence> {
  const { rows, scratch } = reading;
  const items = createTableItems(source);
  const mapping = createMapping(source, UTC);
  const idsOf = createIdReader(mapping);
  const byTime = new DiskSorter(scratch, { name: 'items_by_time', columns: 3 });
  const byKey = new DiskSorter(scratch, { name: 'items_by_key', columns: 3 });
  const lookAlikes = new LookAlikes(reading);

  for (const [file, path] of reading.files.paths.entries()) {
    const input = file === 0 ? first : await openInputText(path, reading);
    if (input.head.length > 0) rejectOtherKind(input, 'export');
    await readJsonLines(input, reading, (text, line) => {
      const write = readLine(text, items);
      const favourite = mapping.readRow(write.item);
      const row = rows.add(text, { file, line });
      byTime.add([...instantOf(favourite.kind === 'countable' ? favourite.createdAt : UNDATED), row]);
      byKey.add([...hashOf(write.row), row]);
      lookAlikes.add(idsOf(write), row);
    });
  }
  await reportTwice(byKey, reading);
  if (rows.length === 0 && reading.issues.count === 0) {
    throw new InputError(`${reading.files.name} has no items; each line must be ${EXAMPLE}.`);
  }
  reading.issues.throwIfAny();
  await lookAlikes.warn((text) => idsOf(readLine(text, items)));
  const order = new DiskNumbers(scratch, 'write_order');
  for await (const batch of reading.paused(byTime.sorted(), 'Sorting', byTime.length)) {
    for (const item of batch) order.append(item.at(-1) ?? 0);
  }
  return writesOrderedBy(order, (row) => readLine(rows.textOf(row), items));
}

/** @throws {InputError} */
function readLine(text: string, items: TableItems): PutWrite {
  const line = parseObject(text, EXAMPLE);
  const other = Object.keys(line).find((name) => name !== 'Item');
  if (other !== undefined) {
    throw new InputError(`unknown member ${shown(other)}; a line of an export is ${EXAMPLE}: remove it`);
  }
  return items.readPut(line['Item'], 'Item', Buffer.byteLength(text));
}

/** Milliseconds, and nanoseconds after them. @param createdAt in UTC, or a bare date */
function instantOf(createdAt: CreatedAt): readonly [number, number] {
  if (createdAt === UNDATED) return [UNDATED_MS, 0];
  const [seconds = '', fraction = ''] = createdAt.replace('Z', '').split('.');
  const digits = fraction.padEnd(9, '0');
  const ms = Date.parse(seconds.includes('T') ? `${seconds}Z` : seconds);
  return [ms + Number(digits.slice(0, 3)), Number(digits.slice(3))];
}

/** Reports an item with the key of another one: a table has each key once. */
async function reportTwice(byKey: DiskSorter, reading: Reading): Promise<void> {
  let first: readonly number[] = [];
  for await (const batch of reading.paused(byKey.sorted(), 'Comparing the keys of', byKey.length)) {
    for (const item of batch) {
      if (item[0] !== first[0] || item[1] !== first[1]) first = item;
      else {
        const where = reading.placeText(reading.rows.placeOf(first[2] ?? 0));
        const remedy = 'name each file of one export once, and no file of another one';
        reading.issues.add(
          reading.rows.placeOf(item[2] ?? 0),
          `the item has the same key as the one at ${where}; ${remedy}`,
        );
      }
    }
  }
}
