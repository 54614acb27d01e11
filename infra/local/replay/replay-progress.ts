/**
 * Saves the number of events that a replay has written, in the run's directory. The number may be too low,
 * but never too high. After a restart, the last few events are written again in order, which gives the same
 * favourites. The file is replaced atomically, so a kill leaves the old file or the new one.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { readSource } from '../../settings/read-source.ts';
import { dateFormats, defaultSource, type Source } from '../../../src/counting/source/source.ts';
import { InputError } from '../../command-line/input-error.ts';
import { columnRoles } from './files/csv-columns.ts';
import type { CsvForm } from './files/favourites-csv.ts';
import type { ReplayFile } from './files/replay-file.ts';

/** What the progress of a replay needs of its file. */
type ReplayedFile = Pick<ReplayFile, 'path' | 'fingerprint'> & {
  readonly events: { readonly length: number };
};

const csvFormSchema = v.object({
  columns: v.exactOptional(v.object(v.entriesFromList(columnRoles, v.exactOptional(v.string())))),
  dates: v.exactOptional(v.object({ format: v.picklist(dateFormats), zone: v.exactOptional(v.string()) })),
});
const savedReplaySchema = v.object({
  /** Absolute path of the file. */
  path: v.string(),
  fingerprint: v.string(),
  written: v.pipe(v.number(), v.integer()),
  events: v.pipe(v.number(), v.integer()),
  /** Absent in a file of an earlier release, which knew only the default source. */
  source: v.optional(v.unknown()),
  /** How a CSV file was read, if not in the standard form. */
  csvForm: v.optional(csvFormSchema),
});
export type SavedReplay = Readonly<v.InferOutput<typeof savedReplaySchema>>;

export interface ReplayProgress {
  readonly written: number;
  /** Saves the number of events written: the final number at once, others a little later. */
  save(written: number): void;
  flush(): void;
}

/** At full speed hundreds of batches end per second, and a rename for each would slow them down. */
const SAVES_APART_MS = 50;

/** Undefined if no file was replayed into the directory. @throws {InputError} */
export function savedReplay(directory: string): SavedReplay | undefined {
  const path = progressPath(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const saved: unknown = JSON.parse(text);
  if (v.is(savedReplaySchema, saved)) return saved;
  throw new InputError(
    `${path} does not contain the progress of a replay; give another --db, or delete the directory.`,
  );
}

/**
 * The source to use: the one of the replay in the directory, if there is one.
 * @param given undefined if the command line names none
 * @throws {InputError} when the directory was filled with another one
 */
export function continuedSource(directory: string | undefined, given: Source | undefined): Source {
  const saved = directory === undefined ? undefined : savedReplay(directory);
  if (saved === undefined) return given ?? defaultSource;
  const reading = readSource(saved.source ?? defaultSource);
  const source = reading.kind === 'source' ? reading.source : undefined;
  if (source !== undefined && (given === undefined || JSON.stringify(given) === JSON.stringify(source)))
    return source;
  throw new InputError(
    `${directory} was filled with another --source; continue with that one, or give another --db.`,
  );
}

/** @throws {InputError} when another file was replayed into the directory, because counts would mix both */
export function openReplayProgress(
  directory: string,
  file: ReplayedFile & { readonly source: Source; readonly csvForm?: CsvForm | undefined },
): ReplayProgress {
  const saved = savedReplay(directory);
  if (saved) rejectOtherFile(directory, file, saved);
  let written = saved?.written ?? 0;
  let savedAtMs = Number.NEGATIVE_INFINITY;
  const flush = (): void => {
    const { fingerprint, events, source, csvForm } = file;
    const now: SavedReplay = {
      path: resolve(file.path),
      fingerprint,
      written,
      events: events.length,
      source,
      ...(csvForm !== undefined && { csvForm }),
    };
    const path = progressPath(directory);
    writeFileSync(`${path}.new`, `${JSON.stringify(now)}\n`);
    renameSync(`${path}.new`, path);
    savedAtMs = performance.now();
  };
  flush();
  return {
    get written() {
      return written;
    },
    save(count) {
      written = count;
      if (count === file.events.length || performance.now() - savedAtMs >= SAVES_APART_MS) flush();
    },
    flush,
  };
}

/** @throws {InputError} */
export function rejectOtherFile(directory: string, file: ReplayedFile, saved: SavedReplay): void {
  if (saved.fingerprint === file.fingerprint) return;
  const what = saved.path === resolve(file.path) ? 'an earlier version of this file' : saved.path;
  throw new InputError(
    `${directory} was filled from ${what}, not from ${file.path}; ` +
      'continue with that file, or give another --db.',
  );
}

function progressPath(directory: string): string {
  return join(directory, 'replay-progress.json');
}
