/**
 * What `npm start` writes: a file, from where an earlier run in the same directory left off, or the built-in
 * sample. A directory that was filled by one file goes on with that file, also when it is not named again.
 */
import { basename } from 'node:path';
import type { KnownWindows } from './known-windows.ts';
import type { ReplayState } from './replay-state.ts';
import type { LocalRun } from '../local-run.ts';
import { unlessAborted } from './command.ts';
import { ReplayFileError } from './file-faults.ts';
import type { Gate } from './gate.ts';
import { InputError } from './input-error.ts';
import { fullSpeed, pacedAt } from './pace.ts';
import { readFavourites, type StoredFavourite } from './read-tables.ts';
import { loadReplayFile, type ReplayFile } from './replay-file.ts';
import { openReplayProgress, rejectOtherFile, type ReplayProgress, savedReplay } from './replay-progress.ts';
import { createSample } from './sample.ts';
import { writeFavourites } from './write-favourites.ts';
import { writeSample } from './write-sample.ts';

/** Events a second of the sample: to be watched. */
const SAMPLE_RATE = 20;

export interface LiveReplayOptions {
  readonly run: LocalRun;
  readonly plan: ReplayPlan;
  /** Events a second; undefined: a file at full speed, the sample to be watched. */
  readonly rate: number | undefined;
  readonly seed: number;
  /** Kept between runs; undefined when the run keeps nothing. */
  readonly directory: string | undefined;
  readonly windows: KnownWindows;
  readonly gate: Gate;
  readonly signal: AbortSignal;
  /** Holds the writes, and compares the counts with a recount. */
  readonly recount: () => Promise<void>;
}

export type ReplayPlan =
  | { readonly kind: 'file'; readonly file: ReplayFile }
  | { readonly kind: 'sample' }
  /** Nothing is written: what the directory holds cannot be gone on with. */
  | { readonly kind: 'nothing'; readonly reason: string };

export interface LiveReplay {
  state(): ReplayState;
  /** Resolves when all is written and counted (never for the sample), or when the signal is aborted. */
  play(): Promise<void>;
}

/** Reads the file before anything is started. @throws {InputError} when the directory was filled by another file. */
export async function planReplay(o: {
  readonly path: string | undefined;
  readonly directory: string | undefined;
}): Promise<ReplayPlan> {
  const saved = o.directory === undefined ? undefined : savedReplay(o.directory);
  if (o.path !== undefined) {
    const file = await loadReplayFile(o.path);
    if (o.directory !== undefined && saved !== undefined) rejectOtherFile(o.directory, file, saved);
    return { kind: 'file', file };
  }
  if (saved === undefined) return { kind: 'sample' };
  const reason = `This holds ${saved.written} of ${saved.events} events of ${saved.path}: give it as --data to go on`;
  try {
    const file = await loadReplayFile(saved.path);
    return file.fingerprint === saved.fingerprint ? { kind: 'file', file } : { kind: 'nothing', reason };
  } catch (error) {
    if (error instanceof InputError || error instanceof ReplayFileError) return { kind: 'nothing', reason };
    throw error;
  }
}

/** @throws {InputError} when the table holds what the file did not bring. */
export async function prepareReplay(o: LiveReplayOptions): Promise<LiveReplay> {
  const { plan } = o;
  if (plan.kind === 'file') return prepareFile(o, plan.file);
  const stored = await storedFavourites(o);
  return plan.kind === 'sample' ? prepareSample(o, stored) : nothing(plan.reason, o.recount);
}

async function prepareFile(o: LiveReplayOptions, file: ReplayFile): Promise<LiveReplay> {
  const { run, directory, windows, signal } = o;
  const { events } = file;
  const isContinued = directory !== undefined && savedReplay(directory) !== undefined;
  if (!isContinued) await rejectFilledTable(run, file);
  const progress = directory === undefined ? unsavedProgress() : openReplayProgress(directory, file);
  let written = 0;
  const note = (count: number): void => {
    for (; written < count; written += 1) windows.addDate(events[written]?.createdAt ?? '');
  };
  note(progress.written);

  let state: ReplayState['state'] = 'replaying';
  return {
    state: () => ({ source: basename(file.path), written, events: events.length, state }),
    async play() {
      await writeFavourites({
        dynamoDb: run.dynamoDb,
        table: run.tables.favourites,
        events,
        from: progress.written,
        pace: o.rate === undefined ? fullSpeed : pacedAt(o.rate),
        gate: o.gate,
        onWritten: (count) => {
          note(count);
          progress.save(count);
        },
        signal,
      }).finally(() => progress.flush());
      if (signal.aborted) return;
      state = 'counting';
      await unlessAborted(signal, run.pipe.drain());
      await unlessAborted(signal, o.recount());
      state = 'done';
    },
  };
}

async function prepareSample(o: LiveReplayOptions, stored: readonly StoredFavourite[]): Promise<LiveReplay> {
  const { run, gate, signal, windows } = o;
  const marked = stored.map(({ key, restaurantId }) => ({
    restaurantId,
    userId: key.slice(restaurantId.length + 1),
  }));
  const sample = createSample({ seed: o.seed, marked });
  let written = 0;
  return {
    state: () => ({ source: 'The built-in sample, a small town', written, state: 'replaying' }),
    play: () =>
      writeSample({
        dynamoDb: run.dynamoDb,
        table: run.tables.favourites,
        sample,
        withHistory: stored.length === 0,
        pace: pacedAt(o.rate ?? SAMPLE_RATE),
        gate,
        onWritten: ({ createdAt }) => {
          written += 1;
          windows.addDate(createdAt);
        },
        signal,
      }),
  };
}

function nothing(reason: string, recount: () => Promise<void>): LiveReplay {
  return { state: () => ({ source: '–', written: 0, state: 'idle', message: reason }), play: recount };
}

async function storedFavourites({ run, windows }: LiveReplayOptions): Promise<readonly StoredFavourite[]> {
  const stored: StoredFavourite[] = [];
  for await (const favourite of readFavourites(run)) {
    stored.push(favourite);
    windows.addDate(favourite.createdAt);
  }
  return stored;
}

async function rejectFilledTable(run: LocalRun, file: ReplayFile): Promise<void> {
  const { done } = await readFavourites(run).next();
  if (done) return;
  throw new InputError(
    `The table ${run.tables.favourites} holds favourites that no file brought, and would mix them with ` +
      `${file.path}; give another --db.`,
  );
}

function unsavedProgress(): ReplayProgress {
  return { written: 0, save: () => {}, flush: () => {} };
}
