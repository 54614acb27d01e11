/**
 * Bundles one handler with esbuild in this process, silently and in tenths of a second, because the local run
 * bundles at every start. The CDK's NodejsFunction starts a child process that reports on stderr.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type BuildOptions, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..');
const environmentCredentials = join(root, 'src/lambda/environment-credentials.ts');

/** Bundles by entry: bundling is most of the time of a synthesis, and the tests synthesize many stacks. */
const bundles = new Map<string, Bundle>();

interface Bundle {
  readonly code: Uint8Array;
  readonly metafile: Metafile;
}

/** Empties `outdir`, writes `index.js` into it, which exports `handler`, and returns `outdir`. */
export function bundleHandler({
  entry,
  outdir,
}: {
  readonly entry: string;
  readonly outdir: string;
}): string {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, 'index.js'), bundleOf(entry).code);
  // The nearest package.json decides how Node reads a .js file; without this one it is the repository's.
  writeFileSync(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
  return outdir;
}

/** What esbuild says of the inputs of the handler's bundle. Their paths are relative to the repository. */
export function handlerMetafile(entry: string): Metafile {
  return bundleOf(entry).metafile;
}

function bundleOf(entry: string): Bundle {
  const bundle = bundles.get(entry) ?? build(entry);
  bundles.set(entry, bundle);
  return bundle;
}

function build(entry: string): Bundle {
  const { outputFiles, metafile } = buildSync({ ...settings, entryPoints: [entry] });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote no file for ${entry}: expected one`);
  return { code: output.contents, metafile };
}

const settings = {
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // CommonJS loads faster than ES modules on a cold start, and needs no shim for `require`.
  format: 'cjs',
  // Prefer ES modules, because esbuild can drop their unused code.
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': environmentCredentials },
  // A source map would be three times as large as the bundle, and is read only after a failure.
  sourcemap: false,
  minify: true,
  legalComments: 'none',
  logLevel: 'silent',
  metafile: true,
  absWorkingDir: root,
} as const satisfies BuildOptions;
