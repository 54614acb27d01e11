/** Every import of a source file, as esbuild's parser finds it, type imports included. */
import { build, type Plugin } from 'esbuild';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

export interface SourceImport {
  /** The file's path from the root, with `/`. */
  readonly from: string;
  /** Path from the root for a relative import, otherwise the specifier (`node:fs`, `esbuild`). */
  readonly to: string;
}

/** All TypeScript files in `root`'s `folders`, as paths from `root`. */
export function sourceFiles(root: string, folders: readonly string[]): readonly string[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx,mts,cts,js,mjs,cjs}`, { cwd: root }))
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted();
}

/** The static, dynamic, type-only and re-exporting imports and `require` calls of every file. */
export async function importsOf(root: string, files: readonly string[]): Promise<readonly SourceImport[]> {
  const imports: SourceImport[] = [];
  const collect: Plugin = {
    name: 'collect-imports',
    setup: ({ onLoad, onResolve }) => {
      onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return { path };
        const from = relative(root, importer);
        imports.push({ from, to: targetOf(path, from) });
        return { path, external: true };
      });
      onLoad({ filter: /.*/ }, ({ path }) => ({
        contents: keepTypeImports(readFileSync(path, 'utf8')),
        loader: path.endsWith('x') ? 'tsx' : 'ts',
      }));
    },
  };
  await build({
    entryPoints: files.map((file) => join(root, file)),
    bundle: true,
    write: false,
    outdir: 'unused',
    platform: 'node',
    format: 'esm', // otherwise top-level await is an error
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [collect],
  });
  return imports;
}

/** An import such as `#usage` is of the file that package.json names for this repository. */
function targetOf(path: string, from: string): string {
  if (path.startsWith('#')) return join(ownImports[path]?.default ?? path);
  return path.startsWith('.') ? join(dirname(from), path) : path;
}

const ownImports: Readonly<Record<string, { readonly default: string } | undefined>> = manifest.imports;

/**
 * Removes the word `type` from `import type …`, because esbuild drops such imports. A match in a comment or a
 * string does no harm.
 */
function keepTypeImports(source: string): string {
  return source
    .replaceAll(/\bimport\s+type\s+(?=[{*\w])(?!from\b)/g, 'import ')
    .replaceAll(/\bexport\s+type\s+(?=[{*])(?=[^;]*?\bfrom\s*['"])/g, 'export ');
}
