/** Writes the type declarations of the entry points of the package and of all they import, and no others. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Each entry point has a declaration file that only re-exports that of its source. */
const entryPoints = {
  construct: 'infra/constructs/favourite-counts',
  client: 'src/client/client',
} as const;

export function writeDeclarations(outdir: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    emit(scratch);
    const written = new Set<string>();
    for (const [name, source] of Object.entries(entryPoints)) {
      copyReached(source, { from: scratch, to: join(outdir, 'types'), written });
      writeFileSync(join(outdir, `${name}.d.ts`), `export * from './types/${source}.js';\n`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function emit(scratch: string): void {
  const project = join(scratch, 'tsconfig.json');
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        emitDeclarationOnly: true,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: root,
        outDir: scratch,
        typeRoots: [join(root, 'node_modules/@types')],
      },
      include: [],
      files: Object.values(entryPoints).map((source) => join(root, `${source}.ts`)),
    }),
  );
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['--project', project], { stdio: 'inherit' });
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly written: Set<string>;
}

/** @param module path from the root, without `.d.ts` */
function copyReached(module: string, copy: Copy): void {
  if (copy.written.has(module)) return;
  copy.written.add(module);
  const text = readFileSync(join(copy.from, `${module}.d.ts`), 'utf8');
  const target = join(copy.to, `${module}.d.ts`);
  mkdirSync(dirname(target), { recursive: true });
  // TypeScript resolves ./x.js to ./x.d.ts under every setting of moduleResolution, but not ./x.ts.
  writeFileSync(target, text.replaceAll(relativeImport, "$1'$2.js'"));
  for (const [, , path = ''] of text.matchAll(relativeImport)) {
    copyReached(relative('/', join('/', dirname(module), path)), copy);
  }
}

const relativeImport = /(\bfrom |\bimport\()'(\.[^']+)\.ts'/g;
