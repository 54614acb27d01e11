/** Runs the state machine of the synthesized template in an interpreter of Amazon States Language. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { StateMachineSettings } from '../../infra/local/emulator/workflow/states.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import type { ReportInput, SegmentInput, SegmentStep } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import { synthesizeTemplate } from '../support/synthesized-template.ts';
import {
  crashed,
  createWorkflowBench,
  lambdaError,
  machineOf,
  playReport,
  segments,
  type Stage,
  stepDone,
  timedOut,
} from '../support/workflow-bench.ts';

let settings: StateMachineSettings;
beforeAll(async () => {
  settings = await machineOf(synthesizeTemplate(settingsFor('dev')));
});

const stagesOf = (bench: { readonly calls: readonly { readonly stage: string }[] }) =>
  bench.calls.map(({ stage }) => stage);

/** Both segments are summed and compared, and decide looks at the estimate. */
const digests: readonly Stage[] = ['Digest', 'Digest', 'Digest', 'Decide'];

describe('the reconcile state machine', () => {
  it('plans, redrives, heals, audits and reports in this order, segment by segment', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Heal: (step: SegmentInput) =>
          step.pass === 'mend'
            ? stepDone(step, { checked: 10, found: 2, corrected: 2, readUnits: 5 })
            : stepDone(step, { checked: 10, countable: 10, found: 2, readUnits: 5 }),
        Audit: (step: SegmentInput) => stepDone(step, { checked: 3, found: 1, corrected: 1, writeUnits: 4 }),
      },
    });

    const outcome = await bench.reconcile({ mode: 'repair', graceMs: 70 }, { name: 'run-1' });

    expect(stagesOf(bench)).toEqual([
      ...[
        'Plan',
        'Redrive',
        ...digests,
        'Heal',
        'Heal',
        'Decide',
        'Heal',
        'Heal',
        'Audit',
        'Audit',
        'Report',
      ],
    ]);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      report: {
        mode: 'repair',
        registersFound: 4,
        registersCorrected: 4,
        countsFound: 2,
        countsCorrected: 2,
        readUnits: 20,
        writeUnits: 8,
        stages: { heal: { checked: 20 }, audit: { checked: 6 } },
      },
    });
    const [plan, redrive, ...steps] = bench.calls.map(({ payload }) => payload);
    expect(plan).toEqual({ runId: 'run-1', lagMs: null, input: { mode: 'repair', graceMs: 70 } });
    const run = { runId: 'run-1', mode: 'repair', graceMs: 70, startedAtMs: 1 };
    expect(redrive).toEqual({ run });
    const digest = { key: 'key-1', rounds: [{ cells: 4096 }] };
    const mended = segments('favourites', 2).map((work) => ({ ...work, uncountsMax: 10 }));
    expect(steps.filter((step) => 'work' in (step as object))).toEqual([
      ...segments('favourites', 2).map((work) => ({ run, work, digest })),
      ...segments('favourites', 2).map((work) => ({ run, work, digest, pass: 'verify' })),
      ...mended.map((work) => ({ run, work, digest, pass: 'mend' })),
      ...segments('countedFavourites', 2).map((work) => ({ run, work })),
    ]);
  });

  it('passes the measured lag to plan', async () => {
    const bench = await createWorkflowBench({ settings, plays: {}, lagMs: 1234 });

    await bench.reconcile({ mode: 'verify' });

    expect(bench.calls[0]?.payload).toMatchObject({ lagMs: [1234] });
  });

  it('calls a step again with its own cursor until it is done, and counts no total twice', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Redrive: (step: object, call) => ({
          ...step,
          totals: { ...noTotals, redriven: call },
          done: call === 3,
        }),
        Heal: (step: SegmentInput) => {
          const checked = (step.totals?.checked ?? 0) + 1;
          return {
            ...step,
            cursor: `after ${checked}`,
            totals: { ...noTotals, checked },
            rejections: [],
            done: checked === 4,
          };
        },
      },
    });

    const outcome = await bench.reconcile({ mode: 'repair' });

    const cursors = bench.calls
      .filter(({ stage }) => stage === 'Heal')
      .map(({ payload }) => payload as SegmentStep)
      .filter(({ work }) => work.segment === 0)
      .map(({ cursor }) => cursor);
    expect(cursors).toEqual([undefined, 'after 1', 'after 2', 'after 3']);
    expect(outcome).toMatchObject({ report: { redriven: 3, stages: { heal: { checked: 8 } } } });
  });

  it('continues from the last cursor when a step reaches the Lambda timeout', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Heal: (step: SegmentInput, call) => {
          if (call === 3) return timedOut;
          const checked = (step.totals?.checked ?? 0) + 100;
          return {
            ...step,
            cursor: `after ${checked}`,
            totals: { ...noTotals, checked },
            rejections: [],
            done: checked === 400,
          };
        },
        Plan: ({ runId }: { readonly runId: string }) => ({
          kind: 'planned',
          run: { runId, mode: 'repair', graceMs: 0, startedAtMs: 1 },
          heal: segments('favourites', 1),
          audit: [],
          digest: { key: 'key-1', rounds: [{ cells: 4096 }] },
        }),
      },
    });

    const outcome = await bench.reconcile({ mode: 'repair' });

    const cursors = bench.calls
      .filter(({ stage }) => stage === 'Heal')
      .map(({ payload }) => (payload as SegmentStep).cursor);
    expect(cursors).toEqual([undefined, 'after 100', 'after 200', 'after 200', 'after 300']);
    expect(outcome).toMatchObject({ kind: 'succeeded', report: { stages: { heal: { checked: 400 } } } });
  });

  it.each([
    ['a throttled invocation', lambdaError('TooManyRequestsException', 'Rate exceeded')],
    ['a crashed worker', crashed],
    ['a throttled table', lambdaError('ProvisionedThroughputExceededException', 'slow down')],
  ])('retries after %s', async (_, failure) => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Redrive: (step: SegmentInput, call) => (call < 3 ? failure : stepDone(step)),
        Audit: (step: SegmentInput, call) => (call < 3 ? failure : stepDone(step)),
      },
    });

    expect(await bench.reconcile({ mode: 'repair' })).toMatchObject({ kind: 'succeeded' });
  });

  it('only redrives in mode redrive', async () => {
    const bench = await createWorkflowBench({ settings, plays: {} });

    const outcome = await bench.reconcile({ mode: 'redrive' });

    expect(stagesOf(bench)).toEqual(['Plan', 'Redrive', 'Report']);
    expect(outcome).toMatchObject({ kind: 'succeeded', report: { mode: 'redrive' } });
  });

  it('ends at once with the reason when another run holds the lease', async () => {
    const reason = 'run-7 holds the lease until 12:00';
    const bench = await createWorkflowBench({ settings, plays: { Plan: () => ({ kind: 'busy', reason }) } });

    expect(await bench.reconcile({ mode: 'repair' })).toEqual({ kind: 'busy', reason });
    expect(await bench.reconcile({ mode: 'redrive' })).toEqual({ kind: 'busy', reason });
    expect(stagesOf(bench)).toEqual(['Plan', 'Plan']);
    expect(await bench.workflow.run({ mode: 'repair' })).toEqual({
      kind: 'failed',
      error: 'ReconcileBusy',
      cause: reason,
    });
  });

  it.each(['Plan', 'Redrive', 'Heal', 'Decide', 'Audit'] as const)(
    'fails with a readable cause and releases its lease when %s fails',
    async (stage) => {
      const released: string[] = [];
      const bench = await createWorkflowBench({
        settings,
        plays: {
          [stage]: () =>
            lambdaError('TableGoneError', 'The table Favourites is gone: deploy the stack again.'),
          Report: (input: ReportInput) => playReport(input, released),
        },
      });

      const outcome = await bench.reconcile({ mode: 'repair' }, { name: 'run-2' });

      expect(outcome).toMatchObject({
        kind: 'failed',
        error: 'TableGoneError',
        cause: 'The table Favourites is gone: deploy the stack again.',
      });
      expect(released).toEqual(['run-2']);
      expect(stagesOf(bench).filter((called) => called === 'Report')).toHaveLength(1);
    },
  );

  it('fails when a transient error persists', async () => {
    const bench = await createWorkflowBench({ settings, plays: { Redrive: () => timedOut } });

    const outcome = await bench.reconcile({ mode: 'repair' });

    expect(outcome).toMatchObject({ kind: 'failed', error: 'Sandbox.Timedout' });
    expect(outcome).toMatchObject({ cause: expect.stringContaining('timed out') });
    expect(stagesOf(bench).filter((stage) => stage === 'Redrive').length).toBeGreaterThan(2);
  });

  it('fails when drift remains, and still reports the drift that it found', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: { Audit: (step: SegmentInput) => stepDone(step, { found: 3, corrected: 1 }) },
    });

    const outcome = await bench.reconcile({ mode: 'repair' });

    expect(outcome).toMatchObject({
      kind: 'failed',
      error: 'DriftRemains',
      cause: expect.stringMatching(/^Drift remains: 4 counts of 6 found\. [^{]*$/),
      report: { mode: 'repair', countsFound: 6, countsCorrected: 2 },
    });
  });

  it.each([
    ['repair', 'TooMuchDrift', /^Too much drift: the repair would take 400 of 1000 counted favourites /],
    ['seed', 'SeedStopped', /^The seed did not begin: most rows of Favourites are rejected\. /],
  ] as const)('ends mode %s with %s before it writes or audits', async (mode, error, cause) => {
    const released: string[] = [];
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Heal: (step: SegmentInput) =>
          stepDone(step, { found: 200, uncounts: 200, registers: 500, countable: 300, uncountable: 301 }),
        Report: (input: ReportInput) => playReport(input, released),
      },
    });

    const outcome = await bench.reconcile({ mode }, { name: 'run-3' });

    expect(outcome).toMatchObject({ kind: 'failed', error, cause: expect.stringMatching(cause) });
    const summed = mode === 'seed' ? [] : digests;
    expect(stagesOf(bench)).toEqual(['Plan', 'Redrive', ...summed, 'Heal', 'Heal', 'Decide', 'Report']);
    expect(released).toEqual(['run-3']);
  });

  it('fails with TooMuchDrift when the second pass stops, but still audits and reports', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Heal: (step: SegmentInput) =>
          step.pass === 'mend'
            ? stepDone(step, step.work.segment === 0 ? { found: 5, corrected: 5 } : { stopped: 1 })
            : stepDone(step, { found: 5, registers: 500, countable: 500 }),
      },
    });

    const outcome = await bench.reconcile({ mode: 'repair' });

    expect(outcome).toMatchObject({
      kind: 'failed',
      error: 'TooMuchDrift',
      cause: expect.stringMatching(/^Too much drift: in 1 segment the second pass [^{]*$/),
      report: { registersFound: 10, registersCorrected: 5, stages: { heal: { stopped: 1 } } },
    });
    expect(stagesOf(bench).filter((stage) => stage === 'Audit')).toHaveLength(2);
  });

  it('compares only once in mode verify, and reports each difference once', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: { Heal: (step: SegmentInput) => stepDone(step, { found: 3, registers: 500, uncounts: 3 }) },
    });

    const outcome = await bench.reconcile({ mode: 'verify' });

    expect(outcome).toMatchObject({
      error: 'DriftRemains',
      cause: expect.stringContaining('6 registers of 6 found'),
      report: { registersFound: 6, registersCorrected: 0 },
    });
    expect(stagesOf(bench).filter((stage) => stage === 'Heal')).toHaveLength(2);
  });

  it('surveys all rows before a seed, and then seeds the segments with rows that count', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Heal: (step: SegmentInput) =>
          step.pass === 'mend'
            ? stepDone(step, { found: 7, corrected: 7 })
            : stepDone(
                step,
                step.work.segment === 0 ? { checked: 9, countable: 7, notOurs: 2 } : { notOurs: 3 },
              ),
      },
    });

    const outcome = await bench.reconcile({ mode: 'seed' });

    const passes = bench.calls
      .filter(({ stage }) => stage === 'Heal')
      .map(({ payload }) => payload as SegmentStep)
      .map(({ pass, work }) => `${pass} ${work.segment}`);
    expect(passes).toEqual(['verify 0', 'verify 1', 'mend 0']);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      report: { mode: 'seed', registersFound: 7, registersCorrected: 7, stages: { heal: { checked: 9 } } },
    });
  });

  it('fails with its own cause even when the lease cannot be released', async () => {
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Heal: () => lambdaError('TableGoneError', 'The table is gone.'),
        Report: () => lambdaError('AccessDeniedException', 'no lease for you'),
      },
    });

    const outcome = await bench.reconcile({ mode: 'repair' });

    expect(outcome).toMatchObject({ kind: 'failed', cause: expect.stringContaining('The table is gone.') });
  });

  it('can be stopped', async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    const bench = await createWorkflowBench({
      settings,
      plays: {
        Redrive: () => {
          begun.resolve();
          return ended.promise;
        },
      },
    });

    const outcome = bench.reconcile({ mode: 'repair' });
    await begun.promise;
    bench.workflow.stop();

    expect(await outcome).toMatchObject({ kind: 'failed', error: 'Aborted' });
    // Ends the function's task too, because otherwise its timer would keep running.
    ended.resolve({ done: true });
  });
});
