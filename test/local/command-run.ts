// Runs a command line as a separate process, as a user does: through npm or directly with Node.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');
const POLL_MS = 20;

export interface CommandRun {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The exit status, or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Kills the process and everything that it started, if anything is left. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CommandOptions {
  /**
   * `npm` runs the npm script; `background` runs it with SIGINT ignored, as a shell without job control does.
   */
  readonly by?: 'node' | 'npm' | 'background';
  readonly directory?: string;
}

export function runCommand(
  script: 'start' | 'aggregate' | 'doctor' | 'shadow',
  words: readonly string[],
  options: CommandOptions = {},
): CommandRun {
  const npm = ['npm', 'run', '--silent', script, '--', ...words];
  const command = {
    node: [
      'node',
      '--disable-warning=ExperimentalWarning',
      '--import',
      'tsx',
      `infra/${script === 'start' || script === 'aggregate' ? 'local' : script}/${script}.ts`,
      ...words,
    ],
    npm,
    background: ['sh', '-c', 'trap "" INT; exec "$@"', 'sh', ...npm],
  }[options.by ?? 'node'];
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const [file = '', ...rest] = command;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: path,
    ...(options.directory && { TMPDIR: options.directory }),
  };
  // The tests often run under npm, but this child does not.
  if (options.by === undefined) delete env['npm_lifecycle_event'];
  const child = spawn(file, rest, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  return {
    child,
    ended,
    stdout: () => out,
    stderr: () => err,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      for (const pid of familyOf(child.pid ?? 0)) kill(pid);
      await ended;
    },
  };
}

/** The URL that `npm start` prints. @throws when the command ends first, with its error output. */
export async function urlOf(run: CommandRun): Promise<string> {
  const find = () => /http:\/\/127\.0\.0\.1:\d+\//.exec(run.stdout())?.[0];
  await until(() => find() !== undefined || run.child.exitCode !== null);
  const url = find();
  if (url === undefined) throw new Error(`npm start ended with ${run.child.exitCode}: ${run.stderr()}`);
  return url;
}

/** The ids of a process and of all its descendants, from /proc. */
export function familyOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const family = [pid];
  for (let grown = 0; grown < family.length; grown += 1) {
    for (const [child, parent] of parents) if (parent === family[grown]) family.push(child);
  }
  return family;
}

export function isRunning(pid: number): boolean {
  const state = /^State:\s+(\S)/m.exec(statusOf(pid))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Waits until a condition holds; the time limit of the test ends the wait. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(POLL_MS);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended already.
  }
}

function parentOf(pid: number): number | undefined {
  const parent = /^PPid:\s+(\d+)/m.exec(statusOf(pid))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
