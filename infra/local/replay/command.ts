/**
 * What every command line of the local run does around its work: one clear line for what the user can put right,
 * the whole error for what is ours, and an orderly end on Ctrl-C, SIGINT and SIGTERM.
 */
import { InputError } from './input-error.ts';
import { ReplayFileError } from './file-faults.ts';

/** The work was ended by a signal. */
export class InterruptedError extends Error {
  constructor() {
    super('Interrupted.');
    this.name = 'InterruptedError';
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Under npm: how often we look whether it is still there. */
const PARENT_POLL_MS = 200;

/** Aborted by the first signal, and when the npm that started us is gone. A second signal ends us at once. */
export function abortOnSignals(o: {
  readonly endWithinMs: number;
  readonly lateExitStatus: number;
}): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (controller.signal.aborted) process.exit(o.lateExitStatus);
    controller.abort();
    // The engine's life is tied to ours: ending late is worse than ending rudely.
    setTimeout(() => process.exit(o.lateExitStatus), o.endWithinMs).unref();
  };
  for (const signal of signals) process.on(signal, abort);
  if (process.env['npm_lifecycle_event'] !== undefined) abortWithParent(abort);
  return controller.signal;
}

/** npm passes signals on, but whoever kills it outright means us too. */
function abortWithParent(abort: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    abort();
  }, PARENT_POLL_MS).unref();
}

/** Runs `work` against the signal, and rejects with {@link InterruptedError} when that comes first. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const reject = (): void => aborted.reject(new InterruptedError());
  if (signal.aborted) reject();
  signal.addEventListener('abort', reject, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', reject);
  }
}

/** The line for stderr; with its stack when it is not the user's to put right. */
export function describeFailure(error: unknown): string {
  if (error instanceof InputError || error instanceof ReplayFileError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return process.env['DEBUG'] === undefined ? error.message : (error.stack ?? error.message);
}
