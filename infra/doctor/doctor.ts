/** `npm run doctor -- --table NAME`: says what a live table holds, and which settings count it. */
import { usageOf } from '#usage';
import { writeFileSync } from 'node:fs';
import type { Source } from '../../src/counting/source/source.ts';
import { abortOnSignals, runMain, unlessAborted } from '../command-line/command.ts';
import { connect, type Connection } from '../command-line/dynamodb/connect.ts';
import { InputError } from '../command-line/input-error.ts';
import {
  type CommandLine,
  endpointOption,
  flagOption,
  type OptionValues,
  textOption,
  wholeNumberOption,
} from '../command-line/parse-command-line.ts';
import { progressLine } from '../command-line/progress-line.ts';
import { sourceOption } from '../command-line/source-file.ts';
import { count } from '../command-line/text.ts';
import { type Diagnosis, diagnose, isEnough } from './diagnose.ts';
import { actions } from './read/actions.ts';
import { readSample } from './read/read-sample.ts';
import { readTableFacts } from './read/table-facts.ts';

const exitStatus = { interrupted: 130 } as const;
/** After a signal, the process ends within this time, even if a request hangs. */
const END_WITHIN_MS = 2_000;
const SAMPLE_ROWS = 5_000;

const options = {
  table: textOption('NAME', 'the table to look at'),
  region: textOption('REGION', 'its AWS region (default: that of your AWS settings)'),
  endpoint: endpointOption('another DynamoDB, such as http://127.0.0.1:8000'),
  source: { ...sourceOption, help: 'check this description, and say what the doctor would propose instead' },
  out: textOption('FILE', 'write the proposed settings to this file, for --source'),
  sample: wholeNumberOption({
    placeholder: 'N',
    help: `rows to read, 100 to 100000 (default: ${SAMPLE_ROWS}; more if favourites are rare)`,
    min: 100,
    max: 100_000,
  }),
  'show-examples': flagOption('also show a few rows of each kind; otherwise no id is shown'),
};

const help = {
  head: `Looks at a live DynamoDB table and prints what it holds and which settings count it. It only reads:
the description of the table, and a sample of its rows with at most 2,000 read units.

Usage: ${usageOf('doctor')} --table NAME [options]`,
  foot: `
With --source it checks that description instead, and says what it would propose.
It needs ${actions.needed.join(' and ')}. Useful, but skipped if denied:
${actions.useful.join(', ')}.

Exit status: 0 when the settings can be used, 2 when something stands in the way, 1 for bad input or when
the table does not look like one that holds favourites, 130 when interrupted.
`,
};

async function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  const { table: tableName } = values;
  if (positionals.length > 0)
    throw new InputError(`Leave out ${positionals[0]}: the table is given by --table.`);
  if (tableName === undefined) {
    throw new InputError(`No table: ${usageOf('doctor')} --table NAME (--help explains more).`);
  }
  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: exitStatus.interrupted });
  using connection = connect(values);
  const diagnosis = await unlessAborted(signal, examine(connection, tableName, values));
  process.stdout.write(`${diagnosis.report}\n`);
  if (values.out !== undefined && diagnosis.proposed !== undefined)
    writeSource(values.out, diagnosis.proposed);
  return diagnosis.exitStatus;
}

async function examine(
  connection: Connection,
  tableName: string,
  values: OptionValues<typeof options>,
): Promise<Diagnosis> {
  const facts = await readTableFacts(connection, tableName);
  const progress = progressLine();
  const table = { facts, given: values.source };
  const sample = await readSample(connection, {
    tableName,
    rows: values.sample ?? SAMPLE_ROWS,
    itemsInTable: facts.items,
    random: Math.random,
    isEnough: (items) => isEnough(items, table),
    onPage: (rows) => progress.update(`Reading a sample: ${count(rows)} rows`),
  });
  progress.end();
  return diagnose({ ...table, sample, nowMs: Date.now(), showExamples: values['show-examples'] === true });
}

function writeSource(path: string, source: Source): void {
  try {
    writeFileSync(path, `${JSON.stringify(source, undefined, 2)}\n`);
    process.stdout.write(`\nThe settings are in ${path}.\n`);
  } catch (cause) {
    throw new InputError(`--out ${path}: cannot write it (${(cause as NodeJS.ErrnoException).code}).`, {
      cause,
    });
  }
}

process.stdout.on('error', () => {});
runMain({ options, help, main, interruptedStatus: exitStatus.interrupted });
