/** The files of an older revision, to measure it beside the work tree. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const BYTES_MAX = 2 ** 28;

/** @throws {Error} for a revision that this clone does not have */
export function checkoutOfRevision(revision: string, directory: string): string {
  mkdirSync(directory, { recursive: true });
  let archive: Buffer;
  try {
    archive = execFileSync('git', ['archive', revision], { cwd: root, maxBuffer: BYTES_MAX, stdio: 'pipe' });
  } catch (cause) {
    throw new Error(`This clone does not have revision ${revision}: give another one with --old`, { cause });
  }
  execFileSync('tar', ['-x', '-C', directory], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}
