// A command line of the local run as a process of its own, as a user starts it: by npm, or by Node alone.

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
  /** Kills it and everything that it started, if there is any of it left. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CommandOptions {
  /**
   * `npm` starts the npm script; `background` does so with SIGINT ignored, as a shell without job control
   * does.
   */
  readonly by?: 'node' | 'npm' | 'background';
  readonly directory?: string;
}

export function runCommand(
  script: 'start' | 'aggregate',
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
      `infra/local/${script}.ts`,
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
  // A test itself often runs under npm; its child is not npm's.
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

/** The URL that `npm start` prints. @throws when it ends first, with what it said. */
export async function urlOf(run: CommandRun): Promise<string> {
  const find = () => /http:\/\/127\.0\.0\.1:\d+\//.exec(run.stdout())?.[0];
  await until(() => find() !== undefined || run.child.exitCode !== null);
  const url = find();
  if (url === undefined) throw new Error(`it ended with ${run.child.exitCode}: ${run.stderr()}`);
  return url;
}

/** A process and all that it started, by what /proc says now. */
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

/** Waits on a condition; the test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(POLL_MS);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already, which is what we want.
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
