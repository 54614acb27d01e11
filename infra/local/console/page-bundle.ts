/** The page's script and style sheet, made from page/ by esbuild when the server starts: in memory, in tenths of a second. */
import { join } from 'node:path';
import { buildSync } from 'esbuild';

export interface PageBundle {
  readonly script: Buffer;
  readonly style: Buffer;
}

export function bundlePage(): PageBundle {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, 'page/main.tsx')],
    outdir: 'unused',
    bundle: true,
    write: false,
    platform: 'browser',
    // Browsers of the last two years: light-dark() and nested styles are left as they are.
    target: 'es2024',
    // A plain script: it runs before the first paint, and leaves no names behind.
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const contentsOf = (extension: string): Buffer => {
    const file = outputFiles.find(({ path }) => path.endsWith(extension));
    if (!file) throw new Error(`The page's bundle has no ${extension} file: does page/main.tsx import one?`);
    return Buffer.from(file.contents);
  };
  return { script: contentsOf('.js'), style: contentsOf('.css') };
}
