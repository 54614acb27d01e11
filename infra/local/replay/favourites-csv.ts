/**
 * Turns a CSV file of favourites into events: a mark at `created_at` and an un-mark at `removed_at`, in time
 * order. The same bytes always give the same events.
 */
import { isUtf8 } from 'node:buffer';
import { type FavouriteRow, readFavouriteRows } from './favourite-rows.ts';
import { type FileIssue, ReplayFileError } from '../../command-line/input-error.ts';
import type { ReplayEvent } from './replay-write.ts';
import { shown } from '../../command-line/text.ts';

/** A row that repeats an earlier one. It is replayed too, but the table holds each favourite once. */
interface RepeatedRow {
  readonly line: number;
  /** Line of the earlier row. */
  readonly firstLine: number;
}

/** @throws {ReplayFileError} */
export function readFavouritesCsv(
  path: string,
  bytes: Buffer,
): { readonly events: readonly ReplayEvent[]; readonly warnings: readonly string[] } {
  const rows = rowsOf(path, bytes);
  const { issues, repeats } = comparePairs(rows, path);
  if (issues.length > 0) throw new ReplayFileError(path, issues);
  return { events: eventsOf(rows), warnings: repeats.length === 0 ? [] : [describeRepeats(path, repeats)] };
}

/** One line for the user. */
function describeRepeats(path: string, repeats: readonly RepeatedRow[]): string {
  const shownMax = 5;
  const places = repeats
    .slice(0, shownMax)
    .map(({ line, firstLine }) => `${path}:${line} repeats line ${firstLine}`);
  const more = repeats.length > shownMax ? `, and ${repeats.length - shownMax} more` : '';
  const why = 'because the table holds each favourite once';
  return `Repeated rows count once, ${why}: ${places.join(', ')}${more}.`;
}

function rowsOf(path: string, bytes: Buffer): readonly FavouriteRow[] {
  if (!isUtf8(bytes)) throw new ReplayFileError(path, utf8Issues(bytes));
  // The decoder drops a byte-order mark.
  const { rows, issues } = readFavouriteRows(new TextDecoder().decode(bytes));
  if (issues.length > 0) {
    throw new ReplayFileError(path, [...issues, ...comparePairs(rows, path).issues]);
  }
  return rows;
}

function utf8Issues(bytes: Buffer): FileIssue[] {
  const issues: FileIssue[] = [];
  for (let line = 1, start = 0; start < bytes.length; line += 1) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    if (!isUtf8(bytes.subarray(start, end))) {
      issues.push({ line, message: 'bytes that are not UTF-8; save the file as UTF-8' });
    }
    start = end;
  }
  return issues;
}

/**
 * Finds rows of the same restaurant and user that overlap in time. They are an issue, because the un-mark of
 * one would end the other. One may begin when the other ends. A row with the same times as another only
 * repeats it.
 */
function comparePairs(
  rows: readonly FavouriteRow[],
  path: string,
): { readonly issues: readonly FileIssue[]; readonly repeats: readonly RepeatedRow[] } {
  const issues: FileIssue[] = [];
  const repeats: RepeatedRow[] = [];
  const previousOfPair = new Map<string, FavouriteRow>();
  for (const row of inOrder(rows)) {
    const pair = `${row.restaurantId}#${row.userId}`;
    const previous = previousOfPair.get(pair);
    if (previous && isRepeat(previous, row)) {
      repeats.push({ line: row.line, firstLine: previous.line });
      continue;
    }
    if (previous && row.createdAt.exact < endOf(previous)) {
      const [first, second] = previous.line < row.line ? [previous, row] : [row, previous];
      const who = `restaurant ${shown(row.restaurantId)} and user ${shown(row.userId)}`;
      const remedy = 'give the earlier row a removed_at before the later created_at, or remove a row';
      const message = `this favourite of ${who} overlaps the one at ${path}:${first.line}; ${remedy}`;
      issues.push({ line: second.line, message });
    }
    // The next row must begin after the latest end so far.
    previousOfPair.set(pair, laterEnd(previous, row));
  }
  return { issues, repeats };
}

function isRepeat(a: FavouriteRow, b: FavouriteRow): boolean {
  return a.createdAt.exact === b.createdAt.exact && a.removedAt?.exact === b.removedAt?.exact;
}

function laterEnd(a: FavouriteRow | undefined, b: FavouriteRow): FavouriteRow {
  return a !== undefined && compareText(endOf(a), endOf(b)) > 0 ? a : b;
}

/** '~' stands for a favourite that is still marked. It sorts after every date. */
function endOf({ removedAt }: FavouriteRow): string {
  return removedAt?.exact ?? '~';
}

function eventsOf(rows: readonly FavouriteRow[]): readonly ReplayEvent[] {
  // At the same instant, the un-mark of one row comes before the mark of the next, and a mark before its own
  // un-mark. The rows are in this order, and a stable sort by time keeps it.
  const timed = inOrder(rows).flatMap(({ restaurantId, userId, createdAt, removedAt }) => {
    const favourite = { restaurantId, userId, createdAt: createdAt.milliseconds };
    const mark = { at: createdAt.exact, event: { kind: 'mark' as const, ...favourite } };
    if (removedAt === undefined) return [mark];
    return [mark, { at: removedAt.exact, event: { kind: 'un-mark' as const, ...favourite } }];
  });
  return timed.toSorted((a, b) => compareText(a.at, b.at)).map(({ event }) => event);
}

/** Sorts by start, then by end. Equal rows stay in the order of the file. */
function inOrder(rows: readonly FavouriteRow[]): readonly FavouriteRow[] {
  return rows.toSorted(
    (a, b) => compareText(a.createdAt.exact, b.createdAt.exact) || compareText(endOf(a), endOf(b)),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
