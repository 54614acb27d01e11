/**
 * The example apps, and the snippets of the documents, as an adopter uses them: compiled against the types of
 * the built package, synthesized with it, and run on this machine.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Assembly, runStack, type StackRun } from '../../infra/local/emulator/run-stack.ts';
import { reconcileServices } from '../../infra/local/local-reconcile.ts';
import type { Options } from '../../infra/command-line/parse-command-line.ts';
import { partsOf } from '../../infra/local/emulator/stack/parts.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import manifest from '../../package.json' with { type: 'json' };
import { shapeTable } from '../support/doctor/shape-tables.ts';
import { diagnoseTable } from '../support/doctor/diagnose-table.ts';
import { repositoryFiles } from '../support/repository-files.ts';
import { shellCommands } from '../support/shell-commands.ts';
import { type Snippet, snippetsIn } from '../support/snippets.ts';
import { type AdopterProject, assemblyIn, createAdopterProject, synthesizeApp } from './adopter-project.ts';
import { checkCommand, optionsOf, packageCommands, versionsIn } from './checked-commands.ts';
import { checkJson, checkReplayFile, problemsOf, sourceFor } from './checked-texts.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = repositoryFiles(root);
const pages = files.filter((path) => /^(?:README|CONTRIBUTING)\.md$|^docs\/.*\.md$/.test(path));
const snippets = snippetsIn(root, pages);
const snippetsOf = (...languages: readonly string[]): readonly Snippet[] =>
  snippets.filter(({ language }) => languages.includes(language));
const snippetsWith = (text: string) => snippetsOf('ts').filter(({ code }) => code.includes(text));
const [apps, clients] = [snippetsWith('new FavouriteCounts('), snippetsWith('favourite-counts/client')];
const examples = { 'own-table': 'Restaurants', 'single-table': 'Shop' } as const;
type Example = keyof typeof examples;

let project: AdopterProject;
/** The folder of each snippet of TypeScript. */
const folders = new Map<Snippet, string>();
beforeAll(() => {
  project = createAdopterProject();
  for (const example of Object.keys(examples)) project.copy(`docs/examples/${example}`, example);
  project.copy('docs/examples/own-table/tsconfig.json', 'snippets/tsconfig.json');
  project.write('snippets/package.json', '{ "type": "module" }');
  for (const snippet of snippetsOf('ts')) {
    const folder = `snippets/${snippet.place.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
    folders.set(snippet, dirname(project.write(`${folder}/snippet.ts`, snippet.code)));
    // What the snippets about the construct read.
    project.copy('docs/examples/single-table/likes-source.json', `${folder}/likes-source.json`);
    project.write(`${folder}/app/index.js`, 'exports.handler = async () => {};\n');
  }
});
afterAll(() => project[Symbol.dispose]());

const folderOf = (snippet: Snippet): string => folders.get(snippet) ?? '';
const places = (some: readonly Snippet[]): readonly string[] => some.map(({ place }) => place);

async function runSnippets(given: object, environment: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const script = project.copy('test/examples/run-snippets.mjs', 'run-snippets.mjs');
  const command = ['node', '--import', 'tsx', script, JSON.stringify(given)];
  return JSON.parse(await project.run(command, { cwd: project.directory, environment }));
}

describe('TypeScript in the documents and the examples', () => {
  it('is a part of an app or of application code', () => {
    expect(places(snippetsOf('ts').filter((one) => !apps.includes(one) && !clients.includes(one)))).toEqual(
      [],
    );
    expect(apps.length).toBeGreaterThan(1);
    expect(clients.length).toBeGreaterThan(1);
  });

  it.each([...Object.keys(examples), 'snippets'])(
    'compiles against the types of the package: %s',
    async (folder) => {
      await project.run(['tsc', '--noEmit'], { cwd: join(project.directory, folder) });
    },
  );

  it('synthesizes each construct', async () => {
    await runSnippets({ apps: apps.map(folderOf) });
    for (const snippet of apps) {
      const { template } = assemblyIn(join(folderOf(snippet), 'cdk.out'), 'Shop');
      expect(JSON.stringify(template)).toContain('AWS::Pipes::Pipe');
    }
  });
});

describe('the example apps', () => {
  async function start(example: Example): Promise<StackRun> {
    const directory = join(project.directory, example);
    const assembly: Assembly = await synthesizeApp(project, directory, examples[example]);
    return runStack({ synthesize: () => assembly, services: reconcileServices(() => 0) });
  }

  /** Invokes the function with that output as its name. */
  async function invoke(run: StackRun, output: string, event: object): Promise<unknown> {
    const name = run.stack.outputs[output];
    const outcome = await run.functions.find(({ arn }) => arn.endsWith(`:${name}`))?.invoke(event);
    return outcome?.kind === 'answer' ? outcome.payload : outcome;
  }

  it('mark through the function of own-table, which ranks the mark, and so do the snippets', async () => {
    await using run = await start('own-table');
    const press = (userId: string, pressed = true) =>
      invoke(run, 'HeartsName', { userId, restaurantId: 'trattoria', pressed });

    expect(await press('ada')).toMatchObject({ pressed: true });
    expect(await press('grace')).toMatchObject({ pressed: true });
    await press('grace');
    await run.pipes[0]?.drain();
    const top = [{ restaurantId: 'trattoria', favouriteCount: 2, rank: 1 }];
    expect(await press('ada')).toEqual({ pressed: true, top });

    const config = configOf(run);
    const answers = await runSnippets(
      { clients: clients.map(folderOf), config },
      {
        LIKES: config,
        AWS_ENDPOINT_URL_DYNAMODB: run.engine.endpoint,
        ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
      },
    );
    const expected: Readonly<Record<string, object>> = {
      handler: { restaurants: top },
      likesOf: [{ counts: { ALL_TIME: 2 } }, { counts: { ALL_TIME: 0 } }],
      popular: { restaurants: top },
      popularPage: { status: 200, body: { restaurants: top } },
    };
    const called = answers as readonly (readonly [string, unknown])[];
    expect(called.length).toBeGreaterThanOrEqual(clients.length);
    for (const [name, answer] of called) expect(answer).toMatchObject(expected[name] ?? { never: name });

    expect(await press('ada', false)).toMatchObject({ pressed: false });
    await run.pipes[0]?.drain();
    expect(await press('grace')).toMatchObject({ top: [{ favouriteCount: 1 }] });
  });

  it('count the rows of single-table among others, and rank them', async () => {
    await using run = await start('single-table');
    const createdAt = { S: new Date().toISOString() };
    const put = (PK: string, SK: string) =>
      run.dynamoDb.send(
        new PutItemCommand({
          TableName: run.stack.outputs['TableName'],
          Item: { PK: { S: PK }, SK: { S: SK }, createdAt },
        }),
      );
    for (const [user, restaurant] of ['ada r1', 'grace r1', 'ada r2'].map((pair) => pair.split(' '))) {
      await put(`USER#${user}`, `FAV#${restaurant}`);
    }
    await put('USER#ada', 'PROFILE');
    await put('REST#r3', 'META');
    await run.pipes[0]?.drain();

    expect(await invoke(run, 'PopularName', {})).toEqual({
      restaurants: [
        { restaurantId: 'r1', rank: 1, likes: 2, thisMonth: 2 },
        { restaurantId: 'r2', rank: 2, likes: 1, thisMonth: 1 },
      ],
    });
  });

  it('have the description that the doctor writes for such a table', () => {
    const described = JSON.parse(read('docs/examples/single-table/likes-source.json')) as Source;
    const rows = shapeTable('5', described, { seed: 3, favourites: 600, others: 400, oddShare: 0 });
    const items = rows.items.map((item) => without(item, '_deleted'));
    expect(diagnoseTable({ ...rows, items }).proposed).toEqual(described);
  });

  it('have the versions that this repository tests', () => {
    const { devDependencies, name, version } = manifest;
    for (const example of Object.keys(examples)) {
      const { [name]: own, ...others } = versionsIn(join(root, 'docs/examples', example));
      expect(own).toBe(`file:${name}-${version}.tgz`);
      expect(devDependencies).toMatchObject(others);
    }
  });
});

