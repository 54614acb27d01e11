/**
 * The output files of `npm run aggregate`. It checks before the replay that it can write them.
 */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../command-line/input-error.ts';
import type { CountRow } from './read-tables.ts';

/** @throws {InputError} when a file cannot be written, would overwrite the input, or is given twice. */
export function rejectUnwritable(
  outputs: Readonly<Record<string, string | undefined>>,
  { inputs }: { readonly inputs: readonly string[] },
): void {
  const taken = new Map(inputs.map((input) => [realPath(input), 'the file to replay']));
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    if (isDirectory(path)) throw new InputError(`--${option} ${path} is a directory; name a file.`);
    if (!isDirectory(dirname(path))) {
      throw new InputError(`--${option} ${path}: there is no directory ${dirname(path)}; create it first.`);
    }
    const other = taken.get(realPath(path));
    if (other !== undefined) throw new InputError(`--${option} ${path} is ${other} too; name another file.`);
    taken.set(realPath(path), `the file of --${option}`);
    if (!isWritable(existsSync(path) ? path : dirname(path))) {
      throw new InputError(
        `--${option} ${path} is not writable; change its permissions or name another file.`,
      );
    }
  }
}

/**
 * Writes one part after another, so that a file may be larger than memory.
 * @throws {InputError} with the option and the file, when writing fails.
 */
export async function writeOutput(option: string, path: string, parts: Iterable<string>): Promise<void> {
  await writeFile(path, parts).catch((cause: unknown) => {
    const { message } = cause as NodeJS.ErrnoException;
    throw new InputError(`--${option} ${path} could not be written: ${message}.`, { cause });
  });
}

/** Resolves links in the part of the path that exists. */
function realPath(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  const directory = dirname(absolute);
  return existsSync(directory) ? join(realpathSync(directory), basename(absolute)) : absolute;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** One write for each line would be slow. */
const PART_CHARACTERS_MIN = 65_536;

/** RFC 4180 with LF: one row for each count, in parts of many rows. */
export function* countsCsv(counts: Iterable<CountRow>): Generator<string> {
  let part = 'restaurant_id,time_window,favourite_count\n';
  for (const { restaurantId, timeWindow, count } of counts) {
    part += `${csvField(restaurantId)},${timeWindow},${count}\n`;
    if (part.length < PART_CHARACTERS_MIN) continue;
    yield part;
    part = '';
  }
  yield part;
}

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
