/**
 * Allows one run per directory. The lock is SQLite's exclusive lock on a separate file. The operating system
 * releases the lock when the process ends, so it never becomes stale, and two runs cannot both get it. A JSON
 * file next to it names the process that holds the lock, for the error message, and its engine process.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject } from '../json.ts';

const SQLITE_BUSY = 5;

/**
 * When a run is killed, a watchdog kills its engine within milliseconds. After this time, this run kills it.
 */
const ORPHAN_GRACE_MS = 2_000;
const ORPHAN_POLL_MS = 10;

interface RunLock {
  /** If this run is killed, the next run waits until this engine has ended. */
  noteEngine(pid: number): void;
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly engine?: ProcessIdentity | undefined;
}

/** @throws when another run uses the directory, or when the directory cannot be created or written */
export async function acquireRunLock(directory: string): Promise<RunLock> {
  makeDirectory(directory);
  const holderFile = join(directory, 'run-lock.json');
  const lock = openExclusively(directory, holderFile);
  const note = (holder: Holder): void => {
    writeFileSync(`${holderFile}.new`, JSON.stringify(holder));
    renameSync(`${holderFile}.new`, holderFile);
  };
  const orphan = readHolder(holderFile)?.engine;
  if (orphan !== undefined) await waitUntilGone(orphan);
  note({ pid: process.pid });
  let released = false;
  return {
    noteEngine(pid) {
      note({ pid: process.pid, engine: identifyProcess(pid) });
    },
    release() {
      if (released) return;
      released = true;
      lock.close();
    },
  };
}

function makeDirectory(directory: string): void {
  try {
    makeMissing(resolve(directory));
  } catch (cause) {
    throw new Error(`Cannot create the database directory ${directory}: choose another one`, { cause });
  }
}

/**
 * Creates the parents one by one, because Node's `recursive` never returns where it must fail, as in /proc.
 */
function makeMissing(directory: string): void {
  if (existsSync(directory)) return;
  makeMissing(dirname(directory));
  mkdirSync(directory);
}

function openExclusively(directory: string, holderFile: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(directory, 'run-lock.sqlite'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    if (!isBusy(cause)) {
      throw new Error(`Cannot write to the directory ${directory}: choose another one`, { cause });
    }
    const pid = readHolder(holderFile)?.pid;
    throw new Error(
      `The directory ${directory} is in use by another run${pid === undefined ? '' : ` (process ${pid})`}. ` +
        'Stop that run, or choose another directory.',
      { cause },
    );
  }
}

/** `instanceof` fails under Jest, where Node's errors come from another realm. */
function isBusy(error: unknown): boolean {
  return isObject(error) && error['errcode'] === SQLITE_BUSY;
}

/** The last run in this directory; undefined in a new one. */
function readHolder(holderFile: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(holderFile, 'utf8'));
    if (!isObject(holder) || typeof holder['pid'] !== 'number') return undefined;
    return { pid: holder['pid'], engine: holder['engine'] as ProcessIdentity | undefined };
  } catch {
    return undefined;
  }
}

/** Waits for the engine of the last run to end, because two engines must never use one database. */
async function waitUntilGone(orphan: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + ORPHAN_GRACE_MS;
  while (isAlive(orphan)) {
    if (Date.now() > deadline) process.kill(orphan.pid, 'SIGKILL');
    await delay(ORPHAN_POLL_MS);
  }
}

/** The start time belongs to it, because the operating system reuses pids. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The process that has this pid now; undefined if no process has it, or only a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = existsSync('/proc/self/stat') ? startedAtByProc(pid) : startedAtByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

function startedAtByProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name, in brackets, may contain anything. Then: state (field 3) … starttime (field 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return undefined; // no such process
  }
}

function startedAtByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
  } catch {
    return undefined; // ps exits with 1 when there is no such process
  }
}
