/** `npm run aggregate -- FILE.csv`: replays a file of favourites through the stack, and tells the counts. */
import './require-node.ts';
import { basename } from 'node:path';
import { ALL_TIME, isKept } from '../../src/counting/time-window.ts';
import { type LocalRun, type LocalRunOptions, startLocalRun } from './local-run.ts';
import { abortOnSignals, describeFailure, InterruptedError, unlessAborted } from './replay/command.ts';
import { optionsHelp, parseCommandLine, textOption, wholeNumberOption } from './replay/command-line.ts';
import { countsCsv } from './replay/counts-csv.ts';
import { findDrift } from './replay/drift.ts';
import { InputError } from './replay/input-error.ts';
import { windowOption, windowsOption } from './replay/known-windows.ts';
import { playFile, type PlayedFile, type PlayFileOptions } from './replay/play-file.ts';
import { rejectUnwritable, writeOutput } from './replay/output-files.ts';
import { progressLine } from './replay/progress-line.ts';
import { type CountRow, readCounts, readFavourites } from './replay/read-tables.ts';
import { graceMsOf, reconcileOptions } from './replay/reconcile-options.ts';
import { describeRest, formatReconcile, reconcileEntry } from './replay/reconcile-table.ts';
import { describeRepeats, loadReplayFile, type ReplayFile } from './replay/replay-file.ts';
import { replaySettings } from './replay/replay-settings.ts';
import { count, formatSummary } from './replay/report.ts';
import { randomSeed, rejectEngineWithEndpoint, runOptions } from './replay/run-options.ts';
import { distinctDeadLetters, formatDeadLetters, metric, summarize } from './replay/summarize.ts';
import { formatTop, topOf } from './replay/top-table.ts';

const exitStatus = { exact: 0, badInput: 1, driftRemains: 2, interrupted: 130 } as const;
/** From a signal to the end of the process, were something to hang. */
const END_WITHIN_MS = 5_000;

const options = {
  out: textOption('FILE', 'write every count above 0 there, as CSV'),
  report: textOption('FILE', 'write the summary there, as JSON'),
  'dead-letters': textOption('FILE', 'write the dead letters there, decoded, as JSON lines'),
  top: wholeNumberOption({ placeholder: 'N', help: 'restaurants to show (10)', min: 1, max: 100_000 }),
  window: windowOption,
  windows: windowsOption,
  'batch-size': wholeNumberOption({
    placeholder: 'N',
    help: 'records in a batch of the pipe, 1 to 10000',
    min: 1,
    max: 10_000,
  }),
  ...reconcileOptions,
  ...runOptions,
};

const help = `Replays a file of favourites through the stack on this machine, and tells the counts.

Usage: npm run aggregate -- FILE.csv [options]

FILE.csv has the columns restaurant_id,user_id,created_at[,removed_at], the dates in UTC.

${optionsHelp(options)}

Exit status: 0 when every count is that of a recount, 2 when drift remains or the last reconcile failed, 1 for bad
input.
`;

