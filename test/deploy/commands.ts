/** Runs `cdk` and `aws` as a person would, against ministack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOptions, succeed } from '../support/run-program.ts';
import type { Ministack } from './ministack.ts';
import { leaveOutOfTemplate } from './without-unsupported.ts';

const root = join(import.meta.dirname, '../..');
const cdkProgram = join(root, 'node_modules/.bin/cdk');
/** Each takes seconds. */
const COMMAND_TIMEOUT_MS = 120_000;

export type Outputs = Readonly<Record<string, string>>;
type Runner = Pick<Ministack, 'environment'>;

/** Settings as `-c` takes them. */
export type Context = Readonly<Record<string, string>>;

/** `cdk synth -c …` of the app of this repository. */
export async function synth(
  ministack: Runner,
  { context, output }: { readonly context: Context; readonly output: string },
): Promise<void> {
  const settings = Object.entries(context).flatMap(([path, value]) => ['-c', `${path}=${value}`]);
  await cdk(ministack, ['synth', '--quiet', ...settings, '--output', output]);
}

/** `cdk deploy` of a synthesized app with one stack. Returns the outputs of the stack. */
export async function deploy(ministack: Runner, assembly: string): Promise<Outputs> {
  const file = join(assembly, 'outputs.json');
  await cdk(ministack, ['deploy', '--app', assembly, '--outputs-file', file]);
  const stacks = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Outputs>>);
  if (stacks.length !== 1) throw new Error(`${assembly} has ${stacks.length} stacks with outputs, not one`);
  return stacks[0] ?? {};
}

export async function cdk(ministack: Runner, args: readonly string[]): Promise<string> {
  return succeed([cdkProgram, ...args], optionsOf(ministack, root));
}

/**
 * Runs shell commands, such as those that a document or a program prints. `aws` and `cdk` are those of this
 * repository, and talk to ministack.
 */
export async function runScript(ministack: Runner, script: string, cwd: string): Promise<string> {
  return succeed(['bash', '-euo', 'pipefail', '-c', script], optionsOf(ministack, cwd));
}

/**
 * Deploys a template without the CDK: runs the commands in the directory of `template.json`. Returns the
 * outputs of the stack.
 */
export async function deployTemplate(
  ministack: Runner,
  { directory, commands, stackName }: Readonly<Record<'directory' | 'commands' | 'stackName', string>>,
): Promise<Outputs> {
  leaveOutOfTemplate(join(directory, 'template.json'));
  await runScript(ministack, commands, directory);
  const query = `aws cloudformation describe-stacks --stack-name '${stackName}' --query 'Stacks[0].Outputs'`;
  const outputs = JSON.parse(await runScript(ministack, query, directory)) as readonly {
    readonly OutputKey: string;
    readonly OutputValue: string;
  }[];
  return Object.fromEntries(outputs.map(({ OutputKey: name, OutputValue: value }) => [name, value]));
}

function optionsOf({ environment }: Runner, cwd: string): RunOptions {
  return { cwd, env: environment, timeoutMs: COMMAND_TIMEOUT_MS };
}
