/**
 * `npm run bench:scale`: many favourites through the local pipe with the deployed settings, while one
 * restaurant takes half the traffic. Prints throughput, conflicts, lag and memory over time, and at the end
 * whether every count equals a recount. docs/benchmarks.md says what a run gave. CI does not run it, because
 * its times depend on the machine.
 */
import '../../infra/local/require-node.ts';
import { writeFileSync } from 'node:fs';
import { abortOnSignals, runMain } from '../../infra/command-line/command.ts';
import { InputError } from '../../infra/command-line/input-error.ts';
import {
  type CommandLine,
  type Option,
  textOption,
  wholeNumberOption,
} from '../../infra/command-line/parse-command-line.ts';
import { count } from '../../infra/command-line/text.ts';
import { formatSummary } from '../../infra/local/replay/report.ts';
import { runScale, type Sample, type ScaleResult } from './scale/scale-run.ts';

const SAMPLE_EVERY_MS = 10_000;
const INTERRUPTED = 130;
/** The engine and its large files need a moment. */
const END_WITHIN_MS = 10_000;
const defaults = { favourites: 1_000_000, restaurants: 100_000, viralShare: 0.5, lanes: 4 };

const viralShare: Option<number> = {
  placeholder: 'SHARE',
  help: `share of the marks that one restaurant gets, 0 to 1 (default: ${defaults.viralShare})`,
  parse(text) {
    const share = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (share >= 0 && share <= 1) return share;
    throw new Error('expected a number from 0 to 1');
  },
};

const options = {
  favourites: wholeNumberOption({
    placeholder: 'N',
    help: `how many are marked (default: ${count(defaults.favourites)}); a ninth of them is un-marked too`,
    min: 1,
    max: 100_000_000,
  }),
  restaurants: wholeNumberOption({
    placeholder: 'N',
    help: `besides the viral one (default: ${count(defaults.restaurants)})`,
    min: 1,
    max: 10_000_000,
  }),
  'viral-share': viralShare,
  rate: wholeNumberOption({
    placeholder: 'N',
    help: 'events that are written a second, whatever the lag (default: as many as the pipe follows)',
    min: 1,
    max: 1_000_000,
  }),
  lanes: wholeNumberOption({
    placeholder: 'N',
    help: `pipe.parallelizationFactor (default: ${defaults.lanes})`,
    min: 1,
    max: 10,
  }),
  out: textOption('FILE.json', 'write the lines and the totals to this file'),
};

const help = {
  head: `Counts many favourites with one viral restaurant on the embedded engine.

Usage: npm run bench:scale -- [options]`,
  foot: `
Exit status: 0 when every count equals a recount, 2 when drift remains, 1 for bad input.
`,
};

async function main({ positionals, values }: CommandLine<typeof options>): Promise<number> {
  if (positionals.length > 0) throw new InputError(`Leave out ${positionals[0]}: the bench takes no files.`);
  const load = {
    favourites: values.favourites ?? defaults.favourites,
    restaurants: values.restaurants ?? defaults.restaurants,
    viralShare: values['viral-share'] ?? defaults.viralShare,
    lanes: values.lanes ?? defaults.lanes,
    ...(values.rate !== undefined && { rate: values.rate }),
  };
  const samples: Sample[] = [];
  const writeOut = (totals?: ScaleResult): void => {
    if (values.out !== undefined) writeJson(values.out, { load, samples, ...totals });
  };
  // Fail now, and not after an hour.
  writeOut();
  const signal = abortOnSignals({ endWithinMs: END_WITHIN_MS, lateExitStatus: INTERRUPTED });
  const result = await runScale({
    ...load,
    signal,
    sampleEveryMs: SAMPLE_EVERY_MS,
    onSample(sample) {
      samples.push(sample);
      process.stdout.write(`${lineOf(sample)}\n`);
      writeOut();
    },
  });
  writeOut(result);
  process.stdout.write(`\n${formatSummary(result.report)}\n${totalsOf(result)}\n`);
  return result.report.drift === 0 ? 0 : 2;
}

function lineOf(sample: Sample): string {
  return [
    `${sample.seconds} s: ${count(sample.written)} written`,
    `${count(sample.counted)} counted`,
    `${count(sample.eventsPerSecond)} a second`,
    `${count(sample.conflicts)} conflicts of ${count(sample.conflicts + sample.transactions)} transactions`,
    `${count(sample.failed)} records failed`,
    `lag ${(sample.lagMs / 1000).toFixed(1)} s`,
    `${sample.processMb} MB, engine ${sample.engineMb} MB`,
  ].join(', ');
}

function totalsOf({ conflicts, failed, peakProcessMb }: ScaleResult): string {
  return (
    `${'conflicts'.padEnd(13)}${count(conflicts)} transactions, ${count(failed)} records failed\n` +
    `${'memory'.padEnd(13)}${peakProcessMb} MB at the peak`
  );
}

function writeJson(path: string, value: object): void {
  try {
    writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
  } catch (cause) {
    throw new InputError(`--out ${path} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

runMain({ options, help, interruptedStatus: INTERRUPTED, main });
