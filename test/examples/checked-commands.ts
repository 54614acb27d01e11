/** Checks commands of the documents: each exists, and takes these options. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Options, parseCommandLine } from '../../infra/command-line/parse-command-line.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { ShellCommand } from '../support/shell-commands.ts';

/** The commands of the package, in an order that a person meets them. */
export const packageCommands = ['doctor', 'synth', 'shadow', 'cost', 'start', 'aggregate'] as const;

/** What a command says about its options with `--help`. */
export function optionsOf(help: string): Options {
  const lines = help.matchAll(/^ {2}--([a-z-]+)(?: (\S+))?(?: {2,}|$)/gm);
  return Object.fromEntries(
    Array.from(lines, ([, name = '', placeholder = '']) => [
      name,
      { placeholder, help: '', parse: (text: string) => text },
    ]),
  );
}

/** Operations of the AWS CLI with the options that the documents use. Source: AWS CLI command reference. */
const awsOperations: Readonly<Record<string, readonly string[]>> = {
  'dynamodb scan': ['table-name'],
  'lambda invoke': ['function-name', 'payload'],
  'sqs receive-message': ['queue-url'],
  'stepfunctions describe-execution': ['execution-arn'],
  'stepfunctions start-execution': ['state-machine-arn', 'name', 'input'],
};
const awsGlobals = ['query', 'output', 'cli-binary-format'];

/** Source: AWS CDK CLI reference. */
const cdkOptions: Readonly<Record<string, readonly string[]>> = {
  bootstrap: [],
  deploy: ['-c', '--outputs-file'],
  synth: ['--quiet'],
};

/** The subcommands of npm that need no script. */
const npmCommands = ['ci', 'install', 'init', 'pack'];
/** Programs of a shell, or common beside it, and the function that docs/adopt.md defines. */
const tools = ['[', 'reconcile', 'base64', 'grep', 'gunzip', 'jq', 'node', 'sleep'];

/** @param options of each of {@link packageCommands}. @throws {Error} what is wrong with the command */
export function checkCommand(words: ShellCommand, options: ReadonlyMap<string, Options>): void {
  const [program = '', first = '', ...rest] = words;
  if (program === 'npm') return checkNpm([first, ...rest], options);
  if (program === 'npx' && first === 'cdk') return checkCdk(rest);
  if (program === 'npx' && first === 'favourite-counts') return checkOwn(rest, options);
  if (program === 'aws') return checkAws([first, ...rest]);
  if (!tools.includes(program)) throw new Error(`no check knows the command ${program} ${first}`);
}

function checkNpm([command = '', ...rest]: ShellCommand, options: ReadonlyMap<string, Options>): void {
  const [script = '', ...words] = command === 'run' ? rest : [command, ...rest];
  if (command !== 'run' && npmCommands.includes(command)) return;
  if (!Object.hasOwn(manifest.scripts, script)) throw new Error(`package.json has no script ${script}`);
  const [separator, ...args] = words;
  if (separator === undefined) return;
  if (separator !== '--') throw new Error(`npm takes ${separator} itself: write -- before it`);
  checkOwn([script, ...args], options);
}

function checkOwn([command = '', ...words]: ShellCommand, options: ReadonlyMap<string, Options>): void {
  const known = options.get(command);
  if (known === undefined) throw new Error(`the package has no command ${command}`);
  parseCommandLine(words, known);
}

function checkCdk([command = '', ...words]: ShellCommand): void {
  const known = cdkOptions[command];
  if (known === undefined) throw new Error(`no check knows cdk ${command}`);
  rejectUnknown(words, known);
}

function checkAws([service = '', operation = '', ...words]: ShellCommand): void {
  const known = awsOperations[`${service} ${operation}`];
  if (known === undefined) throw new Error(`no check knows aws ${service} ${operation}`);
  rejectUnknown(
    words,
    [...known, ...awsGlobals].map((name) => `--${name}`),
  );
}

function rejectUnknown(words: ShellCommand, known: readonly string[]): void {
  const unknown = words.find((word) => word.startsWith('-') && !known.includes(word));
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; known are ${known.join(', ')}`);
}

/** The versions in the package.json of a folder. */
export function versionsIn(directory: string): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(directory, 'package.json'), 'utf8'),
  ) as Readonly<Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>>;
  return { ...dependencies, ...devDependencies };
}
