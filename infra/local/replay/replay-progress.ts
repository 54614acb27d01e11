/**
 * How far a replay has come, kept in the run's directory. It may lag behind what is written, never run ahead: a
 * restart writes the last few events again, in their order, which ends in the same favourites. The file is
 * replaced in one step, so that a kill leaves the old or the new one.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from './input-error.ts';
import type { ReplayFile } from './replay-file.ts';

export interface SavedReplay {
  /** Absolute. */
  readonly path: string;
  readonly fingerprint: string;
  readonly written: number;
  readonly events: number;
}

export interface ReplayProgress {
  readonly written: number;
  /** Keeps the number of events written; on disk at once for the first and last, else a little later. */
  save(written: number): void;
  flush(): void;
}

/** At full speed batches end hundreds of times a second; as many renames would slow them down. */
const SAVES_APART_MS = 50;

/** What was replayed in that directory before; undefined: nothing. */
export function savedReplay(directory: string): SavedReplay | undefined {
  const path = progressPath(directory);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const saved: unknown = JSON.parse(text);
  if (isSavedReplay(saved)) return saved;
  throw new InputError(
    `${path} is not the progress of a replay; give another directory, or delete this one.`,
  );
}

/** @throws {InputError} when the directory holds another file's favourites: the counts would mix both. */
export function openReplayProgress(directory: string, file: ReplayFile): ReplayProgress {
  const saved = savedReplay(directory);
  if (saved) rejectOtherFile(directory, file, saved);
  let written = saved?.written ?? 0;
  let savedAtMs = Number.NEGATIVE_INFINITY;
  const flush = () => {
    const { fingerprint, events } = file;
    write(directory, { path: resolve(file.path), fingerprint, written, events: events.length });
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
export function rejectOtherFile(directory: string, file: ReplayFile, saved: SavedReplay): void {
  if (saved.fingerprint === file.fingerprint) return;
  const what = saved.path === resolve(file.path) ? 'an earlier version of this file' : saved.path;
  throw new InputError(
    `${directory} was filled by the replay of ${what}, not of ${file.path}; go on with that, or give another --db.`,
  );
}

function write(directory: string, saved: SavedReplay): void {
  const path = progressPath(directory);
  writeFileSync(`${path}.new`, `${JSON.stringify(saved)}\n`);
  renameSync(`${path}.new`, path);
}

function progressPath(directory: string): string {
  return join(directory, 'replay-progress.json');
}

function isSavedReplay(value: unknown): value is SavedReplay {
  if (typeof value !== 'object' || value === null) return false;
  const { path, fingerprint, written, events } = value as Readonly<Record<string, unknown>>;
  return (
    [path, fingerprint].every((text) => typeof text === 'string') && [written, events].every(Number.isInteger)
  );
}
