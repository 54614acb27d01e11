import { describe, expect, it } from '@jest/globals';
import {
  describeOutcome,
  describeRest,
  formatReconcile,
  reconcileEntry,
  repairEvery,
} from '../../infra/local/replay/reconcile-report.ts';
import type { ReconcileOutcome } from '../../infra/local/local-reconcile.ts';
import { type ReconcileReport } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';

const report: ReconcileReport = {
  mode: 'repair',
  registersFound: 3,
  registersCorrected: 3,
  countsFound: 12,
  countsCorrected: 12,
  uncountable: 1,
  notAudited: 0,
  redriven: 4,
  readUnits: 1234.56,
  writeUnits: 80,
  stages: {
    redrive: { ...noTotals, checked: 5, redriven: 4, left: 1, writeUnits: 30, durationMs: 1_250 },
    heal: { ...noTotals, checked: 1_000, found: 3, corrected: 3, readUnits: 1_030, durationMs: 2_000 },
    audit: {
      ...noTotals,
      checked: 90,
      found: 12,
      corrected: 12,
      readUnits: 204.56,
      writeUnits: 50,
      holds: 2,
    },
  },
};
const quiet: ReconcileReport = {
  ...report,
  registersCorrected: 0,
  countsCorrected: 0,
  redriven: 0,
};

describe('the table of a reconcile', () => {
  it('has a line for each stage', () => {
    expect(formatReconcile(report).split('\n')).toEqual([
      'stage    checked  found  corrected                units  seconds',
      'redrive        5      5          4     0 read, 30 write      1.3',
      'heal       1,000      3          3  1,030 read, 0 write      2.0',
      'audit         90     12         12   205 read, 50 write      0.0',
    ]);
  });

  it('leaves out the stages that a redrive does not run', () => {
    expect(formatReconcile({ ...report, mode: 'redrive' }).split('\n')).toHaveLength(2);
  });

  it('is followed by a line with the other results, if there are any', () => {
    expect(describeRest(report)).toBe(
      '1 row that can never be counted, 2 restaurants asked to hold, 1 dead letter left',
    );
    expect(
      describeRest({
        ...report,
        uncountable: 0,
        stages: { redrive: noTotals, heal: noTotals, audit: noTotals },
      }),
    ).toBeUndefined();
  });

  it('becomes an entry of exactly ten fields in the report', () => {
    expect(reconcileEntry(report)).toEqual({
      mode: 'repair',
      registersFound: 3,
      registersCorrected: 3,
      countsFound: 12,
      countsCorrected: 12,
      uncountable: 1,
      notAudited: 0,
      redriven: 4,
      readUnits: 1234.6,
      writeUnits: 80,
    });
  });
});

describe('a scheduled repair', () => {
  it.each<[string, ReconcileOutcome, string]>([
    [
      'corrections',
      { kind: 'succeeded', report, seconds: 1.23 },
      'Reconcile: 4 dead letters redriven, 3 registers corrected, 12 counts corrected (1.2 s)',
    ],
    [
      'nothing to do',
      { kind: 'succeeded', report: quiet, seconds: 2 },
      'Reconcile: nothing to correct (2.0 s)',
    ],
    ['a run that did not start', { kind: 'busy', reason: 'it lags' }, 'Reconcile did not start: it lags'],
    [
      'a failure',
      { kind: 'failed', error: 'TableGone', cause: 'no table', seconds: 1 },
      'Reconcile failed with TableGone: no table',
    ],
  ])('describes %s in one line', (_, outcome, line) => {
    expect(describeOutcome(outcome)).toBe(line);
  });

  it('repeats until it is aborted', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    await repairEvery({
      run: { reconcile: () => Promise.resolve({ kind: 'succeeded', report: quiet, seconds: 0 }) },
      everyMs: 1,
      graceMs: 1,
      say: (line) => {
        lines.push(line);
        if (lines.length === 3) controller.abort();
      },
      signal: controller.signal,
    });

    expect(lines).toHaveLength(3);
  });
});
