/**
 * Runs one check as a child process in its own process group, so that a kill also ends the check's
 * descendants.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ChildCheck {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A check that takes longer is killed and counts as failed, so that no check can hang the run. */
  readonly timeLimitMs: number;
  /** Called with every line of output, after the line was passed on. */
  readonly onLine: (line: string) => void;
}

/** Time between SIGTERM and SIGKILL. Jest and cdk need only a fraction of it. */
const graceMs = 3_000;

const running = new Set<ChildProcess>();

/** Ends every running check with its descendants; the checks' promises settle as the processes die. */
export function endRunningChecks(): void {
  for (const child of running) endGroup(child);
}

/**
 * Passes the child's output on and resolves with its exit status. The status is also non-zero when a signal
 * or the time limit ended the child.
 */
export async function runChild(check: ChildCheck): Promise<number> {
  const child = spawn(check.command, check.arguments, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: check.environment,
  });
  running.add(child);
  passOn(child, check.onLine);
  const limit = setTimeout(() => {
    process.stderr.write(
      `${check.command}: ended because it took longer than ${check.timeLimitMs / 1000} s.\n`,
    );
    endGroup(child);
  }, check.timeLimitMs);
  try {
    return await exitStatusOf(child);
  } finally {
    clearTimeout(limit);
    running.delete(child);
    signalGroup(child, 'SIGKILL');
  }
}

function passOn(child: ChildProcess, onLine: (line: string) => void): void {
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (from === null) continue;
    createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      to.write(`${line}\n`);
      onLine(line);
    });
  }
}

function exitStatusOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${error.message}. Run "npm ci" first.\n`);
      resolve(127);
    });
    // 'close' follows the last output, but a grandchild with open pipes could delay 'close' for ever.
    child.once('exit', (status) => {
      const exitStatus = status ?? 1;
      const late = setTimeout(() => resolve(exitStatus), graceMs);
      child.once('close', () => {
        clearTimeout(late);
        resolve(exitStatus);
      });
    });
  });
}

function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs).unref();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
