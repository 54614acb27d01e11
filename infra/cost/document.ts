/** Fills docs/cost.md: the output of its commands, the table of settings, and the prices. */
import { parseCommandLine } from '../command-line/parse-command-line.ts';
import { totalOf } from './bill.ts';
import { type Contender, estimate, type Estimate } from './estimate.ts';
import { loadOf, options } from './options.ts';
import { dollars, reportOf } from './print/report.ts';
import { type Price, prices } from './prices.ts';

const SMALL = ['--favourites-per-day', '700000', '--restaurants', '160000'];
const LARGE = ['--favourites-per-day', '70000000', '--restaurants', '160000'];

interface Variant {
  readonly name: string;
  readonly small: readonly string[];
  readonly large: readonly string[];
}

/** Of the windows, about what the hundredth restaurant has: a floor that ranks the top hundred. */
const topHundred = {
  small: 'ALL_TIME:168000,MONTH:16700,DAY:557',
  large: 'ALL_TIME:16800000,MONTH:1670000,DAY:55700',
} as const;

/** The rows of the table of settings. */
const variants: readonly Variant[] = [
  { name: 'the defaults', small: [], large: [] },
  ...['0', '5', '10', '60', '300'].map((seconds) => same('--batching-window', seconds)),
  same('--stream-shards', '1'),
  same('--stream-shards', '1', '--batching-window', '300', '--batch-size', '10000'),
  same('--ranking', 'DAY:off'),
  same('--ranking', 'ALL_TIME:100,MONTH:100,DAY:100'),
  {
    name: 'floors that rank the top 100',
    small: ['--ranking', topHundred.small],
    large: ['--ranking', topHundred.large],
  },
  {
    name: 'these floors, and `--batching-window 60`',
    small: ['--ranking', topHundred.small, '--batching-window', '60'],
    large: ['--ranking', topHundred.large, '--batching-window', '60'],
  },
  same('--ranking', 'ALL_TIME:off,MONTH:off,DAY:off'),
  same('--windows', 'MONTH:1130'),
  same('--windows', 'none'),
];

function same(...words: readonly string[]): Variant {
  return { name: `\`${words.join(' ')}\``, small: words, large: words };
}

export function estimateOf(words: readonly string[]): Estimate {
  return estimate(loadOf(parseCommandLine(words, options).values));
}

/** The page with everything generated anew; the same text if it is up to date. */
export function costPage(page: string): string {
  const command = /(```bash\nnpm run cost -- ([^\n]+)\n```\n\n```text\n)[^`]*(```)/g;
  const filled = page.replace(
    command,
    (_, before: string, words: string, after: string) =>
      `${before}${reportOf(estimateOf(words.split(' ')))}\n${after}`,
  );
  return [settingsTable(), priceTable()].reduce(replaceTable, filled);
}

/** Replaces the table with the same heading. @throws {Error} if the page has no such table */
function replaceTable(page: string, table: readonly string[]): string {
  const [heading = ''] = table;
  const start = page.indexOf(heading);
  if (start === -1) throw new Error(`docs/cost.md has no table with the heading ${heading}`);
  const end = page.indexOf('\n\n', start);
  return page.slice(0, start) + table.join('\n') + page.slice(end === -1 ? page.length - 1 : end);
}

function settingsTable(): readonly string[] {
  const rowOf = ({ name, small, large }: Variant): string => {
    const [ours, add] = linesOf([...SMALL, ...small]);
    const [oursOfMany, addOfMany] = linesOf([...LARGE, ...large]);
    const cells = [
      ...[units(ours), units(add), dollars(ours.bills.onDemand.lambda), dollars(ours.bills.onDemand.logs)],
      ...[total(ours), units(oursOfMany), units(addOfMany), total(oursOfMany)],
    ];
    return `| ${[name, ...cells].join(' | ')} |`;
  };
  return [
    '| with | 0.7 million a day: units an event | (a) | Lambda | logs | total ' +
      '| 70 million: units an event | (a) | total |',
    '|---|---|---|---|---|---|---|---|---|',
    ...variants.map(rowOf),
  ];
}

function linesOf(words: readonly string[]): readonly [ours: Contender, add: Contender] {
  const [ours, add] = estimateOf(words).contenders;
  if (ours === undefined || add === undefined) throw new Error('the estimate lacks ours or (a)');
  return [ours, add];
}

const units = ({ writeUnitsPerEvent }: Contender): string => writeUnitsPerEvent.toFixed(1);
const total = ({ bills }: Contender): string => dollars(totalOf(bills.onDemand));

function priceTable(): readonly string[] {
  return [
    '| dollars | per | set by | where we could read it |',
    '|---|---|---|---|',
    ...Object.values(prices).map(
      ({ dollars: amount, per, page, from }: Price) =>
        `| ${amountText(amount)} | ${per} | [page](${page}) | ${linked(from)} |`,
    ),
  ];
}

/** Small prices are per million. */
function amountText(amount: number): string {
  return amount < 1e-5 ? `${Number((amount * 1e6).toPrecision(6))} a million` : String(amount);
}

function linked(text: string): string {
  return text.replace(/https:\S+/, (address) => `<${address}>`);
}
