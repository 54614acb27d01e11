/** What is in the package, and what is not. Needs no network. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { handlerEntries } from '../../infra/handler-code.ts';
import { bundleEntries } from '../../infra/package/bundle-entries.ts';
import manifest from '../../package.json' with { type: 'json' };
import { settingsFor } from '../../infra/settings/settings.ts';
import { synthesize } from '../../infra/synthesize.ts';
import { repositoryFiles } from '../support/repository-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { pack, type Packed } from './package-file.ts';

const root = join(import.meta.dirname, '../..');
const BUILD = ['--import', 'tsx', join(root, 'infra/package/build.ts')];

describe('the package', () => {
  const scratch = temporaryDirectory();
  let packed: Packed;
  beforeAll(async () => {
    packed = await pack(join(scratch.path, 'package'));
  });
  afterAll(() => scratch[Symbol.dispose]());
  const read = (path: string): string => readFileSync(join(packed.directory, path), 'utf8');

  it('has the files that an adopter needs, and no source or test', () => {
    const types = packed.files.filter((path) => /^dist\/types\/(?:infra|src)\/.*\.d\.ts$/.test(path));
    const pages = repositoryFiles(root).filter((path) =>
      /^(?:docs\/.*|test\/shapes\/[\w-]+\.json)$/.test(path),
    );
    const handlers = Object.keys(handlerEntries).flatMap((name) => [
      `dist/handlers/${name}/index.js`,
      `dist/handlers/${name}/package.json`,
    ]);
    expect(packed.files.filter((path) => !types.includes(path))).toEqual(
      [
        ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
        ...pages,
        'dist/client.mjs',
        ...['client', 'construct'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
        ...['aggregate', 'cost', 'doctor', 'shadow', 'start', 'synth'].map(
          (name) => `dist/command-${name}.js`,
        ),
        ...['command.js', 'package.json', 'third-party-licences.txt'].map((name) => `dist/${name}`),
        ...['worker-runtime.cjs', 'dynamodb-local/LoopbackServer.java', 'dynamodb-local/pom.xml'].map(
          (name) => `dist/${name}`,
        ),
        ...['icon.svg', 'index.html', 'page.css', 'page.js'].map((name) => `dist/page/${name}`),
        ...handlers,
      ].toSorted(),
    );
  });

  it('has the same bytes when it is built again, elsewhere and in another time zone', () => {
    const again = join(scratch.path, 'again');
    execFileSync(process.execPath, [...BUILD, again], {
      cwd: root,
      env: { ...process.env, TZ: 'Pacific/Auckland' },
    });
    const filesIn = (directory: string) =>
      readdirSync(directory, { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.[a-z]+$/.test(path))
        .toSorted();
    expect(filesIn(again)).toEqual(filesIn(join(packed.directory, 'dist')));
    const differ = filesIn(again).filter(
      (path) => !readFileSync(join(again, path)).equals(readFileSync(join(packed.directory, 'dist', path))),
    );
    expect(differ).toEqual([]);
  });

  it.each([
    ['bundles the SDK too', []],
    ['leaves the SDK outside', ['@aws-sdk/*']],
  ])('has a client that works in a bundle of ES modules that %s', async (_, external) => {
    const app = join(scratch.path, `app-${external.length}`);
    mkdirSync(join(app, 'node_modules'), { recursive: true });
    symlinkSync(packed.directory, join(app, 'node_modules/favourite-counts'));
    symlinkSync(join(root, 'node_modules/@aws-sdk'), join(app, 'node_modules/@aws-sdk'));
    writeFileSync(
      join(app, 'app.mjs'),
      `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
      import { createFavouriteCountsClient } from 'favourite-counts/client';
      try { createFavouriteCountsClient({ config: undefined, dynamoDb: new DynamoDBClient() }); }
      catch (error) { console.log(error.name, error.code); }`,
    );
    const outfile = join(app, 'bundle.mjs');
    await build({
      ...{ absWorkingDir: app, entryPoints: ['app.mjs'], outfile, external, bundle: true },
      ...{
        platform: 'node',
        format: 'esm',
        mainFields: ['module', 'main'],
        preserveSymlinks: true,
        logLevel: 'silent',
        nodePaths: [join(root, 'node_modules')],
      },
    });
    expect(execFileSync(process.execPath, [outfile], { cwd: app, encoding: 'utf8' })).toBe(
      'BadInputError config\n',
    );
  });

  it('contains no path of the machine that built it', () => {
    const naming = packed.files.filter((path) =>
      [root, scratch.path].some((each) => read(path).includes(each)),
    );
    expect(naming).toEqual([]);
  });

  it('has the functions that the stack of this repository deploys', () => {
    const settings = settingsFor('prod');
    const { assemblyDirectory } = synthesize({ settings, outdir: join(scratch.path, 'assembly') });
    const deployed = readdirSync(assemblyDirectory)
      .filter((name) => name.startsWith('asset.'))
      .map((name) => readFileSync(join(assemblyDirectory, name, 'index.js'), 'utf8'));
    expect(
      new Set(Object.keys(handlerEntries).map((name) => read(`dist/handlers/${name}/index.js`))),
    ).toEqual(new Set(deployed));
  });

  it('asks at run time only for packages that it names as peers, each entrance for its own', () => {
    const { outputs } = bundleEntries(join(scratch.path, 'entries'));
    const asked = Object.entries(outputs).map(([path, { imports }]) => {
      const names = imports.map((each) => /^(?:@[^/]+\/)?[^/]+/.exec(each.path)?.[0] ?? '');
      return [basename(path, '.js'), [...new Set(names.filter((name) => !isBuiltin(name)))].toSorted()];
    });
    const cdk = ['aws-cdk-lib', 'constructs'];
    expect(Object.fromEntries(asked)).toEqual({
      construct: cdk,
      client: ['@aws-sdk/client-dynamodb'],
      'client.mjs': ['@aws-sdk/client-dynamodb'],
      command: [],
      ...{ 'command-cost': [], 'command-doctor': [], 'command-shadow': [], 'command-synth': cdk },
      ...{ 'command-aggregate': cdk, 'command-start': cdk },
    });
    const peers = Object.keys(manifest.peerDependencies);
    expect(peers).toEqual(expect.arrayContaining(asked.flatMap(([, names]) => names)));
  });

  it('declares types by itself and the peers alone', () => {
    const imports = packed.files
      .filter((path) => path.endsWith('.d.ts'))
      .flatMap((path) =>
        Array.from(read(path).matchAll(/(?:\bfrom |\bimport\()'([^']+)'/g), ([, to = '']) => ({ path, to })),
      );
    const lost = imports
      .filter(({ to }) => to.startsWith('.'))
      .map(({ path, to }) => normalize(join(dirname(path), to)).replace(/\.js$/, '.d.ts'))
      .filter((file) => !packed.files.includes(file));
    expect(lost).toEqual([]);
    expect(new Set(imports.map(({ to }) => to).filter((to) => !to.startsWith('.')))).toEqual(
      new Set([
        ...['aws-cdk-lib', 'constructs', '@aws-sdk/client-dynamodb'],
        ...['cloudwatch', 'dynamodb', 'iam', 'logs', 'sns', 'sqs', 'stepfunctions'].map(
          (name) => `aws-cdk-lib/aws-${name}`,
        ),
      ]),
    );
  });

  it('lists the licence of every package whose code it has, and npm sbom lists them too', () => {
    const [, list = ''] = read('dist/third-party-licences.txt').split('\n\n');
    const listed = list.split('\n').map((line) => /^(\S+) (\S+): /.exec(line)?.slice(1) ?? []);
    expect(listed.map(([name]) => name)).toEqual(
      expect.arrayContaining(['@aws-sdk/client-dynamodb', 'aws-local-stepfunctions', 'preact', 'valibot']),
    );
    const sbom = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 2 ** 26 });
    const { components } = JSON.parse(sbom.toString()) as {
      readonly components: readonly { readonly purl: string }[];
    };
    const purls = new Set(components.map(({ purl }) => decodeURIComponent(purl)));
    expect(listed.filter(([name, version]) => !purls.has(`pkg:npm/${name}@${version}`))).toEqual([]);
  });
});

describe('the sources of what runs on the machine of an adopter', () => {
  it('use only what Node 20 has', () => {
    const entries = ['constructs/favourite-counts', 'cost/cost', 'doctor/doctor', 'package/command'];
    const words = [
      ...['--noEmit', '--ignoreConfig', '--lib', 'es2023,es2024.string,esnext.disposable', '--types', 'node'],
      ...['--target', 'es2023', '--module', 'nodenext', '--strict', '--skipLibCheck'],
      ...['--allowImportingTsExtensions', '--resolveJsonModule', '--exactOptionalPropertyTypes'],
      ...[...entries, 'shadow/shadow', 'synth/synth'].map((entry) => `infra/${entry}.ts`),
      'src/client/client.ts',
    ];
    const tsc = join(root, 'node_modules/.bin/tsc');
    expect(() => execFileSync(tsc, words, { cwd: root, encoding: 'utf8' })).not.toThrow();
  });
});
