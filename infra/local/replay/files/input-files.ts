/**
 * Finds the files to read: those that are named, or the data files of a folder with an export of DynamoDB to
 * S3, which is `AWSDynamoDB/<export>/data/*.json.gz` beside lists of its files.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError } from '../../../command-line/input-error.ts';
import { plural } from '../../../command-line/text.ts';

export interface InputFiles {
  /** For messages. */
  readonly name: string;
  /** In the order in which they are read. Never empty. */
  readonly paths: readonly string[];
  /** The size of all files. */
  readonly bytes: number;
}

const DATA_FILE = /^(?!manifest-)[^._].*\.(?:json|ion)(?:\.gz)?$/i;
/** From the parent of `AWSDynamoDB` to `data`. */
const FOLDERS_DEEP_MAX = 4;

/** @param given one file or folder, or several files. @throws {InputError} */
export function findInputFiles(given: readonly string[]): InputFiles {
  const [first = '', ...others] = given;
  const paths = others.length === 0 && isFolder(first) ? dataFilesOf(first) : given;
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice !== undefined) throw new InputError(`${twice} is named twice; name each file once.`);
  const more = others.length === 0 ? '' : ` and ${plural(others.length, 'more file')}`;
  const bytes = paths.reduce((sum, path) => sum + sizeOf(path), 0);
  return { name: basename(first) + more, paths, bytes };
}

function sizeOf(path: string): number {
  const { size, isDirectory } = statOf(path);
  if (isDirectory) throw new InputError(`Cannot read ${path}: name one folder alone, or files.`);
  return size;
}

function isFolder(path: string): boolean {
  return statOf(path).isDirectory;
}

function statOf(path: string): { readonly size: number; readonly isDirectory: boolean } {
  try {
    const stats = statSync(path);
    return { size: stats.size, isDirectory: stats.isDirectory() };
  } catch (cause) {
    throw new InputError(`Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
  }
}

/** Sorted by name. @throws {InputError} unless exactly one folder under this one holds data files */
function dataFilesOf(folder: string): readonly string[] {
  const folders = foldersWithData(folder, 1);
  const [data, other] = folders;
  if (data === undefined) {
    throw new InputError(
      `${folder} has no data files (*.json.gz or *.json); name the folder of an export of DynamoDB to S3, ` +
        'or a file.',
    );
  }
  if (other !== undefined) {
    throw new InputError(`${folder} has ${folders.length} exports; name one of ${folders.join(', ')}.`);
  }
  const names = namesIn(data).filter((name) => DATA_FILE.test(name));
  const packed = names.filter((name) => /\.gz$/i.test(name));
  // Beside the packed files of an export, a file such as source.json is not data.
  const chosen = (packed.length > 0 ? packed : names).toSorted();
  rejectIncomplete(data, chosen);
  return chosen.map((name) => join(data, name));
}

function foldersWithData(folder: string, depth: number): readonly string[] {
  const names = namesIn(folder);
  const isData = names.some((name) => DATA_FILE.test(name) && !isFolder(join(folder, name)));
  if (isData) return [folder];
  if (depth === FOLDERS_DEEP_MAX) return [];
  const folders = names.map((name) => join(folder, name)).filter((path) => isFolder(path));
  return folders.flatMap((path) => foldersWithData(path, depth + 1));
}

/** @throws {InputError} when the list of the export's files names one that is not there */
function rejectIncomplete(data: string, names: readonly string[]): void {
  const list = join(data, '..', 'manifest-files.json');
  let text: string;
  try {
    text = readFileSync(list, 'utf8');
  } catch {
    return;
  }
  const keys = text.matchAll(/"dataFileS3Key"\s*:\s*"([^"]*)"/g);
  const listed = Array.from(keys, ([, key = '']) => basename(key));
  const missing = listed.filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new InputError(
    `${data} lacks ${missing.length} of the ${plural(listed.length, 'file')} of ${list}, ` +
      `such as ${missing[0]}; download the whole export.`,
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (cause) {
    throw new InputError(`Cannot read ${folder}: ${reasonOf(cause)}.`, { cause });
  }
}

export function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory, expected a file';
  if (code === 'EACCES') return 'it is not readable; change its permissions';
  return message;
}
