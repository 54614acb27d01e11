/** The files of the page, bundled from its sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { type PageFile, pageFileNames } from './page-file-names.ts';

const pageFolder = join(import.meta.dirname, 'page');

const settings = {
  entryPoints: [join(pageFolder, 'main.tsx')],
  outdir: 'unused',
  bundle: true,
  write: false,
  platform: 'browser',
  // Targets browsers of the last two years, so that esbuild does not rewrite light-dark() and nested
  // styles.
  target: 'es2024',
  // A classic script, which runs before the first paint and defines no global names.
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  legalComments: 'none',
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** Returns the files by path. esbuild bundles the script and the style sheet in memory, in under a second. */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const read = (file: string): Buffer => readFileSync(join(pageFolder, file));
  const { outputFiles } = buildSync(settings);
  const bundled = (extension: string): Buffer => {
    const file = outputFiles.find(({ path }) => path.endsWith(extension));
    if (!file)
      throw new Error(`The bundle of the page has no ${extension} file: does page/main.tsx import one?`);
    return Buffer.from(file.contents);
  };
  const bodies = {
    'index.html': read('index.html'),
    'page.js': bundled('.js'),
    'page.css': bundled('.css'),
    'icon.svg': read('icon.svg'),
  };
  return new Map(
    pageFileNames.map(({ path, name, contentType }) => [path, { body: bodies[name], contentType }]),
  );
}

/** What esbuild says of the inputs of the page. @param root the paths are relative to it */
export function pageMetafile(root: string): Metafile {
  return buildSync({ ...settings, metafile: true, absWorkingDir: root }).metafile;
}