function without<T extends object>(item: T, attribute: string): T {
  return Object.fromEntries(Object.entries(item).filter(([name]) => name !== attribute)) as T;
}

/** What the construct gives the function of the example. */
function configOf(run: StackRun): string {
  const hearts = partsOf(run.stack, 'function').find(({ settings }) => 'FAVOURITES' in settings.variables);
  return hearts?.settings.variables['FAVOURITES'] ?? '';
}

describe('the other snippets of the documents', () => {
  const options = new Map<string, Options>();
  beforeAll(async () => {
    const helps = packageCommands.map(async (command) => {
      const words = [process.execPath, project.command, command, '--help'];
      options.set(command, optionsOf(await project.run(words, { cwd: project.directory })));
    });
    await Promise.all(helps);
  });

  it('each have a language that this test knows', () => {
    const known = ['ts', 'bash', 'json', 'jsonl', 'csv', 'text'];
    expect(places(snippets.filter(({ language }) => !known.includes(language)))).toEqual([]);
    for (const language of known) expect(snippetsOf(language).length).toBeGreaterThan(0);
  });

  it('are all in fences', () => {
    const indented = pages.filter((page) =>
      /\n\n {4}\S/.test(read(page).replaceAll(/^( *)```.*?^\1```$/gms, '')),
    );
    expect(indented).toEqual([]);
  });

  it('use commands that exist, with options that they take', () => {
    const check = ({ code }: Snippet) => shellCommands(code).forEach((words) => checkCommand(words, options));
    expect(problemsOf(snippetsOf('bash'), check)).toEqual([]);
  });

  it('are JSON that the settings take', () => {
    expect(problemsOf(snippetsOf('json'), ({ code }) => checkJson(code))).toEqual([]);
  });

  it('are files that aggregate reads', async () => {
    const shape: Snippet = { page: '', place: '', language: 'json', code: read('test/shapes/5.json') };
    const sources = [...snippetsOf('json'), shape];
    for (const snippet of snippetsOf('csv', 'jsonl')) {
      const path = project.write(`files/rows.${snippet.language}`, snippet.code);
      await checkReplayFile(path, snippet.language === 'csv' ? defaultSource : sourceFor(snippet, sources));
    }
  });
});
