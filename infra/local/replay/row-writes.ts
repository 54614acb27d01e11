/**
 * Reads a file of writes to a table of any shape, one JSON object a line, in the order of the writes. A line
 * that the table could not store is an issue.
 */
import { isUtf8 } from 'node:buffer';
import { createdAtReader } from '../../../src/counting/source/created-at.ts';
import { plainNumber } from '../../../src/counting/source/number-text.ts';
import { UTC } from '../../../src/counting/time-zone.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../../../src/counting/source/row-key.ts';
import { isDefaultSource, readsUpdates, type Source } from '../../../src/counting/source/source.ts';
import { favouritesTable } from '../../../src/tables/schema.ts';
import { isObject } from '../emulator/json.ts';
import { readItem, sizeOf } from './attribute-values.ts';
import { type FileIssue, InputError } from '../../command-line/input-error.ts';
import type { Item, RowWrite } from './replay-write.ts';
import { printable, shorten, shown } from '../../command-line/text.ts';

export interface RowWrites {
  readonly writes: readonly RowWrite[];
  readonly issues: readonly FileIssue[];
  /** Lines whose `at` is before that of the line above. */
  readonly backwards: readonly number[];
  /** Lines that change a row of an earlier line, if the source reads no updates. */
  readonly unreadUpdates: readonly number[];
}

const EXAMPLE = '{"at":"2022-08-01T12:00:00Z","put":{…}} or {"at":…,"delete":{…}}';
const MEMBERS = ['at', 'put', 'delete'];
/** Of an item, in bytes (Service quotas, "Items"). */
const ITEM_BYTES_MAX = 400 * 1024;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export function readRowWrites(bytes: Buffer, source: Source): RowWrites {
  const issues: FileIssue[] = [];
  const writes: RowWrite[] = [];
  const backwards: number[] = [];
  const unreadUpdates: number[] = [];
  const isUnreadUpdate = readsUpdates(source) ? () => false : createUpdateFinder();
  const attributes = attributesOf(source);
  let emptyLines: number[] = [];
  let latestMs = Number.NEGATIVE_INFINITY;

  for (const { line, content } of linesOf(bytes)) {
    const text = content.toString('utf8').trim();
    if (text === '') {
      emptyLines.push(line);
      continue;
    }
    try {
      if (!isUtf8(content)) throw new InputError('bytes that are not UTF-8; save the file as UTF-8');
      const { atMs, write } = readLine(text, attributes);
      writes.push(write);
      if (atMs < latestMs) backwards.push(line);
      if (isUnreadUpdate(write)) unreadUpdates.push(line);
      latestMs = Math.max(latestMs, atMs);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      issues.push({ line, message: error.message });
    }
    // Empty lines are allowed only at the end of the file, because one between lines may be a lost line.
    for (const empty of emptyLines) issues.push({ line: empty, message: 'an empty line; remove it' });
    emptyLines = [];
  }
  if (writes.length + issues.length === 0) {
    issues.push({ line: 1, message: `the file is empty; each line must be ${EXAMPLE}` });
  }
  return { writes, issues, backwards, unreadUpdates };
}

/** The function takes the writes in their order, and says whether each one changes a row that is there. */
function createUpdateFinder(): (write: RowWrite) => boolean {
  const rows = new Map<string, string>();
  return (write) => {
    const before = rows.get(write.row);
    if (write.kind === 'delete') {
      rows.delete(write.row);
      return false;
    }
    const item = JSON.stringify(write.item);
    rows.set(write.row, item);
    return before !== undefined && before !== item;
  };
}

/** The lines, without their line breaks and a byte-order mark. The file may be too long for a string. */
function* linesOf(bytes: Buffer): Generator<{ readonly line: number; readonly content: Buffer }> {
  const hasMark = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  for (let line = 1, start = hasMark ? BYTE_ORDER_MARK.length : 0; start < bytes.length; line += 1) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const end = lineFeed === -1 ? bytes.length : lineFeed;
    yield { line, content: bytes.subarray(start, end) };
    start = end + 1;
  }
}

