/** `npm run cost`: what counting costs a month for a load, and how near that load is to each limit. */
import { usageOf } from '#usage';
import { runMain } from '../command-line/command.ts';
import { InputError } from '../command-line/input-error.ts';
import type { CommandLine } from '../command-line/parse-command-line.ts';
import { estimate } from './estimate.ts';
import { loadOf, options } from './options.ts';
import { jsonOf } from './print/json.ts';
import { reportOf } from './print/report.ts';

const help = {
  head: `Estimates what counting costs a month on AWS, by part, beside four other ways to count, and says how
near the load is to each limit of AWS. It sends no request to AWS.

Usage: ${usageOf('cost')} --favourites-per-day N --restaurants N [options]`,
  foot: `
All other settings have their defaults. docs/cost.md says what is measured and what is assumed.
`,
};

function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  if (positionals[0] !== undefined) {
    throw new InputError(`Leave out ${positionals[0]}: the load is given by options (--help lists them).`);
  }
  const estimated = estimate(loadOf(values));
  process.stdout.write(`${values.json === true ? jsonOf(estimated) : reportOf(estimated)}\n`);
  return Promise.resolve(0);
}

process.stdout.on('error', () => {});
runMain({ options, help, main: async (commandLine) => main(commandLine), interruptedStatus: 130 });
