/**
 * The replay of `npm start`: a file, or the built-in sample. With --db, the replay of a file continues
 * where the last run stopped, even if the command line does not name the file again.
 */
import { createMapping, type FavouriteRow } from '../../../src/counting/mapping.ts';
import { isDefaultSource } from '../../../src/counting/source/source.ts';
import type { KnownWindows } from './known-windows.ts';
import type { ReplayState } from './replay-state.ts';
import type { LocalRun } from '../local-run.ts';
import { unlessAborted } from '../../command-line/command.ts';
import { writeTransaction } from './favourite-writes.ts';
import { InputError } from '../../command-line/input-error.ts';
import { fullSpeed, type Gate, pacedAt } from './pace.ts';
import { readFavourites } from './read-tables.ts';
import type { CsvForm } from './files/favourites-csv.ts';
import { loadReplayFile, type LoadOptions, type ReplayFile } from './files/replay-file.ts';
import { openReplayProgress, rejectOtherFile, type ReplayProgress, savedReplay } from './replay-progress.ts';
import { createdAtOf, type ReplayEvent, type ReplayWrite } from './replay-write.ts';
import { createSample } from './sample.ts';
import { writeFavourites } from './write-favourites.ts';

/** Events a second of the sample, slow enough to watch. */
const SAMPLE_RATE = 20;

export interface LiveReplayOptions {
  readonly run: LocalRun;
  readonly plan: ReplayPlan;
  /** Events a second; by default a file at full speed, the sample at {@link SAMPLE_RATE}. */
  readonly rate: number | undefined;
  readonly seed: number;
  /** Kept between runs. */
  readonly directory: string | undefined;
  readonly windows: KnownWindows;
  readonly gate: Gate;
  readonly signal: AbortSignal;
  /** Pauses the writes and compares the counts with a recount. */
  readonly recount: () => Promise<void>;
}

export type ReplayPlan =
  | { readonly kind: 'file'; readonly file: ReplayFile; readonly csvForm: CsvForm | undefined }
  | { readonly kind: 'sample' }
  /** Write nothing, because the file that was replayed here is missing or has changed. */
  | { readonly kind: 'nothing'; readonly reason: string };

export interface LiveReplay {
  state(): ReplayState;
  /**
   * Resolves when everything is written and counted, or when the signal is aborted. The sample has no end.
   */
  play(): Promise<void>;
}

/**
 * Reads the file. Call it before anything starts.
 * @throws {InputError} when another file was replayed into the directory, or without a file for the source
 */
export async function planReplay({
  path,
  directory,
  ...options
}: Omit<LoadOptions, 'paths'> & {
  readonly path: string | undefined;
  readonly directory: string | undefined;
}): Promise<ReplayPlan> {
  const { source } = options;
  const saved = directory === undefined ? undefined : savedReplay(directory);
  const csvForm = options.csvForm ?? saved?.csvForm;
  if (path !== undefined) {
    const file = await loadReplayFile({ ...options, csvForm, paths: [path] });
    if (directory !== undefined && saved !== undefined) rejectOtherFile(directory, file, saved);
    return { kind: 'file', file, csvForm };
  }
  if (saved === undefined) {
    if (csvForm !== undefined) {
      throw new InputError('--columns and --date-format describe a CSV file; name it with --data FILE.csv.');
    }
    if (isDefaultSource(source)) return { kind: 'sample' };
    throw new InputError('--source needs --data FILE: the built-in sample fills only the default table.');
  }
  const file = await loadReplayFile({ ...options, csvForm, paths: [saved.path] }).catch((error: unknown) => {
    if (error instanceof InputError) return undefined;
    throw error;
  });
  if (file?.fingerprint === saved.fingerprint) return { kind: 'file', file, csvForm };
  file?.[Symbol.dispose]();
  const reason =
    `${saved.written} of ${saved.events} events of ${saved.path} have been written, but that file is ` +
    'missing or has changed: give it as --data to continue';
  return { kind: 'nothing', reason };
}

