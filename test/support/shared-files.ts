/** Files that may lie beside the checkout, in ../shared: too large for the repository. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const sharedDirectory = join(import.meta.dirname, '../../../shared');

/**
 * Calls `registerTests` where the files exist. Elsewhere there are no such tests, so a clone without them
 * skips none. The test file needs other tests, too, because Jest fails a file without any.
 * @param registerTests gets the absolute paths of the files
 */
export function withSharedFiles(files: readonly string[], registerTests: (...paths: string[]) => void): void {
  const paths = files.map((file) => join(sharedDirectory, file));
  if (paths.every((path) => existsSync(path))) registerTests(...paths);
}
