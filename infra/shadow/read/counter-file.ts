/** Reads the team's counter from a CSV file with the columns `restaurant_id` and `count`. */
import { readCsvRows, separatorOf } from '../../command-line/files/csv-rows.ts';
import { openInputText } from '../../command-line/files/input-text.ts';
import { checkedUtf8 } from '../../command-line/files/utf8.ts';
import { type FileIssue, InputError, ReplayFileError } from '../../command-line/input-error.ts';
import { plural, shown } from '../../command-line/text.ts';
import type { Counts } from '../compare.ts';
import { wholeNumberIn } from './whole-number.ts';

const columns = ['restaurant_id', 'count'] as const;
const HEADER = columns.join();
/** A file with a mistake in every line must not fill the memory. */
const ISSUES_MAX = 1_000;

/** @throws {InputError} naming `FILE:LINE` of each bad row */
export async function readCounterFile(path: string): Promise<Counts> {
  const input = await openInputText(path, { onBytes: () => {}, onFileEnd: () => {} });
  const issues: FileIssue[] = [];
  let issueCount = 0;
  const onIssue = (message: string, line: number): void => {
    issueCount += 1;
    if (issues.length < ISSUES_MAX) issues.push({ path, line, message });
  };
  const rows = new CounterFileRows();
  let isCut = false;
  const chunks = checkedUtf8(input, (message, line) => {
    isCut = true;
    onIssue(message, line);
  });
  await readCsvRows(chunks, {
    separator: separatorOf(input.head.toString('utf8')),
    onRow: (fields, line) => rows.add(fields, line),
    onIssue: (message, line) => {
      // Without a header the rows mean nothing.
      if (rows.hasHeader || issueCount === 0) onIssue(message, line);
    },
    isCut: () => isCut,
  });
  if (!rows.hasHeader && issueCount === 0) onIssue(`the file is empty; its first line must be ${HEADER}`, 1);
  if (issueCount > 0) {
    throw new ReplayFileError(
      issues.toSorted((a, b) => a.line - b.line),
      issueCount,
    );
  }
  if (rows.counts.size === 0)
    throw new InputError(`${path} has no rows. Give a file with one row a restaurant.`);
  return rows.counts;
}

class CounterFileRows {
  readonly counts = new Map<string, number>();
  #places: readonly number[] | undefined;
  #emptyFrom: number | undefined;

  get hasHeader(): boolean {
    return this.#places !== undefined;
  }

  /** @throws {InputError} what is wrong with the row */
  add(fields: readonly string[], line: number): void {
    if (this.#places === undefined) {
      this.#places = placesOf(fields);
      return;
    }
    if (fields.length === 1 && fields[0] === '') {
      this.#emptyFrom ??= line;
      return;
    }
    const emptyFrom = this.#emptyFrom;
    this.#emptyFrom = undefined;
    if (emptyFrom !== undefined) {
      throw new InputError(`line ${emptyFrom} above this row is empty; remove it`);
    }
    if (fields.length !== columns.length) {
      throw new InputError(`${plural(fields.length, 'field')} where the header has 2; write ${HEADER}`);
    }
    const [restaurantId = '', text = ''] = this.#places.map((place) => fields[place]);
    const count = wholeNumberIn(text);
    if (restaurantId === '') throw new InputError('restaurant_id is empty; give every row an id');
    if (count === undefined) {
      throw new InputError(`count ${shown(text)} is not a whole number; write digits only, such as 1234`);
    }
    if (this.counts.has(restaurantId)) {
      throw new InputError(`restaurant_id ${shown(restaurantId)} has a row already; keep one of them`);
    }
    this.counts.set(restaurantId, count);
  }
}

/** @throws {InputError} */
function placesOf(header: readonly string[]): readonly number[] {
  const places = columns.map((name) => header.indexOf(name));
  if (header.length === columns.length && !places.includes(-1)) return places;
  const found = header.map((name) => shown(name)).join(', ');
  throw new InputError(`the header is ${found}; write ${HEADER}`);
}
