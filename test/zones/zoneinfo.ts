/** Asks Python's zoneinfo about local times, with the zone data of the package tzdata. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const program = process.env['ZONES_PYTHON'] ?? join(root, '.venv/bin/python');
const script = join(import.meta.dirname, 'zoneinfo_answers.py');

/** Instants are in whole seconds since 1970. */
export interface Question {
  readonly zone: string;
  readonly instants: readonly number[];
  /** Like `2022-08-01`. */
  readonly days: readonly string[];
  /** Local times without an offset, like `2022-08-01T12:00:00`. */
  readonly walls: readonly string[];
}

export interface Answer {
  /** The local time of each instant with its offset; an offset of zero is `Z`. */
  readonly local: readonly string[];
  /** The ISO week of each local time, such as `2022_W31`. */
  readonly weeks: readonly string[];
  /** The first instant of each day, or of the next one if the zone left it out. */
  readonly starts: readonly number[];
  /** The instant of each local time. */
  readonly read: readonly number[];
}

export interface Changes {
  /** The first second of each new offset. */
  readonly transitions: readonly number[];
  /** The release of the zone data, such as `2026c`. */
  readonly version: string;
}

export function zoneChanges(
  zones: readonly string[],
  years: { readonly from: number; readonly to: number },
): readonly Changes[] {
  return ask(zones.map((zone) => ({ zone, ...years }))) as readonly Changes[];
}

export function zoneAnswers(questions: readonly Question[]): readonly Answer[] {
  return ask(questions) as readonly Answer[];
}

/** Whether Python and the package are installed. */
export function isZoneinfoInstalled(): boolean {
  return existsSync(program) && spawnSync(program, ['-c', 'import tzdata']).status === 0;
}

function ask(questions: readonly object[]): readonly unknown[] {
  const { status, stdout, stderr, error } = spawnSync(program, [script], {
    input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
    // Without a path, zoneinfo finds no zone data of the machine and takes the package.
    env: { ...process.env, PYTHONTZPATH: '' },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`, { cause: error });
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}
