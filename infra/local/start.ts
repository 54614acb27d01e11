/** `npm start`: the stack on this machine, staying up, with a page that shows the counts move. */
import './require-node.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { startConsoleServer } from './console/console-server.ts';
import { KnownWindows, windowsOption } from './replay/known-windows.ts';
import { passWrites } from './console/api-writes.ts';
import { createLoadGenerator } from './console/load-generator.ts';
import { createRunSource } from './console/run-source.ts';
import type { ReplayState } from './replay/replay-state.ts';
import { startLocalRun } from './local-run.ts';
import { abortOnSignals, describeFailure, InterruptedError, unlessAborted } from './replay/command.ts';
import { optionsHelp, parseCommandLine, textOption, wholeNumberOption } from './replay/command-line.ts';
import { Gate } from './replay/gate.ts';
import { InputError } from './replay/input-error.ts';
import { planReplay, prepareReplay } from './replay/live-replay.ts';
import { describeRepeats } from './replay/replay-file.ts';
import { graceMsOf, graceOption, reconcileEveryOption } from './replay/reconcile-options.ts';
import { repairEvery } from './replay/repair-every.ts';
import { replaySettings } from './replay/replay-settings.ts';
import { randomSeed, rejectEngineWithEndpoint, runOptions } from './replay/run-options.ts';

/** From a signal to the end of the process, were something to hang; two seconds are promised. */
const END_WITHIN_MS = 1_500;
const LAST_WRITES_MS = 500;

const options = {
  data: textOption('FILE.csv', 'replay this file; else a small built-in sample plays'),
  rate: wholeNumberOption({
    placeholder: 'EVENTS_PER_SECOND',
    help: 'write so many events a second; else a file at full speed',
    min: 1,
    max: 1_000_000,
  }),
  port: wholeNumberOption({ placeholder: 'N', help: 'of the page; else any free one', min: 0, max: 65_535 }),
  db: textOption('PATH', 'keep everything in this directory, and go on from there at the next start'),
  windows: windowsOption,
  'reconcile-every': reconcileEveryOption,
  grace: graceOption,
  ...runOptions,
};

const help = `Runs the stack on this machine and shows the counts on a page, until Ctrl-C.

Usage: npm start -- [options]

${optionsHelp(options)}
`;

async function main(arguments_: readonly string[]): Promise<void> {
  const { help: isHelpWanted, positionals, values } = parseCommandLine(arguments_, options);
  if (isHelpWanted) {
    process.stdout.write(help);
    return;
  }
  if (positionals[0] !== undefined) {
    throw new InputError(
      `Unexpected ${positionals[0]}; a file is given as --data FILE.csv (--help tells more).`,
    );
  }
  rejectEngineWithEndpoint(values);
  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: 0 });
  const plan = await planReplay({ path: values.data, directory: values.db });
  const repeats = plan.kind === 'file' ? describeRepeats(plan.file) : undefined;
  if (repeats !== undefined) process.stderr.write(`${repeats}\n`);
  const seed = values.seed ?? randomSeed();

  // Undone last to first.
  await using stack = new AsyncDisposableStack();
  const settings = replaySettings({ windows: values.windows });
  const run = await startLocalRun({
    settings,
    engine: values.engine,
    endpoint: values.endpoint,
    directory: values.db,
    faults: values.faults,
    seed,
    onProblem: (line) => process.stderr.write(`${line}\n`),
  });
  stack.defer(() => run.stop());
  const failed = run.failed.then((error) => {
    throw error;
  });
  failed.catch(() => {});

  const windows = new KnownWindows(settings.timeWindows);
  const gate = new Gate();
  let failure: ReplayState | undefined;
  const { rate, db: directory } = values;
  const recount = (): Promise<void> => source.recount();
  const replay = await prepareReplay({ run, plan, rate, seed, directory, windows, gate, signal, recount });
  const replayState = (): ReplayState => failure ?? replay.state();
  const load = createLoadGenerator({
    dynamoDb: run.dynamoDb,
    table: run.tables.favourites,
    seed,
    gate,
    onWritten: ({ createdAt }) => windows.addDate(createdAt),
  });
  let writtenByApi = 0;
  const api = passWrites({
    api: run.api,
    gate,
    onWritten() {
      writtenByApi += 1;
      windows.addDate(new Date().toISOString());
    },
  });
  const source = createRunSource({
    run,
    seed,
    windows,
    gate,
    replayState,
    isReplayInHurry: () =>
      plan.kind === 'file' && rate === undefined && ['replaying', 'counting'].includes(replayState().state),
    load,
    writtenByApi: () => writtenByApi,
  });
  stack.defer(() => source.stop());

  const page = await startConsoleServer({ port: values.port ?? 0, source, api });
  stack.defer(() => page.stop());
  process.stdout.write(`Favourite Counts is at ${page.url}  (Ctrl-C ends it)\n`);
  if (plan.kind === 'nothing') process.stderr.write(`${plan.reason}.\n`);

  const playing = replay.play().catch((error: unknown) => {
    if (signal.aborted) return;
    const message = describeFailure(error);
    failure = { ...replayState(), state: 'failed', message };
    process.stderr.write(`The replay stopped: ${message}\n`);
  });
  const { 'reconcile-every': everySeconds, grace } = values;
  if (everySeconds !== undefined) {
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    void repairEvery({ run: source, everyMs: everySeconds * 1000, graceMs: graceMsOf(grace), say, signal });
  }
  // Before the engine goes, the writes under way end; a recount under way may wait for the pipe, and is left.
  stack.defer(async () => {
    await Promise.race([Promise.all([playing, load.stop()]), delay(LAST_WRITES_MS)]);
  });
  await unlessAborted(signal, failed);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    if (error instanceof InterruptedError) process.exit(0);
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exit(1);
  },
);
