/**
 * The package as adopters install it: from nothing, beside the newest and the lowest versions, loaded by
 * everything that people load it with.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '../../infra/command-line/dynamodb/connect.ts';
import type { Engine } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import manifest from '../../package.json' with { type: 'json' };
import { clientConfigOf } from '../../src/client/config.ts';
import { writeTable } from '../support/doctor/write-table.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { AdopterFolder } from './adopter-folder.ts';
import { addTools, clientAdopter, lowestAdopter, newestAdopter } from './adopters.ts';
import { pack, type Packed } from './package-file.ts';
import { stackName } from './readme-app.ts';
import { describeWithRegistry } from './registry.ts';

const INSTALL_TIMEOUT_MS = 240_000;
const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc');

describeWithRegistry()('the package, installed', () => {
  const scratch = temporaryDirectory();
  let packed: Packed;
  let newest: AdopterFolder;
  let oldest: AdopterFolder;
  let first: { readonly seconds: string; readonly packages: readonly string[] };

  beforeAll(async () => {
    packed = await pack(join(scratch.path, 'package'));
    const startedMs = performance.now();
    newest = await newestAdopter(join(scratch.path, 'newest'), packed.path);
    first = { seconds: ((performance.now() - startedMs) / 1000).toFixed(1), packages: newest.packages() };
    [oldest] = await Promise.all([
      lowestAdopter(join(scratch.path, 'lowest'), packed.path),
      addTools(newest),
    ]);
  }, INSTALL_TIMEOUT_MS);
  afterAll(() => scratch[Symbol.dispose]());

  describe('beside the newest versions', () => {
    it('brings no other package', () => {
      const { seconds, packages } = first;
      const others = packages.filter((name) => !/^(?:aws-cdk-lib|@aws-cdk\/[\w-]+|constructs)$/.test(name));
      process.stderr.write(
        `The package has ${Math.round(packed.bytes / 1000)} kB. With aws-cdk-lib and constructs, npm ` +
          `installed ${packages.length} packages in ${seconds} s.\n`,
      );
      expect(others).toEqual([manifest.name]);
    });

    it('synthesizes the app of the README with the CDK’s command', async () => {
      await newest.succeed(['npx', 'cdk', 'synth', '--quiet', '--no-notices', '--app', 'npx tsx app.ts']);
      const { Resources: resources } = JSON.parse(newest.read(`cdk.out/${stackName}.template.json`)) as {
        readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
      };
      const types = Object.values(resources).map(({ Type: type }) => type);
      expect(types).toEqual(expect.arrayContaining(['AWS::Pipes::Pipe', 'AWS::StepFunctions::StateMachine']));
    });

    it('brings no CDK to an application that needs only the client', async () => {
      const application = await clientAdopter(join(scratch.path, 'application'), packed.path);
      const installed = readdirSync(join(application.path, 'node_modules'));
      expect(installed.filter((name) => /cdk|constructs/.test(name))).toEqual([]);
      expect(await application.succeed(['node', '-p', "typeof require('favourite-counts/client')"])).toBe(
        'object\n',
      );
    });

    it('compiles with the newest TypeScript, which checks our declarations too', async () => {
      await newest.succeed([tsc]);
    });
  });

  describe('beside the lowest versions, under Node 20', () => {
    let expected: string;
    beforeAll(async () => {
      expected = await templateOf(['node', 'app.js']);
    });

    async function templateOf(command: readonly string[]): Promise<string> {
      const outdir = join(scratch.path, command.join('-'));
      await oldest.succeed(command, { CDK_OUTDIR: outdir });
      return readFileSync(join(outdir, `${stackName}.template.json`), 'utf8');
    }

    it('runs under Node 20', async () => {
      expect(await oldest.succeed(['node', '--version'])).toMatch(/^v20\./);
    });

    it.each([
      ['an ES module', ['node', 'app.mjs']],
      ['tsx', ['tsx', 'app.ts']],
      ['ts-node, with a tsconfig for CommonJS', ['ts-node', 'app.ts']],
    ])('writes the same template as for require with %s', async (_, command) => {
      expect(await templateOf(command)).toBe(expected);
    });

    it('compiles with TypeScript 5.0 for CommonJS, which checks our declarations too', async () => {
      expect(await oldest.succeed(['node', 'check-types.js'])).toMatch(/^\d\d files, 0 issues\n$/);
    });

    it('loads in a Jest test of the kind that cdk init writes', async () => {
      const { status, err } = await oldest.run(['jest', '--config', 'jest.config.json']);
      expect([status, err]).toEqual([0, expect.stringContaining('1 passed')]);
    });

    it('writes a template for teams without the CDK, with the same bytes in every time zone', async () => {
      const [one, other] = await Promise.all(
        ['Pacific/Auckland', 'America/New_York'].map(async (zone) => {
          const out = join(scratch.path, zone.replace('/', '-'));
          const run = await oldest.run(['favourite-counts', 'synth', '--out', out], { TZ: zone });
          expect(run).toMatchObject({ status: 0, err: '' });
          // The name of a zip contains the hash of its bytes.
          return readdirSync(out).toSorted();
        }),
      );
      expect(one).toEqual(other);
      expect(one?.filter((name) => name.endsWith('.zip'))).toHaveLength(9);
      expect(one?.slice(0, 1)).toEqual(['DEPLOY.md']);
    });
  });

  describe('beside tables, under Node 20', () => {
    const data = temporaryDirectory();
    let engine: Engine;
    beforeAll(async () => {
      engine = await startEngine({ directory: data.path });
      using connection = connect({ endpoint: engine.endpoint }, {});
      await writeTable(connection.dynamoDb, 'Shop', { key: shopKey, items: shopItems });
      await writeTable(connection.dynamoDb, 'Counts', { key: countsKey, items: countItems });
    });
    afterAll(async () => {
      await engine.stop();
      data[Symbol.dispose]();
    });

    const runCommand = (...words: readonly string[]) =>
      oldest.run(['favourite-counts', ...words, '--endpoint', engine.endpoint]);

    it('describes the rows with the doctor', async () => {
      const { err } = await runCommand('doctor', '--table', 'Shop', '--out', 'likes.json');
      expect(err).not.toContain('Warning');
      expect(JSON.parse(oldest.read('likes.json'))).toMatchObject({
        key: [
          { name: 'PK', pattern: 'USER#{user}' },
          { name: 'SK', pattern: 'FAV#{restaurant}' },
        ],
      });
    });

    it('compares the counts with those of a file', async () => {
      oldest.write('counter.csv', `restaurant_id,count\nr1,1\nr2,2\nr3,3\n`);
      const words = ['--counts-table', 'Counts', '--counter-file', 'counter.csv', '--grace', '0'];
      const { status, err } = await runCommand('shadow', ...words);
      expect([status, err]).toEqual([0, expect.not.stringContaining('Warning')]);
    });

    it('reads counts with the client and the lowest version of the SDK', async () => {
      const config = clientConfigOf({
        ...{ countsTable: 'Counts', rankingShards: 1, timeWindows: 'MONTH:1130', timeZone: 'UTC' },
      });
      const out = await oldest.succeed(['node', 'read.mjs'], {
        ...{ ENDPOINT: engine.endpoint, LIKES: JSON.stringify(config) },
        ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
      });
      expect(JSON.parse(out)).toEqual([{ ALL_TIME: 2 }, { ALL_TIME: 0 }]);
    });
  });
});

const shopKey = ['PK', 'SK'].map((name) => ({ name, type: 'S' as const }));
const countsKey = ['restaurant_id', 'time_window'].map((name) => ({ name, type: 'S' as const }));
/** Twenty users like ten restaurants each, and have a profile. */
const shopItems = Array.from({ length: 20 }, (_, user) => [
  { PK: { S: `USER#u${user}` }, SK: { S: 'PROFILE' }, name: { S: `User ${user}` } },
  ...Array.from({ length: 10 }, (__, restaurant) => ({
    PK: { S: `USER#u${user}` },
    SK: { S: `FAV#r${restaurant + user}` },
    createdAt: { S: `2026-01-${String(restaurant + 10)}T12:00:00Z` },
  })),
]).flat();
const countItems = [1, 2, 3].map((count) => ({
  restaurant_id: { S: `r${count}` },
  time_window: { S: 'ALL_TIME' },
  favourite_count: { N: String(count) },
}));
