/**
 * `npm run bench`: ours beside what people would use instead, on the embedded engine, in one run. It takes
 * about ten minutes. docs/benchmarks.md says what it measures.
 */
import '../../infra/local/require-node.ts';
import { writeFileSync } from 'node:fs';
import { runMain } from '../../infra/command-line/command.ts';
import { InputError } from '../../infra/command-line/input-error.ts';
import {
  type CommandLine,
  flagOption,
  type Option,
  textOption,
  wholeNumberOption,
} from '../../infra/command-line/parse-command-line.ts';
import { type ContenderName, contenders } from './contenders/contender-list.ts';
import { comparisons } from './contenders/goals.ts';
import {
  comparisonsTable,
  curveTable,
  linesTable,
  nightlyText,
  ordinaryDayTable,
} from './contenders/print.ts';
import type { BenchResults } from './contenders/results.ts';
import { EVENTS, runBench } from './contenders/run-all.ts';
import { writeDocuments } from './contenders/write-documents.ts';

const only: Option<readonly ContenderName[]> = {
  placeholder: 'CONTENDER',
  help: `only this one; may be given several times: ${contenders.map(({ name }) => name).join(', ')}`,
  parse: (text) => {
    const found = contenders.find(({ name }) => name === text);
    if (found !== undefined) return [found.name];
    throw new Error(`expected one of ${contenders.map(({ name }) => name).join(', ')}`);
  },
  merge: (earlier, later) => [...earlier, ...later],
};

const options = {
  out: textOption('FILE.json', 'write the lines of the table to this file'),
  only,
  events: wholeNumberOption({
    placeholder: 'N',
    help: `events of the largest scenario, 100 to ${EVENTS} (default); the others shrink with it`,
    min: 100,
    max: EVENTS,
  }),
  'write-docs': flagOption('also write the table and the plots into docs/benchmarks.md'),
};

const help = {
  head: `Measures ours beside what people would use instead, on the embedded engine.

Usage: npm run bench -- [options]`,
  foot: `
Exit status: 0 when every goal is met, 2 when one is missed, 1 for bad input.
`,
};

async function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  if (positionals.length > 0) throw new InputError(`Leave out ${positionals[0]}: the bench takes no files.`);
  const isPart = values.only !== undefined || values.events !== undefined;
  if (isPart && values['write-docs'] === true) {
    throw new InputError('--write-docs needs the whole run: leave out --only and --events.');
  }
  const onLines = (lines: BenchResults['lines']): void => {
    if (values.out !== undefined) writeOut(values.out, lines);
  };
  // Fail now, and not after ten minutes.
  onLines([]);
  const startedAtMs = performance.now();
  const results = await runBench({
    only: values.only,
    events: values.events ?? EVENTS,
    say: (line) => process.stderr.write(`${line}\n`),
    onLines,
  });
  const goals = comparisons(results);
  process.stdout.write(`${reportOf(results)}\n\n${comparisonsTable(goals)}\n`);
  process.stdout.write(`\n${((performance.now() - startedAtMs) / 60_000).toFixed(1)} minutes\n`);
  if (values['write-docs'] === true) writeDocuments(results);
  return goals.every(({ isMet }) => isMet) ? 0 : 2;
}

function reportOf(results: BenchResults): string {
  const { traceTitle, lines, ordinaryDay, curve, crossings, nightlyScan } = results;
  const parts = [`trace: ${traceTitle}`, linesTable(lines)];
  if (ordinaryDay.length > 0) {
    parts.push('An ordinary day, Zipf in batches of 80, by AWS’s rules:', ordinaryDayTable(ordinaryDay));
    parts.push('Ours, everything ranked, by the batching window:', curveTable(curve));
    for (const { eventsPerSecond, batchSizeMax, windowSeconds } of crossings) {
      const from = windowSeconds === undefined ? 'at no window' : `from a window of ${windowSeconds} s`;
      parts.push(
        `At ${eventsPerSecond} events/s, batches of at most ${batchSizeMax}: costs no more than (a) ${from}`,
      );
    }
  }
  if (nightlyScan !== undefined) parts.push(nightlyText(nightlyScan));
  return parts.join('\n\n');
}

function writeOut(path: string, lines: BenchResults['lines']): void {
  try {
    writeFileSync(path, `${JSON.stringify(lines, undefined, 2)}\n`);
  } catch (cause) {
    throw new InputError(`--out ${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

runMain({ options, help, interruptedStatus: 130, main });