interface TypedAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
  readonly bytesMax: number;
  readonly isKey: boolean;
}

/** The attributes whose type the table fixes: those of its key and, in the default table, of its index. */
function attributesOf(source: Source): readonly TypedAttribute[] {
  const limits = [PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX];
  const key = source.key.map(({ name, type }, at) => ({
    name,
    type,
    bytesMax: limits[at] ?? 0,
    isKey: true,
  }));
  if (!isDefaultSource(source)) return key;
  const { partitionKey, sortKey } = favouritesTable.byUserIndex;
  const index = [partitionKey, sortKey].map((name, at) => ({
    name,
    type: 'S' as const,
    bytesMax: limits[at] ?? 0,
    isKey: false,
  }));
  return [...key, ...index];
}

/** @throws {InputError} */
function readLine(text: string, attributes: readonly TypedAttribute[]): { atMs: number; write: RowWrite } {
  const line = parseObject(text);
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
  const item = readItem(line[kind], kind);
  for (const attribute of attributes) checkAttribute(item, kind, attribute);
  const keys = attributes.filter(({ isKey }) => isKey);
  const row = JSON.stringify(keys.map(({ name, type }) => keyText(item, name, type)));
  const bytes = Buffer.byteLength(text);
  if (kind === 'put') {
    if (sizeOf(item) > ITEM_BYTES_MAX) {
      throw new InputError(
        `the item has ${sizeOf(item)} bytes, an item has at most ${ITEM_BYTES_MAX}; shorten it`,
      );
    }
    return { atMs, write: { kind, row, bytes, item } };
  }
  const more = Object.keys(item).find((name) => !keys.some((key) => key.name === name));
  if (more !== undefined) {
    const names = keys.map(({ name }) => name).join(' and ');
    throw new InputError(
      `delete.${shownName(more)} is not part of the key; delete has ${names} alone: remove it`,
    );
  }
  return { atMs, write: { kind, row, bytes, key: item } };
}

/** @throws {InputError} */
function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The engine counts lines within this one, which is confusing beside the line of the file.
    const reason = printable((cause as Error).message.replace(/ \(line \d+ column \d+\)$/, ''));
    throw new InputError(`the line is not JSON: ${reason}; write it as ${EXAMPLE}`, { cause });
  }
  if (isObject(value)) return value;
  throw new InputError(`the line is ${shown(text)}, which is no JSON object; write it as ${EXAMPLE}`);
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

/** @throws {InputError} */
function checkAttribute(
  item: Item,
  kind: RowWrite['kind'],
  { name, type, bytesMax, isKey }: TypedAttribute,
): void {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  const where = `${kind}.${shownName(name)}`;
  const part = isKey ? 'a part of the key' : 'a key of the index by_user';
  if (value === undefined) {
    if (isKey)
      throw new InputError(`${where} is missing, ${part}; give every line the whole key of --source`);
    return;
  }
  const text = type === 'S' ? value.S : value.N;
  if (text === undefined) {
    const found = Object.keys(value)[0] ?? '';
    throw new InputError(
      `${where} is of type ${found}, but ${part} has type ${type}; correct it or --source`,
    );
  }
  const bytes = Buffer.byteLength(text);
  if (bytes === 0) throw new InputError(`${where} is empty, but ${part} has 1 byte or more; give it a value`);
  if (type === 'S' && bytes > bytesMax) {
    throw new InputError(`${where} has ${bytes} bytes, but ${part} has at most ${bytesMax}; shorten it`);
  }
}

/** Numbers are equal if their digits are: 7 and 7.0 are one key. */
function keyText(item: Item, name: string, type: 'S' | 'N'): string {
  return (type === 'S' ? item[name]?.S : plainNumber(item[name]?.N)) ?? '';
}

function shownName(name: string): string {
  return printable(shorten(name, 40));
}
