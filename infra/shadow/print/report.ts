/** The report as text, and the differences as a CSV file. */
import { csvField } from '../../command-line/files/output-files.ts';
import { alignColumns, count, plural, shown } from '../../command-line/text.ts';
import { bullets, section } from '../../doctor/print/lines.ts';
import { type Comparison, type Difference, differenceOf, type Right } from '../compare.ts';
import type { RecountTally } from '../read/recount.ts';

export interface ReportOptions {
  readonly comparison: Comparison;
  /** Such as `Shop-Counts`. */
  readonly countsTable: string;
  /** Where the counter is, such as `likeCount of Shop`. */
  readonly counter: string;
  readonly window: string;
  readonly graceSeconds: number;
  /** Undefined: the rows were not counted. */
  readonly recount: (RecountTally & { readonly table: string }) | undefined;
  /** Keyed by what was read, such as `counts`. */
  readonly readUnits: ReadonlyMap<string, number>;
}

const SHOWN_MAX = 20;

const rightTexts: Readonly<Record<Right, string>> = {
  counts: 'the counts',
  counter: 'your counter',
  neither: 'neither',
};

export function reportOf(options: ReportOptions): string {
  const { comparison, countsTable, counter, window } = options;
  const { differences } = comparison;
  return [
    `The counts of ${countsTable} and your counter, ${counter}, in ${window}`,
    comparisonSection(options),
    ...(differences.length > 0 ? [tableSection(differences), rightSection(options)] : []),
    unitsLine(options.readUnits),
  ].join('\n\n');
}

function comparisonSection({ comparison, graceSeconds }: ReportOptions): string {
  const { compared, differences, moving, negative } = comparison;
  const lines = alignColumns(
    [
      [count(compared), 'restaurants with a row on at least one side'],
      [count(compared - differences.length - moving), 'are equal'],
      [count(differences.length), 'differ'],
      ...(moving > 0 ? [[count(moving), 'change too fast to compare; try again at a quieter time']] : []),
    ],
    ['number', 'text'],
  ).split('\n');
  const notes = [
    ...(differences.length > 0
      ? [
          'A difference counts only if it is still there at a second reading, ' +
            `${plural(graceSeconds, 'second')} later.`,
          sumText(differences),
          ...missingTexts(differences),
        ]
      : []),
    'A missing row and a counter below 0 both mean 0.' +
      (negative > 0 ? ` Your counter is below 0 for ${plural(negative, 'restaurant')}.` : ''),
  ];
  return section('Compared', [...lines, ...bullets(notes)]);
}

function sumText(differences: readonly Difference[]): string {
  const all = differences.map(({ pair }) => differenceOf(pair));
  const parts = [
    ['above', all.filter((one) => one > 0)],
    ['below', all.filter((one) => one < 0)],
  ] as const;
  const texts = parts
    .filter(([, some]) => some.length > 0)
    .map(
      ([where, some]) =>
        `${count(Math.abs(sum(some)))} ${where} the counts in ${plural(some.length, 'restaurant')}`,
    );
  const total = count(sum(all.map(Math.abs)));
  return `The differences add up to ${total}: your counter is ${texts.join(', and ')}.`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function missingTexts(differences: readonly Difference[]): readonly string[] {
  const without = (side: 'counts' | 'counter') =>
    differences.filter(({ pair }) => pair[side] === undefined).length;
  const texts = [
    [without('counter'), 'have no row in your counter'],
    [without('counts'), 'have no row in the counts'],
  ] as const;
  const named = texts.filter(([some]) => some > 0).map(([some, text]) => `${count(some)} ${text}`);
  return named.length === 0 ? [] : [`Of those that differ, ${named.join(', and ')}.`];
}

function tableSection(differences: readonly Difference[]): string {
  const hasRecount = differences[0]?.recount !== undefined;
  const some = differences.slice(0, SHOWN_MAX);
  const header = ['restaurant', 'counts', 'counter', 'difference', ...(hasRecount ? ['rows', 'right'] : [])];
  const rows = some.map(({ restaurantId, pair, recount }) => [
    shown(restaurantId),
    countText(pair.counts),
    countText(pair.counter),
    signed(differenceOf(pair)),
    ...(recount ? [count(recount.count), rightTexts[recount.right]] : []),
  ]);
  const columns = ['text', 'number', 'number', 'number', ...(hasRecount ? ['number', 'text'] : [])];
  const more = differences.length - some.length;
  return section(more > 0 ? `The ${SHOWN_MAX} largest differences` : 'The differences', [
    ...alignColumns([header, ...rows], columns as ('text' | 'number')[]).split('\n'),
    ...(more > 0 ? [`and ${count(more)} more: --out FILE.csv writes all of them`] : []),
  ]);
}

function countText(number: number | undefined): string {
  return number === undefined ? 'no row' : count(number);
}

function signed(number: number): string {
  return number > 0 ? `+${count(number)}` : count(number);
}

/** Which of the two is right, or how to find out. */
function rightSection({ comparison: { differences }, recount }: ReportOptions): string {
  const title = 'Which of the two is right';
  if (recount === undefined) {
    const how =
      'Not known yet. Add --recount --favourites-table NAME --source FILE.json: it counts the rows of the ' +
      'table of favourites, and says for each difference which side is right.';
    return section(title, bullets([how]));
  }
  const rightIn = (side: Right) => differences.filter((one) => one.recount?.right === side).length;
  const [counts, neither] = [rightIn('counts'), rightIn('neither')];
  const wrong = differences.length - counts;
  const lines = [
    `The rows of ${recount.table} agree with the counts in ${count(counts)} of these ` +
      `${plural(differences.length, 'difference')}, with your counter in ${count(rightIn('counter'))}, ` +
      `and with neither in ${count(neither)}.`,
    `${plural(recount.counts, 'row')} of the table count${recount.counts === 1 ? 's' : ''} in all` +
      (recount.rejected > 0
        ? `; ${plural(recount.rejected, 'row')} cannot be read by --source, and the counts leave them out.`
        : '.'),
    ...(wrong > 0
      ? [
          'Where the counts are wrong, start a reconcile in mode verify, which says why, or in mode ' +
            'repair, which corrects them.',
        ]
      : []),
  ];
  return section(title, bullets(lines));
}

function unitsLine(readUnits: ReadonlyMap<string, number>): string {
  const parts = Array.from(readUnits, ([what, units]) => `${what} ${count(units)}`);
  const total = sum([...readUnits.values()]);
  return `Read units used: ${count(total)} (${parts.join(', ')}). Nothing was written.`;
}

/** One row for each difference, the largest first. */
export function* differencesCsv(differences: readonly Difference[]): Generator<string> {
  const hasRecount = differences[0]?.recount !== undefined;
  yield `restaurant_id,counts,counter,difference${hasRecount ? ',rows,right' : ''}\n`;
  for (const { restaurantId, pair, recount } of differences) {
    const cells = [
      csvField(restaurantId),
      pair.counts ?? '',
      pair.counter ?? '',
      differenceOf(pair),
      ...(recount ? [recount.count, recount.right] : []),
    ];
    yield `${cells.join()}\n`;
  }
}
