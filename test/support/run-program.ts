/** Runs a program to its end, and returns its exit status and all that it writes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Some programs print a whole template. */
const OUTPUT_BYTES_MAX = 2 ** 26;

export interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; that of this process if it is absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** The program is killed after it. */
  readonly timeoutMs?: number;
}

/** What `execFile` rejects with. The code is a text if the program did not start. */
interface ProgramError extends Error {
  readonly code?: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** @throws {Error} with its output if it cannot start, or is killed */
export async function runProgram(
  [program = '', ...words]: readonly string[],
  { timeoutMs, ...options }: RunOptions = {},
): Promise<Run> {
  const limits = { timeout: timeoutMs, maxBuffer: OUTPUT_BYTES_MAX };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, words, { ...options, ...limits });
    return { status: 0, out: stdout, err: stderr };
  } catch (cause) {
    const { code, message, stdout, stderr } = cause as ProgramError;
    if (typeof code === 'number') return { status: code, out: stdout, err: stderr };
    const command = [program, ...words].join(' ');
    throw new Error(`${command} did not end by itself (${message}):\n${stdout}${stderr}`, { cause });
  }
}

/** Returns what it writes to stdout. @throws {Error} with its output if it fails */
export async function succeed(words: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, out, err } = await runProgram(words, options);
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}:\n${out}${err}`);
  return out;
}
