import { describe, expect, it } from '@jest/globals';
import { listDeadLetters } from '../../infra/local/console/list-dead-letters.ts';
import { resultOf, watchReconcile } from '../../infra/local/console/reconcile-watch.ts';
import type { DeadLetter } from '../../infra/local/dead-letters.ts';
import type { ReconcileOutcome } from '../../infra/local/local-reconcile.ts';
import type { ExecutionOptions } from '../../infra/local/emulator/workflow/local-workflow.ts';
import { type ReconcileReport } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';

const report: ReconcileReport = {
  mode: 'repair',
  registersFound: 2,
  registersCorrected: 2,
  countsFound: 1,
  countsCorrected: 1,
  uncountable: 0,
  notAudited: 0,
  redriven: 3,
  readUnits: 0,
  writeUnits: 0,
  stages: { redrive: { ...noTotals, left: 1 }, heal: noTotals, audit: noTotals },
};
const nothing: ReconcileReport = {
  ...report,
  registersFound: 0,
  registersCorrected: 0,
  countsFound: 0,
  countsCorrected: 0,
  redriven: 0,
  stages: { ...report.stages, redrive: noTotals },
};

/** A reconcile whose events and end come from the test. */
function fakeReconcile() {
  const end = Promise.withResolvers<ReconcileOutcome>();
  let onEvent: ExecutionOptions['onEvent'];
  const calls: string[] = [];
  let ended = 0;
  const watch = watchReconcile({
    reconcile: ({ mode }, options) => {
      calls.push(mode);
      onEvent ??= options?.onEvent;
      return end.promise;
    },
    onEnded: () => (ended += 1),
  });
  const note = (kind: 'entered' | 'exited' | 'failed' | 'caught' | 'retried', state: string) =>
    onEvent?.({ kind, state });
  return { watch, note, end: end.resolve, calls, ended: () => ended };
}

describe('a watched reconcile', () => {
  it('shows which states run, end and fail; a state in a Map runs while any of its items runs', async () => {
    const { watch, note, end, ended } = fakeReconcile();
    expect(watch.state()).toEqual({ state: 'idle', states: {} });
    const running = watch.reconcile({ mode: 'repair' });
    expect(watch.state()).toMatchObject({ state: 'running', mode: 'repair', states: {} });
    note('entered', 'Plan');
    note('exited', 'Plan');
    for (let i = 0; i < 2; i += 1) note('entered', 'Heal a step');
    note('exited', 'Heal a step');
    expect(watch.state().states).toEqual({ Plan: 'done', 'Heal a step': 'running' });
    note('exited', 'Heal a step');
    note('entered', 'Audit');
    note('failed', 'Audit');
    note('caught', 'Audit');
    note('entered', 'Failed');
    expect(watch.state().states).toEqual({
      Plan: 'done',
      'Heal a step': 'done',
      Audit: 'failed',
      Failed: 'running',
    });
    end({ kind: 'failed', error: 'StoreError', cause: 'The table is gone.', seconds: 2 });
    await running;
    expect(watch.state()).toMatchObject({
      state: 'idle',
      states: { Plan: 'done', Audit: 'failed', Failed: 'failed' },
      last: { mode: 'repair', kind: 'failed', seconds: 2, summary: 'The table is gone.' },
    });
    expect(ended()).toBe(1);
    expect(watch.ended()).toBe(1);
  });

  it('keeps showing the current run when another one is started', async () => {
    const { watch, note, end, calls } = fakeReconcile();
    const first = watch.reconcile({ mode: 'repair' });
    const second = watch.reconcile({ mode: 'verify' });
    note('entered', 'Heal');
    expect(watch.state()).toMatchObject({ mode: 'repair', states: { Heal: 'running' } });
    end({ kind: 'succeeded', report, seconds: 1 });
    await Promise.all([first, second]);
    expect(calls).toEqual(['repair', 'verify']);
    expect(watch.ended()).toBe(1);
  });

  it.each([
    [
      { kind: 'succeeded', report, seconds: 1 },
      '3 dead letters redriven, 2 registers corrected, 1 count corrected, ' +
        '1 dead letter left that cannot be applied.',
    ],
    [{ kind: 'succeeded', report: nothing, seconds: 1 }, 'Nothing to correct.'],
    [
      { kind: 'succeeded', report: { ...nothing, mode: 'verify' }, seconds: 1 },
      'Every register and every count is correct.',
    ],
    [
      { kind: 'succeeded', report: { ...nothing, mode: 'redrive' }, seconds: 1 },
      'No dead letters to redrive.',
    ],
    [
      { kind: 'busy', reason: 'another run holds the lease' },
      'It did not start: another run holds the lease',
    ],
  ] as const)('summarizes %j in one sentence: %s', (outcome, summary) => {
    expect(resultOf('repair', outcome).summary).toBe(summary);
  });
});

describe('the list of dead letters', () => {
  const record = (messageId: string, over: object = {}): DeadLetter => ({
    kind: 'record',
    messageId,
    body: messageId,
    letter: { reason: 'unreadable-key', detail: 'expected a key', record: { eventID: messageId }, ...over },
  });

  /** A queue with these letters, the newest first. */
  const queueOf = (letters: readonly DeadLetter[]) => ({
    newestDeadLetters: (countMax: number) => letters.slice(0, countMax),
    deadLetterCount: () => ({ messages: letters.length + 1, distinct: letters.length }),
  });

  it('has the newest fifty, and the number of all', () => {
    const letters = Array.from({ length: 60 }, (_, index) => record(`m${index}`));
    const list = listDeadLetters(queueOf(letters));
    expect(list.total).toBe(60);
    expect(list.messages).toBe(61);
    expect(list.letters.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: 50 }, (_, index) => `m${index}`),
    );
  });

  it('escapes what nobody would see, and stays readable in any script', () => {
    const body = 'مطعم\u202etxt\u2028\u0000 👩‍🍳\n  two';
    const { letters } = listDeadLetters(queueOf([{ kind: 'unreadable', messageId: 'm', body }]));
    expect(letters[0]?.record).toBe('مطعم\\u202etxt\\u2028\\u0000 👩‍🍳\n  two');
  });

  it('shows the content of each dead letter', () => {
    const range = {
      context: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { batchSize: 20, shardId: 's' },
    };
    const newestFirst: readonly DeadLetter[] = [
      record('whole'),
      record('long', { record: { name: 'x'.repeat(10_000) } }),
      record('cut', { record: undefined, truncated: true, sequenceNumber: '7' }),
      { kind: 'range', messageId: 'r', body: JSON.stringify(range), range },
      { kind: 'unreadable', messageId: 'u', body: '???' },
    ];
    const { letters } = listDeadLetters(queueOf(newestFirst));
    expect(letters).toMatchObject([
      {
        kind: 'record',
        reason: 'unreadable-key',
        detail: 'expected a key',
        record: '{\n  "eventID": "whole"\n}',
      },
      { messageId: 'long', record: expect.stringMatching(/^\{\n {2}"name": "x{3000,}\n…$/) },
      { messageId: 'cut', record: '{\n  "truncated": true,\n  "sequenceNumber": "7"\n}' },
      {
        kind: 'range',
        reason: 'given-up',
        detail:
          'The pipe gave up on 20 records after its last retry; a redrive reads them from the stream again.',
      },
      { kind: 'unreadable', reason: 'unreadable', record: '???' },
    ]);
  });
});
