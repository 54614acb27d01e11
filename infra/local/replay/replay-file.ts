/**
 * Loads a file to replay: a CSV file of favourites of the default table, or JSON lines with writes to a table
 * of any shape. The same bytes always give the same writes, so an interrupted replay can continue where it
 * stopped.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDefaultSource, type Source } from '../../../src/counting/source/source.ts';
import { readFavouritesCsv } from './favourites-csv.ts';
import { InputError, ReplayFileError } from '../../command-line/input-error.ts';
import type { ReplayWrite } from './replay-write.ts';
import { readRowWrites } from './row-writes.ts';

export interface ReplayFile {
  readonly path: string;
  readonly events: readonly ReplayWrite[];
  /** Hash of the file's bytes, because a replay continues only with the same file. */
  readonly fingerprint: string;
  /** What is unusual in the file but allowed, one line each. */
  readonly warnings: readonly string[];
}

/** @throws {InputError} when the file cannot be read; a {@link ReplayFileError} when its lines have issues */
export async function loadReplayFile(path: string, source: Source): Promise<ReplayFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new InputError(`Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
  });
  const fingerprint = createHash('sha256').update(bytes).digest('hex');
  if (isJsonLines(path, bytes)) return { path, fingerprint, ...readJsonLines(path, bytes, source) };
  if (isDefaultSource(source)) return { path, fingerprint, ...readFavouritesCsv(path, bytes) };
  throw new InputError(
    `${path} is not JSON lines, but --source describes another table than that of a CSV file; ` +
      'give JSON lines of writes, such as {"at":"2022-08-01T12:00:00Z","put":{…}}.',
  );
}

/** More than a line with the largest item. */
const FIRST_LINE_BYTES_MAX = 1_000_000;

/** By the name, or by the first line: that of a CSV file has the names of the columns. */
function isJsonLines(path: string, bytes: Buffer): boolean {
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return true;
  const [line = ''] = new TextDecoder().decode(bytes.subarray(0, FIRST_LINE_BYTES_MAX)).trim().split('\n', 1);
  return /^\{.*\}\s*$/.test(line);
}

function readJsonLines(path: string, bytes: Buffer, source: Source): Pick<ReplayFile, 'events' | 'warnings'> {
  const { writes, issues, backwards, unreadUpdates } = readRowWrites(bytes, source);
  if (issues.length > 0) throw new ReplayFileError(path, issues);
  const warnings = [
    { about: 'Lines are written in the order of the file, though at goes back', lines: backwards },
    {
      about: 'Only a reconcile counts these updates of rows, because the source lacks "updates": true',
      lines: unreadUpdates,
    },
  ].flatMap(({ about, lines: [first, ...others] }) => {
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    return first === undefined ? [] : [`${about}: ${path}:${first}${more}.`];
  });
  return { events: writes, warnings };
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory, expected a file';
  if (code === 'EACCES') return 'it is not readable; change its permissions';
  if (code === 'ERR_FS_FILE_TOO_LARGE') return 'it is larger than 2 GiB; split it';
  return message;
}
