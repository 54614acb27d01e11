/** The files that a command line writes at its end: what stands in their way is said before the work begins. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from './input-error.ts';

/** @throws {InputError} when one cannot be written, would overwrite the input, or is named twice. */
export function rejectUnwritable(
  outputs: Readonly<Record<string, string | undefined>>,
  { input }: { readonly input: string },
): void {
  const taken = new Map([[realPath(input), 'the file to replay']]);
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined) continue;
    if (isDirectory(path)) throw new InputError(`--${option} ${path} is a directory; name a file.`);
    if (!isDirectory(dirname(path))) {
      throw new InputError(`--${option} ${path}: there is no directory ${dirname(path)}; make it first.`);
    }
    const other = taken.get(realPath(path));
    if (other !== undefined) throw new InputError(`--${option} ${path} is ${other} too; name another file.`);
    taken.set(realPath(path), `the file of --${option}`);
    if (!isWritable(existsSync(path) ? path : dirname(path))) {
      throw new InputError(`--${option} ${path} may not be written; change its permissions or name another.`);
    }
  }
}

/** @throws {InputError} naming option and file, when writing fails after all. */
export async function writeOutput(option: string, path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: unknown) => {
    const { message } = cause as NodeJS.ErrnoException;
    throw new InputError(`--${option} ${path} could not be written: ${message}.`, { cause });
  });
}

/** Links followed, as far as the path exists. */
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
