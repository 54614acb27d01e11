/** `npm start`: runs the stack on this machine until Ctrl-C, with a page that shows its counts. */
import './require-node.ts';
import { usageOf } from '#usage';
import { setTimeout as delay } from 'node:timers/promises';
import { startConsoleServer } from './console/console-server.ts';
import { createRunSource } from './console/run-source.ts';
import { startLocalRun } from './local-run.ts';
import { abortOnSignals, describeFailure, runMain, unlessAborted } from '../command-line/command.ts';
import { type CommandLine, textOption, wholeNumberOption } from '../command-line/parse-command-line.ts';
import { InputError } from '../command-line/input-error.ts';
import { progressLine } from '../command-line/progress-line.ts';
import { csvFormOf, csvOptions } from './replay/csv-options.ts';
import { continuedTimeZone, keepTimeZone } from './replay/kept-time-zone.ts';
import { KnownWindows, windowsOption } from './replay/known-windows.ts';
import { timeZoneOption } from '../command-line/window-options.ts';
import { planReplay, prepareReplay } from './replay/live-replay.ts';
import {
  graceMsOf,
  graceOption,
  localRunOptions,
  reconcileEveryOption,
  runOptions,
} from './replay/options.ts';
import { Gate } from './replay/pace.ts';
import { repairEvery } from './replay/reconcile-report.ts';
import { continuedSource } from './replay/replay-progress.ts';
import { replaySettings } from './replay/replay-settings.ts';
import type { ReplayState } from './replay/replay-state.ts';
import { sourceOption } from '../command-line/source-file.ts';

/** After a signal, the process ends within this time, even if something hangs. Ctrl-C may take 2 s. */
const END_WITHIN_MS = 1_500;
const LAST_WRITES_MS = 500;

const options = {
  data: textOption('FILE', 'file or folder to replay, as for aggregate (default: a built-in sample)'),
  source: sourceOption,
  ...csvOptions,
  rate: wholeNumberOption({
    placeholder: 'EVENTS_PER_SECOND',
    help: 'events to write in a second (default: a file at full speed)',
    min: 1,
    max: 1_000_000,
  }),
  port: wholeNumberOption({
    placeholder: 'N',
    help: 'port of the page (default: any free one)',
    min: 0,
    max: 65_535,
  }),
  db: textOption('PATH', 'directory that keeps everything; the next start continues from there'),
  windows: windowsOption,
  'time-zone': {
    ...timeZoneOption,
    help: 'the time zone of the windows, such as Europe/London (default: the one of --db, or UTC)',
  },
  'reconcile-every': reconcileEveryOption,
  grace: graceOption,
  ...runOptions,
};

const help = {
  head: `Runs the stack on this machine and shows the counts on a page, until Ctrl-C.

Usage: ${usageOf('start')} [options]`,
};

/** Returns only when the run fails or a signal arrives. */
async function main({ positionals, values }: CommandLine<typeof options>): Promise<never> {
  if (positionals[0] !== undefined) {
    throw new InputError(
      `Unexpected ${positionals[0]}; give a file as --data FILE.csv (--help explains more).`,
    );
  }
  const csvForm = csvFormOf(values);
  const runOptionsGiven = localRunOptions(values);
  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: 0 });
  const { rate, db: directory, 'reconcile-every': everySeconds, grace } = values;
  const source = continuedSource(directory, values.source);
  const { timeZone, note } = continuedTimeZone(directory, values['time-zone']);
  const settings = replaySettings({ windows: values.windows, source, timeZone });
  const progress = progressLine();
  const plan = await planReplay({
    path: values.data,
    directory,
    source,
    timeZone,
    csvForm,
    signal,
    onProgress: (text) => progress.update(text),
  }).finally(() => progress.end());
  using _file = plan.kind === 'file' ? plan.file : undefined;
  const warnings = plan.kind === 'file' ? plan.file.warnings : [];
  for (const line of [...warnings, ...(note === undefined ? [] : [note])]) process.stderr.write(`${line}\n`);

  // The stack undoes its steps in reverse order.
  await using stack = new AsyncDisposableStack();
  const run = stack.use(await startLocalRun({ ...runOptionsGiven, settings, directory }));
  if (directory !== undefined) keepTimeZone(directory, timeZone);
  const { seed } = runOptionsGiven;
  const windows = new KnownWindows(settings);
  const gate = new Gate();
  const recount = (): Promise<void> => runSource.recount();
  const replay = await prepareReplay({ run, plan, rate, seed, directory, windows, gate, signal, recount });
  let failure: ReplayState | undefined;
  const replayState = (): ReplayState => failure ?? replay.state();
  const isReplayInHurry = (): boolean =>
    plan.kind === 'file' && rate === undefined && ['replaying', 'counting'].includes(replayState().state);
  const runSource = createRunSource({ run, seed, windows, gate, replayState, isReplayInHurry });
  stack.defer(() => runSource.stop());

  const page = await startConsoleServer(values.port ?? 0, runSource);
  stack.defer(() => page.stop());
  process.stdout.write(`Favourite Counts is at ${page.url}  (Ctrl-C ends it)\n`);
  if (plan.kind === 'nothing') process.stderr.write(`${plan.reason}.\n`);

  const playing = replay.play().catch((error: unknown) => {
    if (signal.aborted) return;
    const message = describeFailure(error);
    failure = { ...replayState(), state: 'failed', message };
    process.stderr.write(`The replay stopped: ${message}\n`);
  });
  if (everySeconds !== undefined) {
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    void repairEvery({
      run: runSource,
      everyMs: everySeconds * 1000,
      graceMs: graceMsOf(grace),
      say,
      signal,
    });
  }
  // Let the running writes end before the engine stops, but do not wait for a recount, which may take longer.
  stack.defer(async () => {
    await Promise.race([Promise.all([playing, runSource.stopLoad()]), delay(LAST_WRITES_MS)]);
  });
  throw await unlessAborted(signal, run.failed);
}

runMain({ options, help, main, interruptedStatus: 0 });
