/** The files of the page in the installed package, in place of infra/local/console/page-files.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PageFile, pageFileNames } from '../../local/console/page-file-names.ts';

/** The files by path; the build of the package has bundled them. */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'page', name));
  return new Map(
    pageFileNames.map(({ path, name, contentType }) => [path, { body: read(name), contentType }]),
  );
}
