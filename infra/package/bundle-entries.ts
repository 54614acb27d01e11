/** Bundles the entry points of the package: the construct, the client and the command. */
import { join } from 'node:path';
import { buildSync, type BuildOptions, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Adopters synthesize with Node 20 or later. Only start and aggregate need Node 24. */
const adopter = 'node20';
const runtime = 'node24';

/** The commands. Each has a file of its own, which command.ts loads only when it is needed. */
const commands = {
  doctor: { entry: 'infra/doctor/doctor.ts', target: adopter },
  synth: { entry: 'infra/synth/synth.ts', target: adopter },
  shadow: { entry: 'infra/shadow/shadow.ts', target: adopter },
  cost: { entry: 'infra/cost/cost.ts', target: adopter },
  start: { entry: 'infra/local/start.ts', target: runtime },
  aggregate: { entry: 'infra/local/aggregate.ts', target: runtime },
} as const;

const cdk = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'];

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  mainFields: ['module', 'main'],
  // The `imports` of package.json name the sources that the package has instead of those of the repository.
  conditions: ['installed'],
  define: { 'import.meta.dirname': '__dirname' },
  // Errors keep their names. Without minify, adopters can read the construct and the client.
  keepNames: true,
  legalComments: 'none',
  logLevel: 'error',
  metafile: true,
  absWorkingDir: root,
} as const satisfies BuildOptions;

/** Writes construct.js, client.js and client.mjs, command.js, and a file for each command. */
export function bundleEntries(outdir: string): Metafile {
  const entries: readonly BuildOptions[] = [
    { entryPoints: { construct: 'infra/constructs/favourite-counts.ts' }, external: cdk, target: adopter },
    ...(['cjs', 'esm'] as const).map((format) => ({
      entryPoints: { client: 'src/client/client.ts' },
      external: ['@aws-sdk/client-dynamodb'],
      target: adopter,
      format,
      // Only bundlers take the ES module (the condition `module`): a bundle of ES modules cannot `require`.
      ...(format === 'esm' && { outExtension: { '.js': '.mjs' } }),
    })),
    {
      entryPoints: { command: 'infra/package/command.ts' },
      target: adopter,
      // No options for Node here, because the `env` of Alpine Linux cannot pass them on.
      banner: { js: '#!/usr/bin/env node' },
    },
    ...Object.entries(commands).map(([name, { entry, target }]) => ({
      entryPoints: { [`command-${name}`]: entry },
      external: cdk,
      target,
      // Half the size; nobody imports these files.
      minify: true,
    })),
  ];
  const metafiles = entries.map((entry) => buildSync({ ...common, ...entry, outdir }).metafile as Metafile);
  return {
    inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)) as Metafile['inputs'],
    outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)) as Metafile['outputs'],
  };
}
