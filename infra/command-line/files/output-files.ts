/** The output files of a command. They are checked before the work, which may take long. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../input-error.ts';

/** @throws {InputError} when a file cannot be written, would overwrite the input, or is given twice. */
export function rejectUnwritable(
  outputs: Readonly<Record<string, string | undefined>>,
  { inputs }: { readonly inputs: readonly string[] },
): void {
  const taken = new Map(inputs.map((input) => [realPath(input), 'an input file']));
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

/** Quotes a field of a CSV file if it needs quotes. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
