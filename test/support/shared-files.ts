/** Files that may exist beside the checkout, in ../shared, because they are too large for the repository. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const sharedDirectory = join(import.meta.dirname, '../../../shared');

/**
 * Calls `registerTests` if the files exist. Otherwise it registers no tests, so that a clone without the
 * files skips nothing. The test file needs other tests too, because Jest fails a file that has none.
 * @param registerTests gets the absolute paths of the files
 */
export function withSharedFiles(files: readonly string[], registerTests: (...paths: string[]) => void): void {
  const paths = files.map((file) => join(sharedDirectory, file));
  if (paths.every((path) => existsSync(path))) registerTests(...paths);
}
