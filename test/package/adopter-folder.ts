/** A folder of an adopter, with packages that npm has installed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { type Run, type RunOptions, runProgram, succeed as succeedWith } from '../support/run-program.ts';

/** The slowest command installs packages on a busy machine. */
const COMMAND_TIMEOUT_MS = 150_000;

export interface AdopterFolder {
  readonly path: string;
  write(file: string, content: string): void;
  read(file: string): string;
  /** Runs a program of the folder or of this machine, and returns how it ended. */
  run(words: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Run>;
  /** @throws {Error} with its output if it fails */
  succeed(words: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string>;
  install(packages: readonly string[]): Promise<void>;
  /** The packages in node_modules, without those that a package bundles. */
  packages(): readonly string[];
}

/** Makes the folder with `npm init -y`. @param node the program that runs everything in it */
export async function adopterFolder(path: string, node: string): Promise<AdopterFolder> {
  mkdirSync(path, { recursive: true });
  const search = [join(path, 'node_modules/.bin'), dirname(node), process.env['PATH']].join(delimiter);
  const inFolder = (more: NodeJS.ProcessEnv): RunOptions => ({
    cwd: path,
    env: { ...withoutThisRun(), CDK_DISABLE_VERSION_CHECK: '1', ...more, PATH: search },
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  const run: AdopterFolder['run'] = async (words, more = {}) => runProgram(words, inFolder(more));
  const succeed: AdopterFolder['succeed'] = async (words, more = {}) => succeedWith(words, inFolder(more));
  await succeed(['npm', 'init', '-y']);
  return {
    path,
    run,
    succeed,
    write(file, content) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content);
    },
    read: (file) => readFileSync(join(path, file), 'utf8'),
    async install(packages) {
      const options = ['--save-exact', '--prefer-offline', '--no-audit', '--no-fund'];
      await succeed(['npm', 'install', ...options, ...packages]);
    },
    packages() {
      const lock = JSON.parse(readFileSync(join(path, 'package-lock.json'), 'utf8')) as {
        readonly packages: Readonly<Record<string, unknown>>;
      };
      const paths = Object.keys(lock.packages);
      return paths.flatMap((each) => /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(each)?.[1] ?? []);
    },
  };
}

/** The environment without what npm and Jest tell the programs that they run. */
function withoutThisRun(): NodeJS.ProcessEnv {
  const ours =
    /^(?:npm_(?:lifecycle|package|command|execpath|node_execpath)|JEST_|NODE_OPTIONS|NODE_ENV|INIT_CWD)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** `NAME@VERSION`, as this repository has it. */
export function pinned(name: keyof typeof manifest.devDependencies): string {
  return `${name}@${manifest.devDependencies[name]}`;
}

/** `NAME@VERSION`, the lowest of those that the package asks for. */
export function lowest(name: keyof typeof manifest.peerDependencies): string {
  const [version] = /\d+\.\d+\.\d+/.exec(manifest.peerDependencies[name]) ?? [];
  return `${name}@${version}`;
}

/** The Node 20 of this machine; undefined if it has none. */
export function findNode20(): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'));
  return candidates.find((node) => spawnSync(node, ['--version']).stdout?.toString().startsWith('v20.'));
}

/** The package that holds it as `bin/node`, for a machine that has none. */
export const node20Package = `node-${process.platform}-${process.arch}@20.20.2`;
