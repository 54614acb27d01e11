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

/** @throws {InputError} with the option and the file, when writing fails. */
export async function writeOutput(option: string, path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
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

/**
 * RFC 4180 with LF: one row for each count above 0, sorted by the UTF-8 bytes of restaurant and window, so
 * that the order is the same on every machine.
 */
export function countsCsv(rows: readonly CountRow[]): string {
  const lines = rows
    .filter(({ count }) => count > 0)
    .map((row) => ({ row, restaurant: Buffer.from(row.restaurantId), window: Buffer.from(row.timeWindow) }))
    .toSorted((a, b) => Buffer.compare(a.restaurant, b.restaurant) || Buffer.compare(a.window, b.window))
    .map(({ row }) => [row.restaurantId, row.timeWindow, String(row.count)].map(csvField).join(','));
  return ['restaurant_id,time_window,favourite_count', ...lines, ''].join('\n');
}

export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
