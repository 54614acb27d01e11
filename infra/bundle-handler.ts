/**
 * Bundles one handler by esbuild: silently, in tenths of a second, and in process, which the CDK's
 * NodejsFunction (a child process that reports on stderr) is not. The local run bundles with every start.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const environmentCredentials = join(import.meta.dirname, '../src/lambda/environment-credentials.ts');

/**
 * By entry. A process that synthesizes many stacks, as the tests do, bundles each handler once: it is most of
 * the time.
 */
const bundles = new Map<string, Uint8Array>();

/**
 * Writes `index.js`, which exports `handler`, and nothing else that runs into `outdir`, and returns `outdir`.
 */
export function bundleHandler({
  entry,
  outdir,
}: {
  readonly entry: string;
  readonly outdir: string;
}): string {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const code = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, code);
  writeFileSync(join(outdir, 'index.js'), code);
  // The nearest package.json decides how Node reads a .js file; without this one the local run would find
  // ours.
  writeFileSync(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
  return outdir;
}

function bundle(entry: string): Uint8Array {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    // CommonJS loads faster cold than ES modules, and the SDK's CommonJS needs no createRequire shim in it.
    // Its ES sources, which come first here, are what esbuild can drop unused code from.
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': environmentCredentials },
    // A source map would be three times the bundle, read only when something fails.
    sourcemap: false,
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${entry}: expected one file`);
  return output.contents;
}
