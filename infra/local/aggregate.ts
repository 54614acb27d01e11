/** `npm run aggregate -- FILE`: replays a file of favourites through the stack and prints the counts. */
import './require-node.ts';
import { usageOf } from '#usage';
import { defaultSource } from '../../src/counting/source/source.ts';
import { ALL_TIME, isKept, spanOf } from '../../src/counting/time-window.ts';
import { formatDeadLetters } from './dead-letters.ts';
import { type LocalRun, startLocalRun } from './local-run.ts';
import { abortOnSignals, InterruptedError, runMain, unlessAborted } from '../command-line/command.ts';
import {
  type CommandLine,
  type OptionValues,
  textOption,
  wholeNumberOption,
} from '../command-line/parse-command-line.ts';
import { csvFormOf, csvOptions } from './replay/csv-options.ts';
import { recount } from './replay/drift.ts';
import { InputError } from '../command-line/input-error.ts';
import { windowsOption } from './replay/known-windows.ts';
import { timeZoneOption, windowOption } from '../command-line/window-options.ts';
import { graceMsOf, localRunOptions, reconcileOptions, runOptions } from './replay/options.ts';
import { countsCsv } from './replay/counts-csv.ts';
import { rejectUnwritable, writeOutput } from '../command-line/files/output-files.ts';
import { playFile, type PlayedFile, type PlayFileOptions } from './replay/play-file.ts';
import { progressLine } from '../command-line/progress-line.ts';
import { describeRest, formatReconcile, reconcileEntry } from './replay/reconcile-report.ts';
import { findInputFiles } from './replay/files/input-files.ts';
import { loadReplayFile, type ReplayFile } from './replay/files/replay-file.ts';
import { replaySettings } from './replay/replay-settings.ts';
import { formatSummary, metric, type ReplayReport, summarize } from './replay/report.ts';
import { sourceOption } from '../command-line/source-file.ts';
import { count } from '../command-line/text.ts';
import { formatTop, topOf } from './replay/top-table.ts';

const exitStatus = { exact: 0, driftRemains: 2, interrupted: 130 } as const;
/** After a signal, the process ends within this time, even if something hangs. */
const END_WITHIN_MS = 5_000;
/** Number of restaurants to show. */
const TOP_DEFAULT = 10;

const options = {
  out: textOption('FILE', 'write every count above 0 to this file, as CSV'),
  report: textOption('FILE', 'write the summary to this file, as JSON'),
  'dead-letters': textOption('FILE', 'write the decoded dead letters to this file, as JSON lines'),
  source: sourceOption,
  ...csvOptions,
  top: wholeNumberOption({
    placeholder: 'N',
    help: `number of restaurants to show (default: ${TOP_DEFAULT})`,
    min: 1,
    max: 100_000,
  }),
  window: windowOption,
  windows: windowsOption,
  'time-zone': timeZoneOption,
  'batch-size': wholeNumberOption({
    placeholder: 'N',
    help: 'records in a batch of the pipe, 1 to 10000',
    min: 1,
    max: 10_000,
  }),
  ...reconcileOptions,
  ...runOptions,
};
type Values = OptionValues<typeof options>;

const help = {
  head: `Replays a file of favourites through the stack on this machine and prints the counts.

Usage: ${usageOf('aggregate')} FILE.csv|FILE.jsonl|EXPORT [options]

FILE.csv has the columns restaurant_id,user_id,created_at[,removed_at], separated by commas, semicolons or
tabs, with dates such as 2022-08-01T12:00:00Z. --columns and --date-format describe other files.
FILE.jsonl has one write to the table a line, in order, with attributes in DynamoDB's JSON:
{"at":"2022-08-01T12:00:00Z","put":{"PK":{"S":"USER#u1"},…}} or {"at":…,"delete":{"PK":…,"SK":…}}.
A put on a key that exists is an update. --source describes a table of another shape.
EXPORT is the folder of an export of DynamoDB to S3 (DynamoDB JSON), or some of its *.json.gz files.
Every file may be gzipped.`,
  foot: `
Exit status: 0 when every count equals a recount, 1 for bad input or a bad environment, 2 when drift
remains or the last reconcile failed, 130 when interrupted.
`,
};

