/** A folder as an adopter has it, with the built package and the packages that it needs. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Assembly } from '../../infra/local/emulator/run-stack.ts';
import { buildPackage } from '../../infra/package/build.ts';
import manifest from '../../package.json' with { type: 'json' };
import { succeed } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'node_modules/.bin');
/** What adopters install beside the package. The names are those of folders in node_modules. */
const linked = ['@aws-sdk', '@types', 'aws-cdk', 'aws-cdk-lib', 'constructs', 'esbuild', 'tsx', 'typescript'];

export interface AdopterProject extends Disposable {
  readonly directory: string;
  /** Copies a folder of the repository into the project. */
  copy(from: string, to: string): string;
  /** Writes a file, and returns its path. */
  write(path: string, content: string): string;
  /** Runs a program of node_modules/.bin, or Node. @throws with its output if it fails */
  run(
    command: readonly string[],
    options: { readonly cwd: string; readonly environment?: NodeJS.ProcessEnv },
  ): Promise<string>;
  /** The file of the package's command. */
  readonly command: string;
}

export function createAdopterProject(): AdopterProject {
  const directory = mkdtempSync(join(tmpdir(), 'adopter-'));
  const modules = join(directory, 'node_modules');
  const installed = join(modules, manifest.name);
  buildPackage(join(installed, 'dist'));
  writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
  for (const name of linked) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  // NodejsFunction takes the folder of the lock file for the project.
  writeFileSync(join(directory, 'package-lock.json'), '{}');
  return {
    directory,
    command: join(installed, 'dist/command.js'),
    copy(from, to) {
      cpSync(join(root, from), join(directory, to), { recursive: true });
      return join(directory, to);
    },
    write(path, content) {
      const file = join(directory, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    async run(words, { cwd, environment = {} }) {
      const env = {
        HOME: directory,
        PATH: [bin, process.env['PATH']].join(delimiter),
        CDK_DISABLE_VERSION_CHECK: '1',
        ...environment,
      };
      return succeed(words, { cwd, env });
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Runs the app of a folder, as `cdk synth` does. */
export async function synthesizeApp(
  project: AdopterProject,
  cwd: string,
  stackName: string,
): Promise<Assembly> {
  const { app } = JSON.parse(readFileSync(join(cwd, 'cdk.json'), 'utf8')) as { readonly app: string };
  const outdir = join(cwd, 'cdk.out');
  await project.run(['sh', '-c', app], { cwd, environment: { CDK_OUTDIR: outdir } });
  return assemblyIn(outdir, stackName);
}

export function assemblyIn(outdir: string, stackName: string): Assembly {
  const template = JSON.parse(readFileSync(join(outdir, `${stackName}.template.json`), 'utf8')) as unknown;
  return { stackName, template, assemblyDirectory: outdir };
}
