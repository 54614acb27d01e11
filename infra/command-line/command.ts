/**
 * Code that all commands share: it prints an error in one line, and ends the process cleanly on Ctrl-C or
 * another signal.
 */
import { type CommandLine, type Options, optionsHelp, parseCommandLine } from './parse-command-line.ts';
import { InputError } from './input-error.ts';
import { missingPackage } from './missing-package.ts';

/** A signal ended the work. */
export class InterruptedError extends Error {
  constructor() {
    super('Interrupted.');
    this.name = 'InterruptedError';
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Interval for checking whether npm still runs. */
const PARENT_POLL_MS = 200;

/**
 * Aborts at the first signal, or when the npm that started this process has ended. A second signal ends the
 * process.
 */
export function abortOnSignals({
  endWithinMs,
  lateExitStatus,
}: {
  readonly endWithinMs: number;
  readonly lateExitStatus: number;
}): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (controller.signal.aborted) process.exit(lateExitStatus);
    controller.abort();
    // An abrupt exit is safe, because the engine ends with this process.
    setTimeout(() => process.exit(lateExitStatus), endWithinMs).unref();
  };
  for (const signal of signals) process.on(signal, abort);
  if (process.env['npm_lifecycle_event'] !== undefined) abortWithParent(abort);
  return controller.signal;
}

/** npm forwards signals, but not SIGKILL. */
function abortWithParent(abort: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    abort();
  }, PARENT_POLL_MS).unref();
}

/** Waits for `work`, but rejects with {@link InterruptedError} if the signal aborts first. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let reject = (): void => undefined;
  const aborted = new Promise<never>((_, fail) => {
    reject = () => fail(new InterruptedError());
  });
  if (signal.aborted) reject();
  signal.addEventListener('abort', reject, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', reject);
  }
}

/** Formats an error as one line. With DEBUG, errors other than input errors also show their stack. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isUsers = error instanceof InputError || process.env['DEBUG'] === undefined;
  return isUsers ? (missingPackage(error) ?? error.message) : (error.stack ?? error.message);
}

/** Reads the command line, runs `main`, and ends the process with its exit status. */
export function runMain<O extends Options>(command: {
  readonly options: O;
  /** The help text before and after the options. */
  readonly help: { readonly head: string; readonly foot?: string };
  readonly interruptedStatus: number;
  readonly main: (commandLine: CommandLine<O>) => Promise<number>;
}): void {
  const { options, help, interruptedStatus, main } = command;
  const run = async (): Promise<number> => {
    const commandLine = parseCommandLine(process.argv.slice(2), options);
    if (!commandLine.help) return main(commandLine);
    process.stdout.write(`${help.head}\n\n${optionsHelp(options)}\n${help.foot ?? ''}`);
    return 0;
  };
  run().then(
    (status) => process.exit(status),
    (error: unknown) => {
      if (error instanceof InterruptedError) process.exit(interruptedStatus);
      process.stderr.write(`${describeFailure(error)}\n`);
      process.exit(1);
    },
  );
}
