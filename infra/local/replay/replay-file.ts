/**
 * A favourites file as the events to replay: a mark at `created_at`, an un-mark at `removed_at`, in time order,
 * and those of one pair in the order of its lives. The same bytes give the same events, so that a replay that
 * was cut short can go on by number.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type FavouriteRow, readFavouriteRows } from './favourite-rows.ts';
import { type FileFault, ReplayFileError, shown } from './file-faults.ts';
import { InputError } from './input-error.ts';

export interface ReplayEvent {
  readonly kind: 'mark' | 'un-mark';
  readonly restaurantId: string;
  readonly userId: string;
  /** Of the favourite; in milliseconds. */
  readonly createdAt: string;
}

export interface ReplayFile {
  readonly path: string;
  readonly events: readonly ReplayEvent[];
  /** Of the file's bytes: a replay goes on only in the same file. */
  readonly fingerprint: string;
  /** Rows that repeat an earlier one. They are replayed too, and the table holds such a favourite once. */
  readonly repeats: readonly RepeatedRow[];
}

export interface RepeatedRow {
  readonly line: number;
  /** Of the row that it repeats. */
  readonly firstLine: number;
}

/** @throws {InputError} when the file cannot be opened, {ReplayFileError} when it has faults. */
export async function loadReplayFile(path: string): Promise<ReplayFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new InputError(`Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
  });
  const rows = rowsOf(path, bytes);
  const { faults, repeats } = compareLives(rows, path);
  if (faults.length > 0) throw new ReplayFileError(path, faults);
  const fingerprint = createHash('sha256').update(bytes).digest('hex');
  return { path, events: eventsOf(rows), fingerprint, repeats };
}

/** One line for whoever replays the file, undefined when no row repeats another. */
export function describeRepeats({ path, repeats }: ReplayFile): string | undefined {
  if (repeats.length === 0) return undefined;
  const shownMax = 5;
  const places = repeats
    .slice(0, shownMax)
    .map(({ line, firstLine }) => `${path}:${line} repeats line ${firstLine}`);
  const more = repeats.length > shownMax ? `, and ${repeats.length - shownMax} more` : '';
  return `Rows that repeat another count once, as the table holds them once: ${places.join(', ')}${more}.`;
}

function rowsOf(path: string, bytes: Buffer): readonly FavouriteRow[] {
  if (!isUtf8(bytes)) throw new ReplayFileError(path, utf8Faults(bytes));
  // The decoder drops a byte-order mark.
  const { rows, faults } = readFavouriteRows(new TextDecoder().decode(bytes));
  if (faults.length > 0) {
    throw new ReplayFileError(path, [...faults, ...compareLives(rows, path).faults]);
  }
  return rows;
}

function utf8Faults(bytes: Buffer): FileFault[] {
  const faults: FileFault[] = [];
  for (let line = 1, start = 0; start < bytes.length; line += 1) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    if (!isUtf8(bytes.subarray(start, end))) {
      faults.push({ line, message: 'bytes that are not UTF-8; save the file as UTF-8' });
    }
    start = end;
  }
  return faults;
}

/**
 * Two lives of one pair may touch, never overlap: what the un-mark of one leaves of the other, nobody can say. A row
 * that repeats another to the instant is one life told twice: marking again what is marked changes nothing.
 */
function compareLives(
  rows: readonly FavouriteRow[],
  path: string,
): { readonly faults: readonly FileFault[]; readonly repeats: readonly RepeatedRow[] } {
  const faults: FileFault[] = [];
  const repeats: RepeatedRow[] = [];
  const previousOfPair = new Map<string, FavouriteRow>();
  for (const row of inOrderOfLives(rows)) {
    const pair = `${row.restaurantId}#${row.userId}`;
    const previous = previousOfPair.get(pair);
    if (previous && isSameLife(previous, row)) {
      repeats.push({ line: row.line, firstLine: previous.line });
      continue;
    }
    if (previous && (previous.removedAt === undefined || row.createdAt.exact < previous.removedAt.exact)) {
      const [first, second] = previous.line < row.line ? [previous, row] : [row, previous];
      const who = `restaurant ${shown(row.restaurantId)} and user ${shown(row.userId)}`;
      const remedy = 'end the earlier life by a removed_at before the later created_at, or remove a row';
      const message = `this favourite of ${who} overlaps the one at ${path}:${first.line}; ${remedy}`;
      faults.push({ line: second.line, message });
    }
    // The one that lives longest is what the next may overlap.
    if (previous?.removedAt !== undefined || previous === undefined)
      previousOfPair.set(pair, laterEnd(previous, row));
  }
  return { faults, repeats };
}

function isSameLife(a: FavouriteRow, b: FavouriteRow): boolean {
  return a.createdAt.exact === b.createdAt.exact && a.removedAt?.exact === b.removedAt?.exact;
}

function laterEnd(a: FavouriteRow | undefined, b: FavouriteRow): FavouriteRow {
  if (a?.removedAt === undefined || b.removedAt === undefined) return b;
  return a.removedAt.exact > b.removedAt.exact ? a : b;
}

function eventsOf(rows: readonly FavouriteRow[]): readonly ReplayEvent[] {
  // At one and the same instant: the un-mark of a life before the mark of the next, the mark of a life before its
  // own un-mark. Both follow from the order of lives, which a stable sort by time keeps.
  const timed = inOrderOfLives(rows).flatMap(({ restaurantId, userId, createdAt, removedAt }) => {
    const favourite = { restaurantId, userId, createdAt: createdAt.milliseconds };
    const mark = { at: createdAt.exact, event: { kind: 'mark' as const, ...favourite } };
    if (removedAt === undefined) return [mark];
    return [mark, { at: removedAt.exact, event: { kind: 'un-mark' as const, ...favourite } }];
  });
  return timed.toSorted((a, b) => compareText(a.at, b.at)).map(({ event }) => event);
}

/** By start, then by end; rows that agree in both stay in the order of the file. */
function inOrderOfLives(rows: readonly FavouriteRow[]): readonly FavouriteRow[] {
  const FOR_EVER = '~';
  return rows.toSorted(
    (a, b) =>
      compareText(a.createdAt.exact, b.createdAt.exact) ||
      compareText(a.removedAt?.exact ?? FOR_EVER, b.removedAt?.exact ?? FOR_EVER),
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory, expected a CSV file';
  if (code === 'EACCES') return 'it may not be read; change its permissions';
  if (code === 'ERR_FS_FILE_TOO_LARGE') return 'it is larger than 2 GiB; split it';
  return message;
}
