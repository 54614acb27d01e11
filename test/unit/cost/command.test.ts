/** The command `cost`: its options, its errors, its output, and docs/cost.md. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommandLine } from '../../../infra/command-line/parse-command-line.ts';
import { costPage, estimateOf } from '../../../infra/cost/document.ts';
import { loadOf, options } from '../../../infra/cost/options.ts';
import { jsonOf } from '../../../infra/cost/print/json.ts';
import { dollars, reportOf } from '../../../infra/cost/print/report.ts';
import { prices, pricesDate } from '../../../infra/cost/prices.ts';
import { reconcileSteps } from '../../../infra/cost/reconcile.ts';
import definition from '../../../state-machines/reconcile.asl.json' with { type: 'json' };

const page = readFileSync(join(import.meta.dirname, '../../../docs/cost.md'), 'utf8');
const needed = ['--favourites-per-day', '700000', '--restaurants', '160000'];
const loadFrom = (...words: readonly string[]) => loadOf(parseCommandLine(words, options).values);

describe('the options', () => {
  it('have the defaults of the stack, a year of favourites, and the un-marks of the trace', () => {
    expect(loadFrom(...needed)).toMatchObject({
      favouritesPerDay: 700_000,
      timeWindows: { MONTH: 1130, DAY: 62 },
      ranking: {},
      batchingWindowSeconds: 1,
      batchSize: 1_000,
      unmarkShare: 0.17,
      favouritesStored: 700_000 * 0.83 * 365,
      streamShards: undefined,
    });
  });

  it('take windows and ranking as the settings do', () => {
    const words = ['--windows', 'WEEK:100,YEAR:forever', '--ranking', 'ALL_TIME:100,WEEK:off'];
    expect(loadFrom(...needed, ...words)).toMatchObject({
      timeWindows: { WEEK: 100, YEAR: 'forever' },
      ranking: { ALL_TIME: 100, WEEK: 'off' },
    });
    expect(loadFrom(...needed, '--windows', 'none').timeWindows).toEqual({});
  });

  it.each([
    [['--favourites-per-day', '0'], '--favourites-per-day 0: expected a whole number from 1 to'],
    [['--restaurants', 'many'], '--restaurants many: expected a whole number from 1 to'],
    [['--windows', 'MONTH'], '--windows MONTH: expected none, or some of YEAR, MONTH, WEEK, DAY with their'],
    [['--windows', 'HOUR:3'], '--windows HOUR:3: expected none, or some of YEAR, MONTH, WEEK, DAY'],
    [
      ['--ranking', 'DAY:0'],
      '--ranking DAY:0: expected some of ALL_TIME, YEAR, MONTH, WEEK, DAY with on, off',
    ],
    [['--ranking', 'WEEK:off'], '--ranking names WEEK, but only ALL_TIME, MONTH, DAY are counted; add it to'],
    [['--batching-window', '301'], '--batching-window 301: expected a whole number from 0 to 300'],
    [['--unmarks', '-1'], '--unmarks -1: expected a whole number from 0 to 1000'],
    [['--stream-shards', '0'], '--stream-shards 0: expected a whole number from 1 to'],
    [['--json=yes'], '--json takes no value: leave out yes'],
    [['--window', '3'], 'Unknown option --window; the options are --favourites-per-day,'],
  ])('refuse %j and say what is expected', (words, message) => {
    expect(() => loadFrom(...needed, ...words)).toThrow(message);
  });

  it.each([
    [
      ['--restaurants', '9'],
      'No --favourites-per-day: npm run cost -- --favourites-per-day N --restaurants N',
    ],
    [['--favourites-per-day', '9'], 'No --restaurants: npm run cost -- --favourites-per-day N'],
  ])('say what is missing beside %j', (words, message) => {
    expect(() => loadFrom(...words)).toThrow(message);
  });
});

describe('the output', () => {
  it('fits 120 columns, also for very large loads', () => {
    const many = ['--favourites-per-day', '100000000000', '--restaurants', '100000000000'];
    for (const words of [needed, many]) {
      const lines = reportOf(estimateOf(words)).split('\n');
      expect(lines.filter((line) => line.length > 120)).toEqual([]);
      expect(lines.join('\n')).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('is also JSON, with the totals of the table', () => {
    const estimated = estimateOf(needed);
    const parsed = JSON.parse(jsonOf(estimated)) as {
      readonly contenders: readonly { readonly dollarsPerMonth: { readonly onDemand: { total: number } } }[];
      readonly prices: { readonly date: string };
    };
    expect(parsed.prices.date).toBe(pricesDate);
    const totals = parsed.contenders.map(({ dollarsPerMonth }) => dollars(dollarsPerMonth.onDemand.total));
    const [row = ''] = /^Total, on demand.*$/m.exec(reportOf(estimated)) ?? [];
    expect(row.split(/ {2,}/).slice(1)).toEqual(totals);
  });

  it('says where each price comes from', () => {
    for (const { page: source, from } of Object.values(prices)) {
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
      expect(from).not.toBe('');
    }
  });
});

describe('docs/cost.md', () => {
  it('has the output of its commands and the tables of the model: else run npm run docs:cost', () => {
    expect(page).toBe(costPage(page));
    expect(page.match(/^npm run cost -- /gm)).toHaveLength(3);
  });

  it('lists every option once, and no other', () => {
    const table = page.slice(page.indexOf('| `npm run cost -- …` |')).split('\n\n', 1)[0] ?? '';
    const listed = table
      .split('\n')
      .flatMap((row) => Array.from((row.split(' | ', 1)[0] ?? '').matchAll(/--([a-z][a-z-]*)/g)))
      .map(([, name = '']) => name);
    expect(listed.toSorted()).toEqual(Object.keys(options).toSorted());
  });

  it('names the line of Lambda with one shard, and with a longer window', () => {
    const [one, longer] = [
      ['--stream-shards', '1'],
      ['--batching-window', '5'],
    ].map((words) => estimateOf([...needed, ...words]).contenders[0]?.bills.onDemand.lambda ?? Number.NaN);
    const flat = page.replaceAll(/\s+/g, ' ');
    expect(flat).toContain(`2.3 million invocations for $${dollars(one ?? Number.NaN)}, of which`);
    expect(flat).toContain(`a batching window of 5 seconds cost $${dollars(longer ?? Number.NaN)}`);
    expect(Math.max(one ?? Number.NaN, longer ?? Number.NaN)).toBeLessThan(1);
  });
});

describe('a redrive', () => {
  it('enters the states that are billed, one after another', () => {
    const states = definition.States as Readonly<Record<string, unknown>>;
    for (const [index, name] of reconcileSteps.redrive.entries()) {
      const next = reconcileSteps.redrive[index + 1];
      if (next !== undefined) expect(JSON.stringify(states[name])).toContain(JSON.stringify(next));
    }
    expect(Object.keys(states)).toEqual(expect.arrayContaining([...reconcileSteps.redrive]));
  });
});
