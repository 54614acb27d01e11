/** Files that may lie beside the checkout, in ../shared: too large for the repository. */
import { describe } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const sharedDirectory = join(import.meta.dirname, '../../../shared');

/**
 * Registers tests of files beside the checkout. Where a file is missing there are no such tests, so that a clone with
 * nothing beside it skips none. The test file needs other tests, too: Jest fails a file without any.
 * @param tests gets the absolute paths of the files
 */
export function describeWithShared(
  name: string,
  files: readonly string[],
  tests: (...paths: string[]) => void,
): void {
  const paths = files.map((file) => join(sharedDirectory, file));
  if (paths.every((path) => existsSync(path))) describe(name, () => tests(...paths));
}
