/** The files of the page, and the headers of every response of the console. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
}

/** Returns the files by path. esbuild bundles the script and the style sheet in memory, in under a second. */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const pageFolder = join(import.meta.dirname, 'page');
  const read = (file: string): Buffer => readFileSync(join(pageFolder, file));
  const { outputFiles } = buildSync({
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
  });
  const bundled = (extension: string): Buffer => {
    const file = outputFiles.find(({ path }) => path.endsWith(extension));
    if (!file)
      throw new Error(`The bundle of the page has no ${extension} file: does page/main.tsx import one?`);
    return Buffer.from(file.contents);
  };
  return new Map([
    ['/', { body: read('index.html'), contentType: 'text/html; charset=utf-8' }],
    ['/console/page.js', { body: bundled('.js'), contentType: 'text/javascript; charset=utf-8' }],
    ['/console/page.css', { body: bundled('.css'), contentType: 'text/css; charset=utf-8' }],
    ['/console/icon.svg', { body: read('icon.svg'), contentType: 'image/svg+xml' }],
  ]);
}

/** The headers forbid content from other origins, inline code and framing. The page does not need them. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
