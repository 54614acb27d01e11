/** Reads a file of writes to a table of any shape, one JSON object a line, in the order of the writes. */
import { createdAtReader } from '../../../../src/counting/source/created-at.ts';
import { createMapping } from '../../../../src/counting/mapping.ts';
import { readsUpdates, type Source } from '../../../../src/counting/source/source.ts';
import { UTC } from '../../../../src/counting/time-zone.ts';
import { InputError } from '../../../command-line/input-error.ts';
import { shown } from '../../../command-line/text.ts';
import type { RowWrite, WriteSequence } from '../replay-write.ts';
import { DiskSorter } from './disk-sorter.ts';
import type { InputText } from '../../../command-line/files/input-text.ts';
import { comparePlaces, Smallest } from './issues.ts';
import { parseObject, readJsonLines } from './json-line.ts';
import { LookAlikes } from './look-alikes.ts';
import type { Reading } from './reading.ts';
import { createIdReader } from './row-ids.ts';
import { hashOf, type Place, writesInOrder } from './staged-rows.ts';
import { createTableItems, type TableItems } from './table-item.ts';

const EXAMPLE = '{"at":"2022-08-01T12:00:00Z","put":{…}} or {"at":…,"delete":{…}}';
const MEMBERS = ['at', 'put', 'delete'];

/** @throws {InputError} */
export async function readRowWrites(
  input: InputText,
  reading: Reading,
  source: Source,
): Promise<WriteSequence> {
  const items = createTableItems(source);
  const updates = readsUpdates(source) ? undefined : createUpdates(reading);
  const idsOf = createIdReader(createMapping(source, UTC));
  const lookAlikes = new LookAlikes(reading);
  const backwards = new Smallest<Place>(1, comparePlaces);
  let latestMs = Number.NEGATIVE_INFINITY;
  const lines = await readJsonLines(input, reading, (text, line) => {
    const { atMs, write } = readLine(text, items);
    const place = { file: 0, line };
    const row = reading.rows.add(text, place);
    if (atMs < latestMs) backwards.add(place);
    updates?.add(row, write);
    lookAlikes.add(idsOf(write), row);
    latestMs = Math.max(latestMs, atMs);
  });
  if (lines === 0) {
    reading.issues.add({ file: 0, line: 1 }, `the file is empty; each line must be ${EXAMPLE}`);
  }
  reading.issues.throwIfAny();
  warn(reading, 'Lines are written in the order of the file, although at goes back', backwards);
  const what = 'Only a reconcile counts these updates of rows, because the source lacks "updates": true';
  if (updates !== undefined) warn(reading, what, await updates.find());
  await lookAlikes.warn((text) => idsOf(readLine(text, items).write));
  return writesInOrder(reading.rows, (text) => readLine(text, items).write);
}

function warn(reading: Reading, about: string, places: Smallest<Place>): void {
  const [first] = places.list();
  if (first === undefined) return;
  const more = places.count === 1 ? '' : `, and ${places.count - 1} more`;
  reading.warnings.push(`${about}: ${reading.placeText(first)}${more}.`);
}

/** Finds the puts that change a row which the line before it for that row has put. */
function createUpdates(reading: Reading): {
  readonly add: (row: number, write: RowWrite) => void;
  readonly find: () => Promise<Smallest<Place>>;
} {
  const sorter = new DiskSorter(reading.scratch, { name: 'writes_by_key', columns: 4 });
  return {
    add(row, write) {
      const [itemHash] = write.kind === 'put' ? hashOf(JSON.stringify(write.item)) : [DELETED];
      sorter.add([...hashOf(write.row), row, itemHash]);
    },
    async find() {
      const updates = new Smallest<Place>(1, comparePlaces);
      let before: readonly number[] = [];
      for await (const batch of reading.paused(sorter.sorted(), 'Comparing', sorter.length)) {
        for (const write of batch) {
          const isSameRow = before[0] === write[0] && before[1] === write[1];
          const isPut = write[3] !== DELETED && before[3] !== DELETED;
          if (isSameRow && isPut && before[3] !== write[3]) updates.add(reading.rows.placeOf(write[2] ?? 0));
          before = write;
        }
      }
      return updates;
    },
  };
}

/** In place of the hash of an item, for a delete. */
const DELETED = -1;

/** @throws {InputError} */
function readLine(text: string, items: TableItems): { readonly atMs: number; readonly write: RowWrite } {
  const line = parseObject(text, EXAMPLE);
  const unknown = Object.keys(line).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) {
    throw new InputError(`unknown member ${shown(unknown)}; a line is ${EXAMPLE}: remove or rename it`);
  }
  const kinds = (['put', 'delete'] as const).filter((kind) => Object.hasOwn(line, kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const what = kind === undefined ? 'neither put nor delete' : 'both put and delete';
    throw new InputError(`the line has ${what}; it must have one of them, as in ${EXAMPLE}`);
  }
  const atMs = readAt(line['at']);
  const read = kind === 'put' ? items.readPut : items.readDelete;
  return { atMs, write: read(line[kind], kind, Buffer.byteLength(text)) };
}

const readDate = createdAtReader({ attribute: 'at', format: 'rfc3339' }, UTC);

/** @throws {InputError} */
function readAt(at: unknown): number {
  const example = 'write it like "2022-08-01T12:00:00Z"';
  if (at === undefined) throw new InputError(`at is missing; ${example}`);
  const instant = readDate({ S: at });
  if (instant !== undefined) return Date.parse(instant);
  const found = shown(typeof at === 'string' ? at : JSON.stringify(at));
  throw new InputError(`at ${found} is not a valid RFC 3339 date and time; ${example}`);
}
