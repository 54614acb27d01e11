import { describe, expect, it } from '@jest/globals';
import type { Comparison, Difference } from '../../../infra/shadow/compare.ts';
import { differencesCsv, reportOf, type ReportOptions } from '../../../infra/shadow/print/report.ts';

const difference = (
  restaurantId: string,
  counts: number | undefined,
  counter: number | undefined,
): Difference => ({
  restaurantId,
  pair: { counts, counter },
});

function report(comparison: Partial<Comparison>, options: Partial<ReportOptions> = {}): string {
  return reportOf({
    comparison: { compared: 1_000, differences: [], moving: 0, negative: 0, ...comparison },
    countsTable: 'Shop-Counts',
    counter: 'likeCount of Shop',
    window: 'ALL_TIME',
    graceSeconds: 10,
    recount: undefined,
    readUnits: new Map([
      ['counts', 34],
      ['counter', 1_200],
    ]),
    ...options,
  });
}

describe('the report of the shadow', () => {
  it('is short if both are equal', () => {
    expect(report({})).toBe(`The counts of Shop-Counts and your counter, likeCount of Shop, in ALL_TIME

Compared
  1,000  restaurants with a row on at least one side
  1,000  are equal
      0  differ
  - A missing row and a counter below 0 both mean 0.

Read units used: 1,234 (counts 34, counter 1,200). Nothing was written.`);
  });

  it('says how many differ, by how much, and how to find out which is right', () => {
    const differences = [
      difference('r1', 100, 1_340),
      difference('r2', 7, undefined),
      difference('r3', 9, 8),
    ];
    expect(report({ differences, moving: 1, negative: 2 })).toBe(
      `The counts of Shop-Counts and your counter, likeCount of Shop, in ALL_TIME

Compared
  1,000  restaurants with a row on at least one side
    996  are equal
      3  differ
      1  change too fast to compare; try again at a quieter time
  - A difference counts only if it is still there at a second reading, 10 seconds later.
  - The differences add up to 1,248: your counter is 1,240 above the counts in 1 restaurant, and 8 below
    the counts in 2 restaurants.
  - Of those that differ, 1 have no row in your counter.
  - A missing row and a counter below 0 both mean 0. Your counter is below 0 for 2 restaurants.

The differences
  restaurant  counts  counter  difference
  'r1'           100    1,340      +1,240
  'r2'             7   no row          -7
  'r3'             9        8          -1

Which of the two is right
  - Not known yet. Add --recount --favourites-table NAME --source FILE.json: it counts the rows of the
    table of favourites, and says for each difference which side is right.

Read units used: 1,234 (counts 34, counter 1,200). Nothing was written.`,
    );
  });

  it('says after a recount which side is right, and what to do', () => {
    const differences = [
      { ...difference('r1', 3, 5), recount: { count: 3, right: 'counts' as const } },
      { ...difference('r2', 1, 2), recount: { count: 2, right: 'counter' as const } },
    ];
    const text = report({ differences }, { recount: { counts: 5, rejected: 1, table: 'Shop' } });
    expect(text).toContain(`
  restaurant  counts  counter  difference  rows  right
  'r1'             3        5          +2     3  the counts
  'r2'             1        2          +1     2  your counter
`);
    expect(text).toContain('agree with the counts in 1 of these 2 differences, with your counter in 1,');
    expect(text).toContain('start a reconcile in mode verify');
    expect(text).toContain('1 row cannot be read by --source');
  });

  it('shows the twenty largest, and writes all to a file', () => {
    const differences = Array.from({ length: 25 }, (_, at) => difference(`r"${at}`, at + 1, 0));
    const text = report({ differences });
    expect(text).toContain('The 20 largest differences');
    expect(text).toContain('and 5 more: --out FILE.csv writes all of them');
    const lines = [...differencesCsv(differences)];
    expect(lines).toHaveLength(26);
    expect(lines.slice(0, 2)).toEqual(['restaurant_id,counts,counter,difference\n', '"r""0",1,0,-1\n']);
  });
});
