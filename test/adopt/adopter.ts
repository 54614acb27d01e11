/** The machine of an adopter: a folder with a CDK app, in which commands run against ministack. */
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Ministack } from '../deploy/ministack.ts';
import { programOf } from '../deploy/programs.ts';
import { runProgram } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');
/** The slowest command seeds: about a minute for each 20,000 favourites. */
const COMMAND_TIMEOUT_MS = 600_000;

export interface Ran {
  readonly status: number;
  readonly output: string;
}

export interface Adopter {
  write(file: string, content: string): void;
  read(file: string): string;
  /** Runs shell commands. They see the variables that earlier commands set. */
  run(script: string, environment?: Readonly<Record<string, string>>): Promise<Ran>;
}

/** What the CDK app has before it adopts anything. */
const manifest = {
  name: 'shop',
  private: true,
  devDependencies: {
    'aws-cdk': versionOf('aws-cdk'),
    'aws-cdk-lib': versionOf('aws-cdk-lib'),
    constructs: versionOf('constructs'),
    tsx: versionOf('tsx'),
  },
};

const cdkJson = { app: 'tsx shop.ts', versionReporting: false, 'cli-telemetry': false };

export function adopterIn(directory: string, { environment }: Ministack): Adopter {
  const write = (file: string, content: string): void => writeFileSync(join(directory, file), content);
  write('package.json', JSON.stringify(manifest));
  write('cdk.json', JSON.stringify(cdkJson));
  const path = [
    join(directory, 'node_modules/.bin'),
    dirname(programOf('ministack', 'aws')),
    environment['PATH'] ?? '',
  ].join(delimiter);
  const named: string[] = [];
  return {
    write,
    read: (file) => readFileSync(join(directory, file), 'utf8'),
    async run(script, more = {}) {
      const env = {
        ...environment,
        ...more,
        PATH: path,
        npm_config_audit: 'false',
        npm_config_fund: 'false',
      };
      const before = named.join('\n');
      // Outputs and functions that a later block of the page uses.
      named.push(...(script.match(/^[A-Z]+=\$\(node .*$|^\w+\(\) \{\n[^]*?^\}$/gm) ?? []));
      const words = ['bash', '-euo', 'pipefail', '-c', `${before}\n${script}`];
      const { status, out, err } = await runProgram(words, {
        ...{ cwd: directory, env },
        timeoutMs: COMMAND_TIMEOUT_MS,
      });
      return { status, output: `${out}${err}` };
    },
  };
}

function versionOf(name: string): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const version = devDependencies[name];
  if (version === undefined) throw new Error(`${name} is not in package.json`);
  return version;
}
