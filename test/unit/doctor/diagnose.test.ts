/** What the report of the doctor says beside the settings. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prices } from '../../../infra/cost/prices.ts';
import { costOf, rateOf, standingCost, unitsPerEvent } from '../../../infra/doctor/cost.ts';
import type { TableFacts } from '../../../infra/doctor/read/table-facts.ts';
import type { CreatedAt } from '../../../src/counting/time-window.ts';
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import { diagnoseTable, nowMs, settingsIn } from '../../support/doctor/diagnose-table.ts';
import { otherTable } from '../../support/doctor/other-tables.ts';

const root = join(import.meta.dirname, '../../..');
const likes = otherTable('likes in a single table, with TTL');
const flat = (report: string) => report.replaceAll(/\s+/g, ' ');
const S = (value: string) => ({ S: value });

describe('what stands in the way', () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:1:table/Table1/stream/1';
  it.each<[string, Partial<TableFacts>, string, 0 | 2]>([
    ['no stream', { stream: undefined }, 'It has no stream. Enable one: aws dynamodb update-table', 2],
    ['keys only', { stream: { arn, viewType: 'KEYS_ONLY' } }, 'need NEW_IMAGE or NEW_AND_OLD_IMAGES', 2],
    ['new images alone', { stream: { arn, viewType: 'NEW_IMAGE' } }, 'each un-mark is billed twice', 0],
    ['a global table', { replicas: ['us-west-2'] }, 'It is a global table, with replicas in us-west-2', 2],
    ['a KMS key', { kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/1' }, 'set existingFavourites.keyArn', 0],
    [
      'time to live',
      { timeToLive: { attribute: 'expiresAt', status: 'ENABLED' } },
      'Rows expire by expiresAt',
      0,
    ],
    ['Kinesis', { kinesisStreams: 1 }, 'It also writes to 1 Kinesis data stream', 0],
    ['a denied request', { denied: ['dynamodb:DescribeStream'] }, 'AWS refused: dynamodb:DescribeStream', 0],
  ])('is named: %s', (_, facts, expected, status) => {
    const { report, exitStatus } = diagnoseTable(likes, { facts });
    expect(flat(report)).toContain(expected);
    expect(exitStatus).toBe(status);
  });

  it('is a stream without old images if the restaurant is in an attribute', () => {
    const facts = { stream: { arn, viewType: 'NEW_IMAGE' } };
    const { report, exitStatus } = diagnoseTable(otherTable('rows of an Amplify application'), { facts });
    expect(flat(report)).toContain('has the view type NEW_IMAGE, but these settings need NEW_AND_OLD_IMAGES');
    expect(exitStatus).toBe(2);
  });

  it('is a soft delete that is NULL in the rows that count', () => {
    const items = Array.from({ length: 100 }, (_, at) => ({
      user_id: S(`u${at % 17}`),
      restaurant_id: S(`r${at}`),
      created_at: S('2026-05-01T00:00:00Z'),
      deleted_at: at % 9 === 0 ? S('2026-06-01T00:00:00Z') : { NULL: true },
    }));
    const key = ['user_id', 'restaurant_id'].map((name) => ({ name, type: 'S' }));
    const { report, exitStatus } = diagnoseTable({ key, items });
    expect(flat(report)).toContain(
      'deleted_at sounds like a soft delete, but it is NULL in rows that are not',
    );
    expect(exitStatus).toBe(2);
  });
});

describe('the report', () => {
  it('lists the kinds of item with their shares, sub-patterns too', () => {
    const { report } = diagnoseTable(likes);
    expect(report).toMatch(/^ {2}USER#… {2}LIKE#… +\d+ +\d+%$/m);
    expect(report).toMatch(/^ {2}USER#… {2}LIKE#META +\d+ +\d/m);
    expect(report).toMatch(/^ {2}POST#… {2}#METADATA +\d+ +\d/m);
  });

  it('names rows of the same user and restaurant', () => {
    const { report } = diagnoseTable(otherTable('rows of an Amplify application'));
    expect(flat(report)).toMatch(/\d+ rows have the same user and restaurant as another row: both count/);
  });

  it('says that one row is too small a sample, and shows no value of it', () => {
    const item = { pk: S('someone|something'), at: S('2026-05-01T00:00:00Z') };
    const { report, exitStatus } = diagnoseTable({ key: [{ name: 'pk', type: 'S' }], items: [item] });
    expect(report).toContain('because one row alone does not show which parts are ids');
    expect(report).not.toMatch(/someone|something/);
    expect(exitStatus).toBe(1);
  });

  it('shows rows only if examples are asked for', () => {
    const [item] = likes.items;
    const id = JSON.stringify(item?.['pk']).slice(6, 40);
    expect(diagnoseTable(likes).report).not.toContain(id);
    expect(diagnoseTable(likes, { showExamples: true }).report).toContain(id);
  });

  it('checks a given description, and names the members that it would change', () => {
    const proposed = settingsIn(diagnoseTable(likes).report) as Source;
    const { report, exitStatus } = diagnoseTable(likes, { given: proposed });
    expect(report).toContain('What the doctor would propose instead\n  nothing: it would propose the same');
    expect(exitStatus).toBe(0);

    const wrong = { ...proposed, createdAt: { attribute: 'created', format: 'rfc3339' as const } };
    const other = diagnoseTable(likes, { given: wrong });
    expect(flat(other.report)).toContain('- createdAt: {"attribute":"likedAt","format":"rfc3339"}');
    expect(flat(other.report)).toContain('expected a date as rfc3339 in created, found nothing');
    expect(other.exitStatus).toBe(2);
  });

  it('says nothing about the kinds of rows that a wrong key rejects', () => {
    const { report, exitStatus } = diagnoseTable(likes, { given: defaultSource });
    expect(flat(report)).toContain('The key of the table is');
    expect(flat(report)).not.toContain('fit the patterns too');
    expect(exitStatus).toBe(2);
  });
});

describe('the cost', () => {
  const page = readFileSync(join(root, 'docs/cost.md'), 'utf8');

  it('uses the units and prices of docs/cost.md', () => {
    const [dated, undated] = [unitsPerEvent(true), unitsPerEvent(false)];
    expect(page).toContain(`costs ${dated[0]} to ${dated[1]} write units`);
    expect(flat(page)).toContain(`it costs ${undated[0]} to ${undated[1]}.`);
    expect(page).toContain(`$${prices.writeUnit.dollars * 1e6} each million write units`);
    expect(page).toContain(`$${prices.readUnit.dollars * 1e6} each million read units`);
    expect(page).toContain(`| Lambda | $${(prices.lambdaRequest.dollars * 1e6).toFixed(2)} each million`);
  });

  it('is 14 units for each of 21 million events that share nothing', () => {
    const { writes, functionAndPipe, total } = costOf(21e6, { isDated: true, shards: 1 });
    expect(writes[1]).toBeCloseTo(21e6 * 14 * 0.625e-6);
    expect(total[1]).toBeCloseTo(writes[1] + functionAndPipe);
  });

  it('is higher with more shards, which make smaller batches', () => {
    const of = (shards: number) => costOf(21e6, { isDated: true, shards }).functionAndPipe;
    expect(of(4)).toBeGreaterThan(2 * of(1));
  });

  it('has the metrics, storage and repair that do not depend on traffic', () => {
    const of = (rows: number) => standingCost(rows, { isDated: true, shards: 1 });
    expect(of(0)).toBeCloseTo(14.2 + 0.7, 0);
    expect(of(100e6)).toBeGreaterThan(of(0) + 15);
  });

  it('extrapolates the rows of the last 30 days to the table', () => {
    const dates = ['2026-06-14T00:00:00Z', '2026-05-20T00:00:00Z', '2026-01-01T00:00:00Z'] as CreatedAt[];
    const rate = rateOf(dates, { sampled: 10, inTable: 1_000, nowMs });
    expect(rate).toMatchObject({ rows: 2, eventsPerMonth: 200, isNow: true });
  });

  it('takes the days before the newest row if none is recent', () => {
    const dates = ['2022-06-14T00:00:00Z', '2022-06-01T00:00:00Z', '2022-01-01T00:00:00Z'] as CreatedAt[];
    const rate = rateOf(dates, { sampled: 3, inTable: 3, nowMs });
    expect(rate).toMatchObject({ rows: 2, eventsPerMonth: 2, isNow: false });
  });

  it('is per million events without dates', () => {
    expect(rateOf(['undated' as CreatedAt], { sampled: 1, inTable: 1, nowMs })).toBeUndefined();
  });
});
