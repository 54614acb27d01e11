/**
 * `npm run build` writes the package that adopters install to dist/; `npm run build -- DIR` writes it to DIR.
 * It is CommonJS, because that loads by `require`, `import`, Jest, ts-node and tsx alike. Everything is
 * bundled, so the package has no dependencies, and adopters need neither esbuild nor TypeScript. Two builds
 * of the same sources write the same bytes.
 */
import '../local/require-node.ts';
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { handlerDirectory, handlerEntries, type HandlerName } from '../handler-code.ts';
import { pageFileNames } from '../local/console/page-file-names.ts';
import { bundlePage } from '../local/console/page-files.ts';
import { handlerMetafile } from '../bundle-handler.ts';
import { bundleEntries } from './bundle-entries.ts';
import { writeDeclarations } from './declarations.ts';
import { bundledPackages, licencesText } from './licences.ts';

const root = join(import.meta.dirname, '../..');

/** Files that the commands read at run time, and where in dist/ they look for them. */
const copied = {
  'infra/local/emulator/function/worker-runtime.cjs': 'worker-runtime.cjs',
  'infra/local/emulator/engine/dynamodb-local': 'dynamodb-local',
} as const;

export function buildPackage(outdir: string): void {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(join(outdir, 'page'), { recursive: true });
  const page = bundlePage();
  const metafiles: Metafile[] = [bundleEntries(outdir), page.metafile];
  for (const [name, entry] of Object.entries(handlerEntries) as [HandlerName, string][]) {
    handlerDirectory(name, join(outdir, 'handlers', name));
    metafiles.push(handlerMetafile(entry));
  }
  for (const { path, name } of pageFileNames) {
    writeFileSync(join(outdir, 'page', name), page.files.get(path)?.body ?? '');
  }
  for (const [from, to] of Object.entries(copied))
    cpSync(join(root, from), join(outdir, to), { recursive: true });
  writeDeclarations(outdir);
  // Otherwise the package.json above would make these .js files ES modules.
  writeFileSync(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
  writeFileSync(join(outdir, 'third-party-licences.txt'), licencesText(bundledPackages(metafiles)));
  chmodSync(join(outdir, 'command.js'), 0o755);
}

if (import.meta.main) buildPackage(resolve(process.argv[2] ?? join(root, 'dist')));
