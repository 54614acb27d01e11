import { describe, expect, it } from '@jest/globals';
import { DriftRemainsError, reportRun } from '../../../src/reconcile/report/report.ts';
import { type ReconcileMode, type ReportInput } from '../../../src/reconcile/run.ts';
import { noTotals, type StageTotals } from '../../../src/reconcile/totals.ts';
import type { MetricValues } from '../../../src/lambda/emit-metrics.ts';
import { reconcileMetricUnits } from '../../../src/lambda/metrics.ts';

const totals = (some: Partial<StageTotals> = {}): StageTotals => ({ ...noTotals, ...some });
const inputOf = (input: Partial<ReportInput> = {}, mode: ReconcileMode = 'repair'): ReportInput => ({
  runId: 'run-1',
  run: { runId: 'run-1', mode, graceMs: 0, startedAtMs: 0 },
  ...input,
});

async function reportOf(input: ReportInput) {
  const released: string[] = [];
  const emitted: MetricValues[] = [];
  const answer = await reportRun(input, {
    lease: {
      take: () => Promise.reject(new Error('the report must not take a lease')),
      release: (owner) => {
        released.push(owner);
        return Promise.resolve();
      },
    },
    emit: (values) => void emitted.push(values),
  }).catch((error: unknown) => error);
  return { answer, released, emitted };
}

const everything = inputOf({
  redrive: totals({ checked: 9, redriven: 5, left: 4, expired: 1, writeUnits: 30, durationMs: 100 }),
  heal: [
    totals({
      checked: 60,
      found: 2,
      corrected: 2,
      uncountable: 1,
      readUnits: 30.5,
      writeUnits: 8,
      durationMs: 200,
    }),
    totals({ checked: 40, found: 1, corrected: 1, readUnits: 20, durationMs: 300 }),
  ],
  audit: [
    totals({ checked: 5, found: 3, corrected: 3, holds: 1, readUnits: 4, writeUnits: 6, durationMs: 50 }),
    totals({ checked: 6, readUnits: 1 }),
  ],
});

describe('the report of a reconcile', () => {
  it('adds up the totals of each stage over its steps and segments', async () => {
    const { answer } = await reportOf(everything);
    expect(answer).toEqual({
      mode: 'repair',
      registersFound: 3,
      registersCorrected: 3,
      countsFound: 3,
      countsCorrected: 3,
      uncountable: 1,
      notAudited: 0,
      redriven: 5,
      readUnits: 55.5,
      writeUnits: 44,
      stages: {
        redrive: everything.redrive,
        heal: totals({
          checked: 100,
          found: 3,
          corrected: 3,
          uncountable: 1,
          readUnits: 50.5,
          writeUnits: 8,
          durationMs: 500,
        }),
        audit: totals({
          checked: 11,
          found: 3,
          corrected: 3,
          holds: 1,
          readUnits: 5,
          writeUnits: 6,
          durationMs: 50,
        }),
      },
    });
  });

  it('emits every metric of the reconcile once', async () => {
    const { emitted } = await reportOf(everything);
    expect(emitted).toEqual([
      {
        ReconcileFavouritesChecked: 100,
        ReconcileRestaurantsChecked: 11,
        ReconcileRegisterDriftFound: 3,
        ReconcileRegisterDriftCorrected: 3,
        ReconcileCountDriftFound: 3,
        ReconcileCountDriftCorrected: 3,
        ReconcileUncountableRows: 1,
        ReconcileRestaurantsNotAudited: 0,
        ReconcileHolds: 1,
        DeadLettersRedriven: 5,
        DeadLettersLeft: 4,
        DeadLettersExpired: 1,
        ReconcileReadUnits: 55.5,
        ReconcileWriteUnits: 44,
        ReconcileRedriveDuration: 100,
        ReconcileHealDuration: 500,
        ReconcileAuditDuration: 50,
        ReconcileRunsFailed: 0,
      },
    ]);
    expect(Object.keys(emitted[0] ?? {}).toSorted()).toEqual(Object.keys(reconcileMetricUnits).toSorted());
  });

  it('has only zeros after a redrive, except for the dead letters', async () => {
    const { answer } = await reportOf(inputOf({ redrive: totals({ redriven: 2, left: 1 }) }, 'redrive'));
    expect(answer).toMatchObject({
      mode: 'redrive',
      redriven: 2,
      countsFound: 0,
      stages: { heal: noTotals },
    });
  });

  it('releases the run’s lease', async () => {
    expect((await reportOf(everything)).released).toEqual(['run-1']);
  });
});