/** @throws {InputError} when the table contains favourites that are not from the file. */
export async function prepareReplay(options: LiveReplayOptions): Promise<LiveReplay> {
  const { plan, run, windows, recount } = options;
  if (plan.kind === 'file') return prepareFile(options, plan);
  const stored: CountableRow[] = [];
  for await (const row of readFavourites(run)) {
    if (row.kind !== 'countable') continue;
    windows.addDate(row.createdAt);
    // Only the sample, which is small, needs its rows.
    if (plan.kind === 'sample') stored.push(row);
  }
  if (plan.kind === 'sample') return prepareSample(options, stored);
  return {
    state: () => ({ source: '–', written: 0, state: 'idle', message: plan.reason }),
    play: recount,
  };
}

async function prepareFile(
  options: LiveReplayOptions,
  { file, csvForm }: Extract<ReplayPlan, { readonly kind: 'file' }>,
): Promise<LiveReplay> {
  const { run, directory, gate, windows, rate, signal } = options;
  const { events } = file;
  const isContinued = directory !== undefined && savedReplay(directory) !== undefined;
  if (!isContinued) await rejectFilledTable(run, file);
  const { source } = run.settings;
  const progress =
    directory === undefined ? unsavedProgress : openReplayProgress(directory, { ...file, source, csvForm });
  const mapping = createMapping(source, run.settings.timeZone);
  const note = (write: ReplayWrite): void => windows.addDate(createdAtOf(write, mapping) ?? '');
  let { written } = progress;
  for (const write of Iterator.from(events.from(0)).take(written)) note(write);

  let state: ReplayState['state'] = 'replaying';
  return {
    state: () => ({ source: file.name, written, events: events.length, state }),
    async play() {
      await writeFavourites(run, {
        events: events.from(progress.written),
        from: progress.written,
        pace: rate === undefined ? fullSpeed : pacedAt(rate),
        gate,
        onBatch: (batch) => batch.forEach(note),
        onWritten: (count) => {
          written = count;
          progress.save(count);
        },
        signal,
      }).finally(() => progress.flush());
      if (signal.aborted) return;
      state = 'counting';
      await unlessAborted(signal, run.pipe.drain());
      await unlessAborted(signal, options.recount());
      state = 'done';
    },
  };
}

type CountableRow = Extract<FavouriteRow, { readonly kind: 'countable' }>;

const unsavedProgress: ReplayProgress = { written: 0, save: () => {}, flush: () => {} };

function prepareSample(options: LiveReplayOptions, stored: readonly CountableRow[]): LiveReplay {
  const { run, gate, signal, windows, seed, rate = SAMPLE_RATE } = options;
  const marked = stored.map(({ key: { restaurantId, rowId: userId } }) => ({ restaurantId, userId }));
  const sample = createSample({ seed, marked });
  let written = 0;
  const note = ({ createdAt }: ReplayEvent): void => {
    written += 1;
    windows.addInstant(Date.parse(createdAt));
  };
  const writeHistory = async (): Promise<void> => {
    const events = sample.history(Date.now());
    await writeFavourites(run, { events, gate, signal });
    events.forEach(note);
  };
  return {
    state: () => ({ source: 'The built-in sample, a small town', written, state: 'replaying' }),
    async play() {
      if (stored.length === 0) await writeHistory();
      const pace = pacedAt(rate);
      while (!signal.aborted) {
        await pace.next(1, signal);
        await gate.pass(async () => {
          if (signal.aborted) return;
          const event = sample.next(Date.now());
          await writeTransaction(run, [event]);
          note(event);
        });
      }
    },
  };
}

async function rejectFilledTable(run: LocalRun, file: ReplayFile): Promise<void> {
  const { done } = await readFavourites(run).next();
  if (done) return;
  throw new InputError(
    `The table ${run.tables.favourites} already contains favourites that are not from ${file.path}; ` +
      'give another --db.',
  );
}
