/** `npm run shadow`: compares the counts with the counter that the team has already. It changes no table. */
import { usageOf } from '#usage';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortOnSignals, runMain, unlessAborted } from '../command-line/command.ts';
import { connect, type Connection } from '../command-line/dynamodb/connect.ts';
import { rejectUnwritable, writeOutput } from '../command-line/files/output-files.ts';
import { InputError } from '../command-line/input-error.ts';
import type { CommandLine } from '../command-line/parse-command-line.ts';
import { progressLine } from '../command-line/progress-line.ts';
import { compareTables } from './compare-tables.ts';
import { options, requestOf } from './options.ts';
import { differencesCsv, reportOf } from './print/report.ts';
import { actions } from './read/table-reader.ts';

const exitStatus = { equal: 0, differ: 2, interrupted: 130 } as const;
/** After a signal, the process ends within this time, even if a request hangs. */
const END_WITHIN_MS = 2_000;

const help = {
  head: `Compares the counts with the counter that you have already, and prints where they differ. A
difference counts only if it is still there at a second reading. Nothing is written to AWS.

Usage: ${usageOf('shadow')} --counts-table NAME \\
         --counter-table NAME --counter-id ID --counter-attribute NAME
       ${usageOf('shadow')} --counts-table NAME --counter-file FILE.csv`,
  foot: `
With --recount it also counts the rows of your table, and says for each difference which side is right.
It needs ${actions.slice(0, -1).join(', ')} and ${actions.at(-1)} on these tables.

Exit status: 0 when both are equal, 2 when they differ, 1 for bad input, 130 when interrupted.
`,
};

async function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  if (positionals.length > 0)
    throw new InputError(`Leave out ${positionals[0]}: tables and files are given by options.`);
  const request = requestOf(values);
  const { out } = values;
  const inputs = request.counter.kind === 'file' ? [request.counter.path] : [];
  rejectUnwritable({ out }, { inputs });
  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: exitStatus.interrupted });
  using connection: Connection = connect(values);
  const progress = progressLine();
  const result = await unlessAborted(
    signal,
    compareTables(connection, request, {
      say: (line) => process.stdout.write(`${line}\n\n`),
      onProgress: (text) => progress.update(text),
      wait: (seconds) => sleep(seconds * 1_000),
    }),
  );
  progress.end();
  process.stdout.write(`${reportOf(result)}\n`);
  const { differences } = result.comparison;
  if (out !== undefined) await writeOutput('out', out, differencesCsv(differences));
  return differences.length > 0 ? exitStatus.differ : exitStatus.equal;
}

process.stdout.on('error', () => {});
runMain({ options, help, main, interruptedStatus: exitStatus.interrupted });