describe('the two passes of heal', () => {
  const healOf = async (
    verified: Partial<StageTotals>,
    mended: Partial<StageTotals>,
    mode?: ReconcileMode,
  ) => {
    const { answer } = await reportOf(inputOf({ verified, heal: [totals(mended)] }, mode));
    return answer;
  };

  it('are one stage: rows and differences are counted once, and the work of both is added', async () => {
    const rows = { checked: 100, countable: 90, uncounted: 4, notOurs: 5, uncountable: 1, registers: 91 };
    const verified = { ...rows, found: 7, uncounts: 3, readUnits: 60, durationMs: 10 };
    const mended = {
      checked: 50,
      uncountable: 1,
      found: 7,
      corrected: 7,
      uncounts: 3,
      readUnits: 30,
      writeUnits: 9,
    };
    expect(await healOf(verified, mended)).toMatchObject({
      registersFound: 7,
      registersCorrected: 7,
      uncountable: 1,
      readUnits: 90,
      stages: { heal: totals({ ...verified, corrected: 7, readUnits: 90, writeUnits: 9 }) },
    });
  });

  it('report a difference that only the first found as settled', async () => {
    expect(await healOf({ found: 7 }, { found: 5, corrected: 5 })).toMatchObject({
      registersFound: 7,
      registersCorrected: 5,
      stages: { heal: { settled: 2 } },
    });
  });

  it.each([
    [
      'the second found more than it corrected',
      { found: 2 },
      { found: 5, corrected: 4 },
      '1 register of 5 found',
    ],
    ['the second found less, and corrected none', { found: 5 }, { found: 2 }, '2 registers of 5 found'],
  ])('leave drift when %s', async (_, verified, mended, sentence) => {
    expect(((await healOf(verified, mended)) as Error).message).toContain(`Drift remains: ${sentence}.`);
  });

  it('leave all drift in mode verify, which has only the first pass', async () => {
    const { answer } = await reportOf(inputOf({ verified: { found: 3 }, heal: [] }, 'verify'));
    expect((answer as Error).message).toContain('Drift remains: 3 registers of 3 found.');
  });

  it('end with TooMuchDrift when the second pass stopped, even if no drift remains', async () => {
    const input = inputOf({ verified: { found: 3 }, heal: [totals({ found: 3, corrected: 3, stopped: 2 })] });
    const { answer, released, emitted } = await reportOf(input);
    expect(answer).toMatchObject({ name: 'TooMuchDrift', code: 'too-much-drift' });
    const { name, message } = answer as Error;
    expect(message).toMatch(
      /^Too much drift: in 2 segments the second pass of heal would have taken more .* Report: \{/,
    );
    expect(released).toEqual(['run-1']);
    expect(emitted).toEqual([expect.objectContaining({ ReconcileRunsFailed: 1 })]);

    const Cause = JSON.stringify({ errorType: name, errorMessage: message });
    const second = await reportOf({ runId: 'run-1', failure: { Error: name, Cause } });
    expect(second).toMatchObject({ answer: { error: 'TooMuchDrift', cause: message }, emitted: [] });
  });

  it('may be one pass alone, in an execution that began before there were two', async () => {
    const { answer } = await reportOf(inputOf({ heal: [totals({ checked: 4, found: 2, corrected: 2 })] }));
    expect(answer).toMatchObject({ registersFound: 2, stages: { heal: { checked: 4, settled: 0 } } });
  });
});

describe('drift that remains', () => {
  it.each<[string, Partial<ReportInput>, string]>([
    ['registers', { heal: [totals({ found: 5, corrected: 3 })] }, 'Drift remains: 2 registers of 5 found.'],
    ['a count', { audit: [totals({ found: 1 })] }, 'Drift remains: 1 count of 1 found.'],
    [
      'restaurants that were not audited',
      { audit: [totals({ notAudited: 2 })] },
      'Drift remains: 2 restaurants that kept changing.',
    ],
    [
      'registers, counts and restaurants',
      { heal: [totals({ found: 1 })], audit: [totals({ found: 2, notAudited: 1 })] },
      'Drift remains: 1 register of 1 found, 2 counts of 2 found, 1 restaurant that kept changing.',
    ],
  ])('in %s ends the run with an error that says so', async (_, stages, sentence) => {
    const { answer, released, emitted } = await reportOf(inputOf(stages));
    expect(answer).toBeInstanceOf(DriftRemainsError);
    expect(answer).toMatchObject({ name: 'DriftRemains', code: 'drift-remains' });
    expect((answer as Error).message).toContain(sentence);
    expect(released).toEqual(['run-1']);
    expect(emitted).toEqual([expect.objectContaining({ ReconcileRunsFailed: 1 })]);
  });

  it('puts the whole report into the cause, which is the only output of a failed execution', async () => {
    const { answer } = await reportOf(inputOf({ audit: [totals({ found: 2, corrected: 1 })] }));
    const { message } = answer as DriftRemainsError;
    const report: unknown = JSON.parse(message.slice(message.indexOf(' Report: ') + ' Report: '.length));
    expect(report).toMatchObject({
      mode: 'repair',
      countsFound: 2,
      countsCorrected: 1,
      stages: { audit: { found: 2 } },
    });
  });

  it('after a verify makes the error ask for a repair', async () => {
    const { answer } = await reportOf(inputOf({ audit: [totals({ found: 1 })] }, 'verify'));
    expect((answer as Error).message).toContain('Start a run with mode repair');
  });

  it('does not include rows that cannot be counted, or dead letters that stay', async () => {
    const { answer } = await reportOf(
      inputOf({ redrive: totals({ left: 3, expired: 2 }), heal: [totals({ uncountable: 4 })] }),
    );
    expect(answer).toMatchObject({ uncountable: 4 });
  });
});

describe('the report of a failure', () => {
  it('releases the lease and gives the name and message of the function’s error', async () => {
    const Cause = JSON.stringify({
      errorType: 'StoreError',
      errorMessage: 'the table is gone',
      trace: ['at …'],
    });
    const { answer, released, emitted } = await reportOf({
      runId: 'run-1',
      failure: { Error: 'TableReadError', Cause },
    });
    expect(answer).toEqual({ error: 'TableReadError', cause: 'the table is gone' });
    expect(released).toEqual(['run-1']);
    expect(emitted).toEqual([{ ReconcileRunsFailed: 1 }]);
  });

  it.each([
    [{ Error: 'States.Timeout', Cause: 'it took too long' }, 'it took too long'],
    [{ Error: 'States.Timeout', Cause: '' }, 'A state failed with States.Timeout.'],
    [{ Error: 'States.Timeout' }, 'A state failed with States.Timeout.'],
    [{}, 'A state failed with States.TaskFailed.'],
    [{ Cause: '{"errorType":"X"}' }, '{"errorType":"X"}'],
    [{ Cause: 'null' }, 'null'],
    [
      { Error: 'States.ExceedToleratedFailureThreshold', Cause: 'The specified threshold was exceeded' },
      expect.stringMatching(/A segment .* failed.* map run .* start the run again/),
    ],
  ])('gives the best available cause for %j', async (failure, cause) => {
    expect((await reportOf({ runId: 'run-1', failure })).answer).toMatchObject({ cause });
  });

  it('counts a run that decide stopped as failed, and gives the message of decide', async () => {
    const Cause = JSON.stringify({ errorType: 'TooMuchDrift', errorMessage: 'Too much drift: 5 of 5.' });
    const { answer, emitted } = await reportOf({ runId: 'run-1', failure: { Error: 'TooMuchDrift', Cause } });
    expect(answer).toEqual({ error: 'TooMuchDrift', cause: 'Too much drift: 5 of 5.' });
    expect(emitted).toEqual([{ ReconcileRunsFailed: 1 }]);
  });

  it('emits no metrics a second time when drift remains', async () => {
    const first = await reportOf(inputOf({ audit: [totals({ found: 1 })] }));
    const { name, message } = first.answer as Error;
    const Cause = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
    const second = await reportOf({ runId: 'run-1', failure: { Error: name, Cause } });
    expect(second.answer).toEqual({ error: 'DriftRemains', cause: message });
    expect(second.emitted).toEqual([]);
  });
});
