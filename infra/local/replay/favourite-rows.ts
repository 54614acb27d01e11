/**
 * Parses and checks the rows of a favourites file: `restaurant_id,user_id,created_at[,removed_at]`, with the
 * columns in any order. A row that the table could not store is an issue.
 */
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../../../src/counting/source/row-key.ts';
import { parseCreatedAt } from '../../../src/counting/time-window.ts';
import { type CsvRow, csvRows } from './csv-rows.ts';
import { type FileIssue, InputError } from '../../command-line/input-error.ts';
import { shown } from '../../command-line/text.ts';

/** A favourite, from its mark to its un-mark. */
export interface FavouriteRow {
  readonly line: number;
  readonly restaurantId: string;
  readonly userId: string;
  readonly createdAt: Instant;
  /** Undefined if there is no un-mark. */
  readonly removedAt: Instant | undefined;
}

export interface Instant {
  /** RFC 3339 with nine decimals, so that it compares as a string. */
  readonly exact: string;
  /** The same instant in milliseconds, as written to Favourites. */
  readonly milliseconds: string;
}

export interface FavouriteRows {
  readonly rows: readonly FavouriteRow[];
  readonly issues: readonly FileIssue[];
}

const REQUIRED_COLUMNS = ['restaurant_id', 'user_id', 'created_at'] as const;
const COLUMNS = [...REQUIRED_COLUMNS, 'removed_at'] as const;
type Column = (typeof COLUMNS)[number];
const HEADER = 'restaurant_id,user_id,created_at[,removed_at]';

export function readFavouriteRows(text: string): FavouriteRows {
  const issues: FileIssue[] = [];
  const rows: FavouriteRow[] = [];
  let columns: readonly Column[] | undefined;
  let emptyLines: number[] = [];

  for (const row of csvRows(text)) {
    if (columns !== undefined && row.kind === 'row' && row.fields.join() === '') {
      emptyLines.push(row.line);
      continue;
    }
    try {
      if (row.kind === 'issue') throw new InputError(row.message);
      if (columns === undefined) columns = readHeader(row);
      else rows.push(readRow(row, columns));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      issues.push({ line: row.line, message: error.message });
      if (columns === undefined) return { rows, issues };
    }
    // Empty lines are allowed only at the end of the file, because one between rows may be a lost row.
    for (const line of emptyLines) issues.push({ line, message: 'an empty line between rows; remove it' });
    emptyLines = [];
  }
  if (columns === undefined) {
    issues.push({ line: 1, message: `the file is empty; its first line must be ${HEADER}` });
  }
  return { rows, issues };
}

/** @throws {InputError} */
function readHeader({ fields }: CsvRow): readonly Column[] {
  const unknown = fields.find((name) => !COLUMNS.some((column) => column === name));
  const missing = REQUIRED_COLUMNS.filter((column) => !fields.includes(column));
  const twice = fields.find((name, index) => fields.indexOf(name) !== index);
  if (missing.length > 0) {
    const found = fields.map((name) => shown(name)).join(', ');
    throw new InputError(`the header lacks ${missing.join(', ')}: it has ${found}; write ${HEADER}`);
  }
  if (unknown !== undefined) {
    throw new InputError(`unknown column ${shown(unknown)}; the columns are ${HEADER}: remove or rename it`);
  }
  if (twice !== undefined) throw new InputError(`the header has the column ${twice} twice; remove one`);
  return fields as readonly Column[];
}

/** @throws {InputError} */
function readRow({ line, fields }: CsvRow, columns: readonly Column[]): FavouriteRow {
  if (fields.length !== columns.length) {
    const remedy = 'quote a field that contains a comma';
    throw new InputError(`${fields.length} fields where the header has ${columns.length}; ${remedy}`);
  }
  const field = (column: Column) => fields[columns.indexOf(column)] ?? '';
  const [restaurantId, userId] = [field('restaurant_id'), field('user_id')];
  checkIds(restaurantId, userId);
  const createdAt = readInstant('created_at', field('created_at'));
  const removedAt = field('removed_at') === '' ? undefined : readInstant('removed_at', field('removed_at'));
  if (removedAt !== undefined && removedAt.exact < createdAt.exact) {
    const dates = `removed_at ${field('removed_at')} is before created_at ${field('created_at')}`;
    throw new InputError(`${dates}; swap them, or leave removed_at empty`);
  }
  return { line, restaurantId, userId, createdAt, removedAt };
}

/** @throws {InputError} */
function checkIds(restaurantId: string, userId: string): void {
  for (const [column, id] of [['restaurant_id', restaurantId] as const, ['user_id', userId] as const]) {
    if (id === '') throw new InputError(`${column} is empty; give every row an id`);
    if (id.includes('#')) {
      const why = "which separates restaurant and user in the table's key";
      throw new InputError(`${column} ${shown(id)} contains '#', ${why}; use ids without it`);
    }
  }
  const userBytes = Buffer.byteLength(userId);
  if (userBytes > SORT_KEY_BYTES_MAX) {
    const limit = `a sort key has at most ${SORT_KEY_BYTES_MAX}`;
    throw new InputError(`user_id ${shown(userId)} has ${userBytes} bytes, ${limit}; shorten it`);
  }
  const keyBytes = Buffer.byteLength(restaurantId) + 1 + userBytes;
  if (keyBytes > PARTITION_KEY_BYTES_MAX) {
    const key = `the key <restaurant_id>#<user_id> of restaurant_id ${shown(restaurantId)}`;
    const limit = `a partition key has at most ${PARTITION_KEY_BYTES_MAX}`;
    throw new InputError(`${key} has ${keyBytes} bytes, ${limit}; shorten the ids`);
  }
}

/** @throws {InputError} when the text is not RFC 3339 in UTC */
function readInstant(column: Column, text: string): Instant {
  if (parseCreatedAt(text) === undefined) throw new InputError(issueOfDate(column, text));
  const seconds = text.slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const fraction = text.slice(seconds.length + 1, -1).padEnd(9, '0');
  return { exact: `${seconds}.${fraction}Z`, milliseconds: `${seconds}.${fraction.slice(0, 3)}Z` };
}

function issueOfDate(column: Column, text: string): string {
  const example = 'write it like 2022-08-01T12:00:00Z';
  if (text === '') return `${column} is empty; ${example}`;
  const isLocal = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:[+-]\d{2}:?\d{2})?$/.test(text);
  if (isLocal) return `${column} ${shown(text)} is not in UTC; convert it and ${example}`;
  return `${column} ${shown(text)} is not a valid RFC 3339 date and time; ${example}`;
}