async function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  if (positionals.length === 0)
    throw new InputError(`No file: ${usageOf('aggregate')} FILE.csv (--help explains more).`);
  const csvForm = csvFormOf(values);
  const runOptionsGiven = localRunOptions(values);
  const { window = ALL_TIME, windows, source = defaultSource } = values;
  const settings = replaySettings({
    batchSize: values['batch-size'],
    windows,
    source,
    timeZone: values['time-zone'],
  });
  if (!isKept(window, settings.timeWindows)) {
    const kind = spanOf(window)?.kind ?? ALL_TIME;
    const remedy =
      source.createdAt === 'none'
        ? 'the rows of --source have no date (createdAt is none); leave out --window'
        : `windows of this kind are not counted; add ${kind} to --windows`;
    throw new InputError(`--window ${window}: ${remedy}.`);
  }
  const outputs = { out: values.out, report: values.report, 'dead-letters': values['dead-letters'] };
  const { paths } = findInputFiles(positionals);
  rejectUnwritable(outputs, { inputs: paths });

  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: exitStatus.interrupted });
  const progress = progressLine();
  using file = await loadReplayFile({
    paths: positionals,
    source,
    timeZone: settings.timeZone,
    csvForm,
    signal,
    onProgress: (text) => progress.update(text),
  }).finally(() => progress.end());
  for (const warning of file.warnings) process.stderr.write(`${warning}\n`);
  progress.update('Starting the stack');
  await using run = await startLocalRun({
    ...runOptionsGiven,
    settings,
    isPipeOff: values.backfill !== undefined,
  });
  if (signal.aborted) throw new InterruptedError();

  const { seed } = runOptionsGiven;
  const played = await unlessAborted(signal, replay(values, { run, file, seed, progress, signal }));
  using recounted = await unlessAborted(signal, recount(run));
  progress.end();
  const summary = summarize(run, {
    events: file.events.length,
    seconds: played.seconds,
    rows: recounted.rows,
    drift: recounted.driftCount,
    seed,
    damage: played.damage,
    reconcile: played.reconciles.flatMap((outcome) =>
      outcome.report === undefined ? [] : [reconcileEntry(outcome.report)],
    ),
  });
  const top = topOf(recounted.counts(window), values.top ?? TOP_DEFAULT);
  printResults({ top: formatTop(top, window), summary, reconciles: played.reconciles });
  const texts = {
    out: () => countsCsv(recounted.counts()),
    report: () => [`${JSON.stringify(summary, undefined, 2)}\n`],
    'dead-letters': () => formatDeadLetters(run.deadLetters()),
  };
  for (const option of ['out', 'report', 'dead-letters'] as const) {
    const output = outputs[option];
    if (output !== undefined) await writeOutput(option, output, texts[option]());
  }
  const isReconciled = played.reconciles.at(-1)?.kind !== 'failed';
  return recounted.driftCount === 0 && isReconciled ? exitStatus.exact : exitStatus.driftRemains;
}

/** Replays the file, and shows the progress on stderr. @throws when the run fails */
async function replay(
  values: Values,
  context: {
    readonly run: LocalRun;
    readonly file: ReplayFile;
    readonly seed: number;
    readonly progress: ReturnType<typeof progressLine>;
    readonly signal: AbortSignal;
  },
): Promise<PlayedFile> {
  const { run, file, progress } = context;
  const startedAtMs = performance.now();
  let phase: Parameters<PlayFileOptions['onPhase']>[0] = 'replaying';
  let written = 0;
  const show = (): void => {
    const applied = metric(run.counters(), 'RecordsApplied');
    const rate = (applied * 1000) / Math.max(1, performance.now() - startedAtMs);
    const parts = [
      `${count(written)} of ${count(file.events.length)} events of ${file.name} written`,
      `${count(applied)} counted`,
      `${count(rate)} a second`,
      ...(phase === 'replaying' ? [] : [phase]),
    ];
    progress.update(parts.join(', '));
  };
  const timer = setInterval(show, 100);
  const { reconcile, 'reconcile-during': isReconciledDuring, backfill, damage, grace } = values;
  const playing = playFile({
    ...context,
    reconcile: isReconciledDuring ? 'during' : reconcile ? 'at the end' : 'never',
    backfill,
    damage,
    graceMs: graceMsOf(grace),
    onPhase: (next) => {
      phase = next;
    },
    onWritten: (next) => {
      written = next;
    },
  });
  try {
    return await Promise.race([playing, run.failed.then((error) => Promise.reject(error))]);
  } finally {
    clearInterval(timer);
  }
}

/** Tables go to stdout, failures to stderr. */
function printResults(results: {
  readonly top: string;
  readonly summary: ReplayReport;
  readonly reconciles: PlayedFile['reconciles'];
}): void {
  process.stdout.write(`${results.top}\n\n${formatSummary(results.summary)}\n`);
  for (const [i, outcome] of results.reconciles.entries()) {
    const { report, seconds } = outcome;
    if (report !== undefined) {
      const number = `${i + 1} of ${results.reconciles.length}`;
      const title = `reconcile ${number}, ${report.mode}, ${seconds.toFixed(1)} s`;
      const lines = [title, formatReconcile(report), describeRest(report)];
      process.stdout.write(`\n${lines.filter((line) => line !== undefined).join('\n')}\n`);
    }
    if (outcome.kind === 'failed') {
      process.stderr.write(`Reconcile ${i + 1} failed with ${outcome.error}: ${outcome.cause}\n`);
    }
  }
}

// A reader such as `| head` may close the pipe early. That is not an error.
process.stdout.on('error', () => {});
runMain({ options, help, main, interruptedStatus: exitStatus.interrupted });
