/**
 * Finds the files to read: those that are named, or the data files of a folder with an export of DynamoDB to
 * S3, which is `AWSDynamoDB/<export>/data/*.json.gz` beside lists of its files.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reasonOf } from '../../../command-line/files/input-text.ts';
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
/** Levels of folders to search, from the parent of `AWSDynamoDB` down to `data`. */
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
  const exports = foldersWithData(folder, dataNamesIn);
  // If no file looks like data, reading the files that are there says what they are.
  const namesOf = exports.length > 0 ? dataNamesIn : namesLikeData;
  const folders = exports.length > 0 ? exports : foldersWithData(folder, namesOf);
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
  const chosen = namesOf(data).toSorted();
  rejectIncomplete(data, chosen);
  return chosen.map((name) => join(data, name));
}

function foldersWithData(
  folder: string,
  namesOf: (folder: string) => readonly string[],
  depth = 1,
): readonly string[] {
  if (namesOf(folder).length > 0) return [folder];
  if (depth === FOLDERS_DEEP_MAX) return [];
  const folders = namesIn(folder).map((name) => join(folder, name));
  return folders
    .filter((path) => isFolder(path))
    .flatMap((path) => foldersWithData(path, namesOf, depth + 1));
}

function namesLikeData(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => DATA_FILE.test(name) && !isFolder(join(folder, name)));
}

/** Without files such as source.json, and without the unpacked copy of a packed file. */
function dataNamesIn(folder: string): readonly string[] {
  const names = namesLikeData(folder);
  return names.filter(
    (name) => !/\.json$/i.test(name) || (!names.includes(`${name}.gz`) && startsWithItem(join(folder, name))),
  );
}

function startsWithItem(path: string): boolean {
  const start = Buffer.alloc(200);
  try {
    const file = openSync(path, 'r');
    try {
      const length = readSync(file, start);
      return /^\s*\{\s*"Item"/.test(start.toString('utf8', 0, length));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new InputError(`Cannot read ${path}: ${reasonOf(cause)}.`, { cause });
  }
}

/** @throws {InputError} when the export's own list names a file that is missing */
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
  const unpacked = (name: string): string => name.replace(/\.gz$/, '');
  const missing = listed.filter((name) => !names.includes(name) && !names.includes(unpacked(name)));
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
