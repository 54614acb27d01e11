/**
 * Loads what to replay: a CSV file of favourites of the default table, JSON lines with writes to a table of
 * any shape, or an export of such a table. The files are read as streams, and the writes are kept on disk.
 * The same bytes always give the same writes, so an interrupted replay can continue where it stopped.
 */
import { createHash } from 'node:crypto';
import { isDefaultSource, type Source } from '../../../../src/counting/source/source.ts';
import { UTC } from '../../../../src/counting/time-zone.ts';
import { InputError } from '../../../command-line/input-error.ts';
import type { WriteSequence } from '../replay-write.ts';
import { readExport } from './export-file.ts';
import { type CsvForm, readFavouritesCsv } from './favourites-csv.ts';
import { type FileKind, kindOf, rejectSeveral } from './file-kind.ts';
import { findInputFiles } from './input-files.ts';
import { type InputText, openInputText } from '../../../command-line/files/input-text.ts';
import { Reading, type ReadingOptions } from './reading.ts';
import { readRowWrites } from './row-writes.ts';

/** Dispose of it when nothing reads the events any more. */
export interface ReplayFile extends Disposable {
  /** As it was named: the only file, the folder, or the first of several files. */
  readonly path: string;
  /** For messages. */
  readonly name: string;
  /** The files that were read. */
  readonly paths: readonly string[];
  readonly events: WriteSequence;
  /** Hash of all bytes and of how they were read, because a replay continues only with the same events. */
  readonly fingerprint: string;
  /** What is unusual in the file but allowed, one line each. */
  readonly warnings: readonly string[];
}

export interface LoadOptions extends ReadingOptions {
  /** One file or folder, or several files. */
  readonly paths: readonly string[];
  readonly source: Source;
  /** Of bare dates in a CSV file. */
  readonly timeZone?: string | undefined;
  readonly csvForm?: CsvForm | undefined;
}

/** @throws {InputError} when the file cannot be read; a `ReplayFileError` when its lines have issues */
export async function loadReplayFile(options: LoadOptions): Promise<ReplayFile> {
  const { paths, timeZone = UTC, csvForm } = options;
  const files = findInputFiles(paths);
  using stack = new DisposableStack();
  const reading = stack.use(new Reading(files, options));
  const input = await openInputText(files.paths[0] ?? '', reading);
  const kind = kindOf(input);
  rejectSeveral(kind, paths);
  const events = await readEvents(kind, { input, reading, options });
  const form = JSON.stringify({ ...csvForm, ...(csvForm?.dates?.format === 'date' && { timeZone }) });
  const { warnings } = reading;
  const kept = stack.move();
  return {
    path: paths[0] ?? '',
    name: files.name,
    paths: files.paths,
    events,
    // A file in the standard form has the hash of its bytes, as in earlier releases.
    fingerprint: form === '{}' ? reading.fingerprint() : hashOf(reading.fingerprint() + form),
    warnings,
    [Symbol.dispose]: () => kept.dispose(),
  };
}

async function readEvents(
  kind: FileKind,
  { input, reading, options }: { input: InputText; reading: Reading; options: LoadOptions },
): Promise<WriteSequence> {
  const { source, timeZone = UTC, csvForm } = options;
  if (kind !== 'csv' && csvForm !== undefined && Object.values(csvForm).some((part) => part !== undefined)) {
    throw new InputError(
      `${input.path} is not CSV, so --columns, --date-format and --date-zone do not apply; leave them out, ` +
        'and describe the table with --source.',
    );
  }
  if (kind === 'export') return readExport(input, reading, source);
  if (kind === 'writes') return readRowWrites(input, reading, source);
  if (isDefaultSource(source)) return readFavouritesCsv(input, reading, { form: csvForm ?? {}, timeZone });
  throw new InputError(
    `${input.path} is a CSV file, which fills the default table, but --source describes another one. ` +
      'Leave out --source and name the columns with --columns, or give an export, or JSON lines such as ' +
      '{"at":"2022-08-01T12:00:00Z","put":{…}}.',
  );
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
