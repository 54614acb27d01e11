/** `favourite-counts synth --out DIR`: a CloudFormation template and zip files, for teams without the CDK. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain } from '../command-line/command.ts';
import { InputError } from '../command-line/input-error.ts';
import { type CommandLine, type Option, textOption } from '../command-line/parse-command-line.ts';
import { sourceOption } from '../command-line/source-file.ts';
import { type Settings, SettingsError, settingsFromContext } from '../settings/settings.ts';
import { instructions } from './instructions.ts';
import { portableStack } from './portable-stack.ts';

type Pairs = Readonly<Record<string, string>>;

const setOption: Option<Pairs> = {
  placeholder: 'SETTING=VALUE',
  help: 'a setting from docs/settings.md; may be given several times',
  parse(text) {
    const [, path, value] = /^([\w.]+)=(.*)$/s.exec(text) ?? [];
    if (path === undefined || value === undefined) {
      throw new Error('expected a setting and its value, such as rankingShards=20');
    }
    return { [path]: value };
  },
  merge: (earlier, later) => ({ ...earlier, ...later }),
};

const options = {
  out: textOption('DIR', 'the directory to write to; it must be empty or not exist yet'),
  source: sourceOption,
  set: setOption,
};

const help = {
  head: `Writes a CloudFormation template, the zip files of its functions, and DEPLOY.md with the commands
that deploy them with CloudFormation or Terraform. It needs the package aws-cdk-lib, but no AWS account.

Usage: favourite-counts synth --out DIR [options]`,
  foot: `
The defaults are those of stage prod, so the tables stay when you delete the stack. To count a table that
you have already, set existingFavourites.tableArn and existingFavourites.streamArn.
`,
};

async function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  if (positionals[0] !== undefined)
    throw new InputError(`Leave out ${positionals[0]}: --out names the directory.`);
  const { out } = values;
  if (out === undefined) throw new InputError('No directory: favourite-counts synth --out DIR.');
  const settings = settingsOf(values.set ?? {}, values.source);
  makeEmpty(out);
  const scratch = mkdtempSync(join(tmpdir(), 'favourite-counts-synth-'));
  try {
    // Loading the CDK takes a second, so mistakes are reported first.
    const { synthesize } = await import('../synthesize.ts');
    const { template, zips } = portableStack(synthesize({ settings, outdir: join(scratch, 'assembly') }));
    writeFileSync(join(out, 'template.json'), `${JSON.stringify(template, undefined, 1)}\n`);
    for (const [name, zip] of zips) writeFileSync(join(out, name), zip);
    writeFileSync(join(out, 'DEPLOY.md'), instructions({ settings, zips: [...zips.keys()] }));
    process.stdout.write(
      `${out}: template.json, ${zips.size} zip files, and DEPLOY.md, which says how to deploy.\n`,
    );
    return 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function settingsOf(set: Pairs, source: Settings['source'] | undefined): Settings {
  try {
    return settingsFromContext({ stage: 'prod', ...set, ...(source && { source }) });
  } catch (error) {
    throw error instanceof SettingsError ? new InputError(error.message, { cause: error }) : error;
  }
}

/** Creates the directory. It must be empty, because the commands would upload old zip files too. */
function makeEmpty(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    if (readdirSync(directory).length === 0) return;
  } catch (cause) {
    throw new InputError(`Cannot write to ${directory}: ${(cause as Error).message}.`, { cause });
  }
  throw new InputError(`${directory} is not empty; empty it, or give another directory to --out.`);
}

runMain({ options, help, main, interruptedStatus: 130 });
