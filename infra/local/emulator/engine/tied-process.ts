/**
 * Starts a child process that ends with this process. The child runs in its own session, so that Ctrl-C
 * reaches only this process, which then stops the child cleanly. A shell in that session reads a pipe from
 * this process. When this process ends, even by `kill -9`, the pipe closes and the shell kills the child.
 */
import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

// `exec` gives the child the shell's pid, `$$`. A line on the pipe means that the child has already ended.
const WATCHDOG = '(read -r _ <&3 || kill -9 $$) >/dev/null 2>&1 & exec "$@" 3<&-';

/** Time from SIGTERM to SIGKILL. It is half of the 2 s in which Ctrl-C must end everything. */
const STOP_GRACE_MS = 1_000;

/** Enough for a Java stack trace, and short enough for an error message. */
const LAST_OUTPUT_CHARACTERS_MAX = 4_000;

export interface TiedProcess {
  readonly pid: number;
  /**
   * Resolves when the child and its watchdog have ended, for example to `exit status 1` or `signal SIGKILL`.
   */
  readonly ended: Promise<string>;
  /** The first match in the output; undefined if the process ends or the time is over before a match. */
  waitForOutput(pattern: RegExp, withinMs: number): Promise<RegExpExecArray | undefined>;
  lastOutput(): string;
  readonly stopping: boolean;
  stop(): Promise<void>;
}

export function startTiedProcess(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}): TiedProcess {
  const child = spawn('/bin/sh', ['-c', WATCHDOG, 'engine', options.command, ...options.args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    cwd: options.cwd,
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-LAST_OUTPUT_CHARACTERS_MAX);
      for (const listener of listeners) listener();
    });
  }

  const life = child.stdio[3];
  if (!(life instanceof Duplex)) throw new Error('Node opened no pipe to the engine as file descriptor 3');
  life.on('error', () => undefined); // the shell has already closed its end
  child.once('exit', () => life.end('ended\n'));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(signal === null ? `exit status ${code}` : `signal ${signal}`),
    );
  });

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(killer);
  };

  return {
    pid: child.pid ?? 0,
    ended,
    lastOutput: () => output.trim(),
    get stopping() {
      return stopping !== undefined;
    },
    stop: () => (stopping ??= stop()),
    async waitForOutput(pattern, withinMs) {
      const { promise, resolve } = Promise.withResolvers<RegExpExecArray | undefined>();
      const look = (): void => {
        const match = pattern.exec(output);
        if (match !== null) resolve(match);
      };
      listeners.add(look);
      const timer = setTimeout(() => resolve(undefined), withinMs);
      void ended.then(() => resolve(undefined));
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        listeners.delete(look);
      });
    },
  };
}

/** Resolves to an error if the engine ends before `stop` is called. Never resolves after `stop`. */
export async function unexpectedEnd(engine: string, child: TiedProcess): Promise<Error> {
  const how = await child.ended;
  if (child.stopping) return new Promise(() => undefined);
  return new Error(
    `${engine} ended unexpectedly (${how}). Its last output: ${child.lastOutput() || 'none'}. ` +
      'Start again: all data is on disk.',
  );
}
