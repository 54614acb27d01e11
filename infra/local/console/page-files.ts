/** The files of the page, bundled from its sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { type PageFile, pageFileNames } from './page-file-names.ts';

const root = join(import.meta.dirname, '../../..');
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
  metafile: true,
  absWorkingDir: root,
} as const satisfies BuildOptions;

/** By path. */
export type PageFiles = ReadonlyMap<string, PageFile>;

export function loadPageFiles(): PageFiles {
  return bundlePage().files;
}

/**
 * Bundles the script and the style sheet in memory, in under a second.
 * @returns also what esbuild says of their inputs, whose paths are relative to the repository
 */
export function bundlePage(): { readonly files: PageFiles; readonly metafile: Metafile } {
  const read = (file: string): Buffer => readFileSync(join(pageFolder, file));
  const { outputFiles, metafile } = buildSync(settings);
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
  const files = new Map(
    pageFileNames.map(({ path, name, contentType }) => [path, { body: bodies[name], contentType }]),
  );
  return { files, metafile };
}