/** @returns the exit status. */
async function main(arguments_: readonly string[]): Promise<number> {
  const { help: isHelpWanted, positionals, values } = parseCommandLine(arguments_, options);
  if (isHelpWanted) {
    process.stdout.write(help);
    return exitStatus.exact;
  }
  const [path, ...strays] = positionals;
  if (path === undefined) throw new InputError('No file: npm run aggregate -- FILE.csv (--help tells more).');
  if (strays[0] !== undefined) throw new InputError(`One file at a time: ${strays[0]} is one too many.`);
  rejectEngineWithEndpoint(values);
  const window = values.window ?? ALL_TIME;
  const settings = replaySettings({ batchSize: values['batch-size'], windows: values.windows });
  if (!isKept(window, settings.timeWindows)) {
    throw new InputError(`--window ${window}: name its kind in --windows, or it is not counted.`);
  }
  const { out, report: reportPath, 'dead-letters': deadLetters } = values;
  rejectUnwritable({ out, report: reportPath, 'dead-letters': deadLetters }, { input: path });

  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: exitStatus.interrupted });
  const file = await loadReplayFile(path);
  const repeats = describeRepeats(file);
  if (repeats !== undefined) process.stderr.write(`${repeats}\n`);
  const seed = values.seed ?? randomSeed();
  const progress = progressLine();
  progress.update('Starting the stack');
  await using run = await startDisposableRun({
    settings,
    engine: values.engine,
    endpoint: values.endpoint,
    faults: values.faults,
    seed,
    isPipeOff: values.backfill !== undefined,
    onProblem: (line) => process.stderr.write(`${line}\n`),
  });
  if (signal.aborted) throw new InterruptedError();

  const failed = run.failed.then((error) => {
    throw error;
  });
  const { reconcile, 'reconcile-during': during, backfill, damage: wanted, grace } = values;
  const played = withProgress({ run, file, progress }, (listeners) =>
    playFile({
      run,
      file,
      seed,
      reconcile: during ? 'during' : reconcile ? 'at the end' : 'never',
      backfill,
      damage: wanted,
      graceMs: graceMsOf(grace),
      signal,
      ...listeners,
    }),
  );
  const { seconds, damage, reconciles } = await unlessAborted(signal, Promise.race([played, failed]));
  const counts = await unlessAborted(signal, collect(readCounts(run)));
  const calendar = { settings: settings.timeWindows, nowMs: Date.now() };
  const drift = await unlessAborted(signal, findDrift({ favourites: readFavourites(run), counts, calendar }));
  progress.end();

  const report = summarize(run, {
    events: file.events.length,
    seconds,
    drift: drift.length,
    seed,
    damage,
    reconcile: reconciles.flatMap((outcome) =>
      outcome.report === undefined ? [] : [reconcileEntry(outcome.report)],
    ),
  });
  const top = topOf(counts, { window, limit: values.top ?? 10 });
  process.stdout.write(`${formatTop(top, window)}\n\n${formatSummary(report)}\n`);
  const isReconciled = showReconciles(reconciles);
  if (out !== undefined) await writeOutput('out', out, countsCsv(counts));
  if (reportPath !== undefined) {
    await writeOutput('report', reportPath, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (deadLetters !== undefined) {
    const letters = formatDeadLetters(distinctDeadLetters(run.deadLetters()));
    await writeOutput('dead-letters', deadLetters, letters);
  }
  return drift.length === 0 && isReconciled ? exitStatus.exact : exitStatus.driftRemains;
}

/** Says on stderr what is going on, until the work has ended. */
async function withProgress<T>(
  { run, file, progress }: ShownRun,
  work: (listeners: Pick<PlayFileOptions, 'onPhase' | 'onWritten'>) => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  let phase = 'replaying';
  let written = 0;
  const show = (): void => {
    const applied = metric(run.counters(), 'RecordsApplied');
    const rate = count((applied * 1000) / Math.max(1, performance.now() - startedAtMs));
    const what = `${count(written)} of ${count(file.events.length)} events of ${basename(file.path)} written`;
    progress.update(
      `${what}, ${count(applied)} counted, ${rate} a second${phase === 'replaying' ? '' : `, ${phase}`}`,
    );
  };
  const timer = setInterval(show, 100);
  try {
    return await work({
      onPhase: (next) => {
        phase = next;
      },
      onWritten: (count_) => {
        written = count_;
      },
    });
  } finally {
    clearInterval(timer);
  }
}

interface ShownRun {
  readonly run: LocalRun;
  readonly file: ReplayFile;
  readonly progress: ReturnType<typeof progressLine>;
}

/** Tables to stdout, what went wrong to stderr. @returns whether the last run left nothing undone. */
function showReconciles(outcomes: PlayedFile['reconciles']): boolean {
  for (const [i, outcome] of outcomes.entries()) {
    const { report, seconds } = outcome;
    if (report !== undefined) {
      const rest = describeRest(report);
      const title = `reconcile ${i + 1} of ${outcomes.length}, ${report.mode}, ${seconds.toFixed(1)} s`;
      process.stdout.write(
        `\n${title}\n${formatReconcile(report)}\n${rest === undefined ? '' : `${rest}\n`}`,
      );
    }
    if (outcome.kind === 'failed') {
      process.stderr.write(`Reconcile ${i + 1} failed with ${outcome.error}: ${outcome.cause}\n`);
    }
  }
  return outcomes.at(-1)?.kind !== 'failed';
}

async function startDisposableRun(o: LocalRunOptions): Promise<LocalRun & AsyncDisposable> {
  const run = await startLocalRun(o);
  return { ...run, [Symbol.asyncDispose]: () => run.stop() };
}

async function collect(rows: AsyncIterable<CountRow>): Promise<readonly CountRow[]> {
  const collected: CountRow[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}

// A reader that goes away (`| head`) is not a failure.
process.stdout.on('error', () => {});
main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exit(error instanceof InterruptedError ? exitStatus.interrupted : exitStatus.badInput);
  },
);
