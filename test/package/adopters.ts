/** Two adopters: one with the newest versions of everything, one with the lowest and Node 20. */
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import {
  type AdopterFolder,
  adopterFolder,
  findNode20,
  lowest,
  node20Package,
  pinned,
} from './adopter-folder.ts';
import { readReadmeApp } from './readme-app.ts';

const app = readReadmeApp();

/** Beside the lowest CDK: what `cdk init` has, in versions that fit Node 20. */
const tools = {
  ...{ typescript: '5.0.4', 'ts-node': '10.9.2', tsx: manifest.devDependencies.tsx },
  ...{ jest: '29.7.0', 'ts-jest': '29.1.0', '@types/jest': '29.5.0', '@types/node': '20.19.0' },
};

const checked = { strict: true, noEmit: true, skipLibCheck: false, types: ['node'] };
const files = ['app.ts', 'read.ts'];
const oldModules = { target: 'es2018', module: 'commonjs', moduleResolution: 'node', lib: ['es2020'] };
const newModules = { target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext' };
const oldTsconfig = { compilerOptions: { ...oldModules, ...checked, types: ['node', 'jest'] }, files };
const newTsconfig = { compilerOptions: { ...newModules, ...checked }, files };

const readCounts = `
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createFavouriteCountsClient } from 'favourite-counts/client';

const dynamoDb = new DynamoDBClient({ endpoint: process.env.ENDPOINT });
const likes = createFavouriteCountsClient({ config: process.env.LIKES, dynamoDb });
likes
  .countsOf(['r2', 'nobody'], { windows: ['ALL_TIME'] })
  .then((answers) => console.log(JSON.stringify(answers.map(({ counts }) => counts))));
`;

/** Checks what tsc checks with skipLibCheck off, but of all packages only ours: the CDK takes 10 s. */
const checkTypes = `
const ts = require('typescript');
const { options, fileNames } = ts.parseJsonConfigFileContent(require('./tsconfig.json'), ts.sys, __dirname);
const program = ts.createProgram(fileNames, options);
const ours = program.getSourceFiles().filter(({ fileName }) =>
  !/node_modules/.test(fileName) || /node_modules.favourite-counts/.test(fileName));
const issues = ours.flatMap((file) => ts.getPreEmitDiagnostics(program, file));
for (const { file, messageText } of issues) {
  console.error(file.fileName + ': ' + ts.flattenDiagnosticMessageText(messageText, ' '));
}
console.log(ours.length + ' files, ' + issues.length + ' issues');
`;

/** Has the CDK, constructs and the package. @param file the package */
export async function newestAdopter(path: string, file: string): Promise<AdopterFolder> {
  const folder = await adopterFolder(path, process.execPath);
  await folder.install([file, pinned('aws-cdk-lib'), pinned('constructs')]);
  return folder;
}

export async function addTools(folder: AdopterFolder): Promise<void> {
  const names = ['aws-cdk', 'tsx', '@aws-sdk/client-dynamodb', '@types/node'] as const;
  await folder.install(names.map(pinned));
  folder.write('app.ts', app.typescript);
  folder.write('read.ts', readCounts);
  folder.write('tsconfig.json', JSON.stringify(newTsconfig));
}

/** An application without a CDK app. @param file the package */
export async function clientAdopter(path: string, file: string): Promise<AdopterFolder> {
  const folder = await adopterFolder(path, process.execPath);
  await folder.install(['--omit=peer', file, pinned('@aws-sdk/client-dynamodb')]);
  return folder;
}

/** @param file the package */
export async function lowestAdopter(path: string, file: string): Promise<AdopterFolder> {
  const found = findNode20();
  const installed = join(path, 'node_modules', node20Package.replace(/@.*/, ''), 'bin/node');
  const folder = await adopterFolder(path, found ?? installed);
  await folder.install([
    ...[file, lowest('aws-cdk-lib'), lowest('constructs'), lowest('@aws-sdk/client-dynamodb')],
    ...Object.entries(tools).map(([name, version]) => `${name}@${version}`),
    ...(found === undefined ? [node20Package] : []),
  ]);
  folder.write('app.js', app.commonJs);
  folder.write('app.mjs', app.typescript);
  folder.write('app.ts', app.typescript);
  folder.write('read.ts', readCounts);
  folder.write('read.mjs', readCounts);
  folder.write('tsconfig.json', JSON.stringify(oldTsconfig));
  folder.write('check-types.js', checkTypes);
  folder.write('test/app.test.ts', app.jestTest);
  const jestConfig = { testEnvironment: 'node', transform: { '^.+\\.tsx?$': 'ts-jest' } };
  folder.write('jest.config.json', JSON.stringify(jestConfig));
  return folder;
}
