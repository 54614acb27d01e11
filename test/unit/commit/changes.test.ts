import { describe, expect, it } from '@jest/globals';
import { newCommitCounters } from '../../../src/commit/counters.ts';
import { type ChangeOutcome, commitChanges } from '../../../src/commit/changes.ts';
import type { Clock } from '../../../src/lambda/clock.ts';
import { type TransactionPlan } from '../../../src/commit/plan.ts';
import type { CreatedAt } from '../../../src/counting/time-window.ts';
import { type CancellationReason, type CommitAnswer, type CommitStore } from '../../../src/commit/store.ts';
import { changeFrom, favouriteId, position } from '../../support/favourite-changes.ts';
import { stillClock } from '../../support/run-batches.ts';
import type { FavouriteChange } from '../../../src/counting/counted-favourite.ts';
import { TransactionError } from '../../../src/tables/dynamodb/errors.ts';

const AT = '2022-08-01T00:00:00Z' as CreatedAt;
const error = new TransactionError(new Error('scripted by the test'));
const committed: CommitAnswer = { kind: 'committed', writeUnits: 10 };
const transient: CommitAnswer = { kind: 'transient', error };

describe('commitChanges', () => {
  it('sends changes that fit together in one transaction, and reads nothing', async () => {
    const run = await commitWith([mark('r1', 'u1'), mark('r1', 'u2'), mark('r2', 'u1')], () => committed);

    expect(run.sent).toHaveLength(1);
    expect(run.outcomes).toEqual({ 'r1#u1': 'applied', 'r1#u2': 'applied', 'r2#u1': 'applied' });
    expect(run.counters).toMatchObject({
      transactions: 1,
      retries: 0,
      conflicts: 0,
      writeUnits: 10,
      favouritesChanged: 3,
      countRows: 6,
    });
  });

  it('retries a conflicted restaurant alone after a pause, and the rest at once', async () => {
    const pauses: number[] = [];
    const run = await commitWith(
      [mark('r1', 'u1'), mark('r2', 'u1'), mark('r3', 'u1')],
      (plan, index) => (index === 0 ? cancelled(plan, { register: 'r2#u1', kind: 'conflict' }) : committed),
      { clock: { ...stillClock, sleep: (ms) => (pauses.push(ms), Promise.resolve()) }, random: () => 0.5 },
    );

    expect(run.sent.map(restaurantsOf)).toEqual([['r1', 'r2', 'r3'], ['r1', 'r3'], ['r2']]);
    expect(pauses).toEqual([10]);
    expect(run.counters).toMatchObject({ conflicts: 1, retries: 2, transactions: 2 });
    expect(Object.values(run.outcomes)).toEqual(['applied', 'applied', 'applied']);
  });

  it('retries a restaurant alone even when only its count row conflicted', async () => {
    const run = await commitWith([mark('r1', 'u1'), mark('r2', 'u1')], (plan, index) =>
      index === 0 ? cancelled(plan, { count: 'r1', kind: 'conflict' }) : committed,
    );

    expect(run.sent.map(restaurantsOf)).toEqual([['r1', 'r2'], ['r2'], ['r1']]);
  });

  it('retries a held restaurant alone after pauses, and the rest at once', async () => {
    const pauses: number[] = [];
    const run = await commitWith(
      [mark('r1', 'u1'), mark('r2', 'u1'), mark('r3', 'u1')],
      (plan, index) =>
        restaurantsOf(plan).includes('r2') && index < 4
          ? cancelled(plan, { count: 'r2', kind: 'condition-failed' })
          : committed,
      { clock: { ...stillClock, sleep: (ms) => (pauses.push(ms), Promise.resolve()) }, random: () => 0.5 },
    );

    expect(run.sent.map(restaurantsOf)).toEqual([['r1', 'r2', 'r3'], ['r1', 'r3'], ['r2'], ['r2'], ['r2']]);
    expect(pauses).toEqual([10, 20, 40]);
    expect(run.sent.at(-1)?.changes).toEqual(run.sent[0]?.changes.slice(1, 2));
    expect(run.counters).toMatchObject({ conflicts: 0, transactions: 2 });
    expect(Object.values(run.outcomes)).toEqual(['applied', 'applied', 'applied']);
  });

  it('replans a held restaurant’s favourite from its register, and sends the restaurant alone', async () => {
    const register = { position: position(9), createdAt: AT };
    const run = await commitWith([mark('r1', 'u1'), mark('r1', 'u2'), mark('r2', 'u1')], (plan, index) => {
      if (index > 0) return committed;
      const [held, stale] = [
        cancelled(plan, { count: 'r1', kind: 'condition-failed' }),
        cancelled(plan, { register: 'r1#u1', kind: 'condition-failed', is: register }),
      ].map((answer) => (answer.kind === 'cancelled' ? answer.reasons : []));
      const reasons = held?.map((reason, action) => (reason.kind === 'none' ? stale?.[action] : reason));
      return { kind: 'cancelled', reasons: reasons as readonly CancellationReason[], error };
    });

    expect(run.outcomes).toEqual({ 'r1#u1': 'stale', 'r1#u2': 'applied', 'r2#u1': 'applied' });
    expect(run.sent.map(restaurantsOf)).toEqual([['r1', 'r2'], ['r2'], ['r1']]);
  });

  it('doubles its pauses up to a cap, with full jitter', async () => {
    const pauses: number[] = [];
    await commitWith([mark('r1', 'u1')], (_, index) => (index < 8 ? transient : committed), {
      clock: { ...stillClock, sleep: (ms) => (pauses.push(ms), Promise.resolve()) },
      random: () => 0.25,
    });

    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 640, 640].map((limitMs) => limitMs / 4));
  });

  it('replans a wrong guess from the register that DynamoDB returned, without a pause', async () => {
    const register = { position: position(1), createdAt: '2022-07-01T00:00:00Z' as CreatedAt };
    const run = await commitWith(
      [mark('r1', 'u1')],
      (plan, index) =>
        index === 0
          ? cancelled(plan, { register: 'r1#u1', kind: 'condition-failed', is: register })
          : committed,
      { clock: { ...stillClock, sleep: () => Promise.reject(new Error('no pause expected')) } },
    );

    expect(run.sent[1]?.changes[0]?.requires).toMatchObject({ counting: register.createdAt });
    expect(Object.fromEntries(run.sent[1]?.counts.map(({ window, delta }) => [window, delta]) ?? [])).toEqual(
      {
        ALL_TIME: 0,
        AUG_2022: 1,
        JUL_2022: -1,
        '20220801': 1,
        '20220701': -1,
      },
    );
    expect(run.outcomes).toEqual({ 'r1#u1': 'applied' });
  });

  it('replans without a register when the failed condition returned no register', async () => {
    const run = await commitWith([unmark('r1', 'u1')], (plan, index) =>
      index === 0
        ? cancelled(plan, { register: 'r1#u1', kind: 'condition-failed', is: undefined })
        : committed,
    );

    expect(run.sent[1]?.changes[0]?.requires).toMatchObject({ counting: undefined });
    expect(run.sent[1]?.counts).toEqual([]);
  });

  it.each([
    ['the same position', position(5)],
    ['a later position', position(6)],
  ])(
    'treats an event as stale when its register holds %s, and commits the rest of the transaction',
    async (_, at) => {
      const run = await commitWith([mark('r1', 'u1'), mark('r1', 'u2')], (plan, index) =>
        index === 0
          ? cancelled(plan, {
              register: 'r1#u1',
              kind: 'condition-failed',
              is: { position: at, createdAt: AT },
            })
          : committed,
      );

      expect(run.outcomes).toEqual({ 'r1#u1': 'stale', 'r1#u2': 'applied' });
      expect(run.sent[1]?.changes.map(({ key }) => key.rowId)).toEqual(['u2']);
      expect(run.counters.favouritesChanged).toBe(1);
    },
  );

  it('fails a favourite whose register is rejected, and commits the other favourites', async () => {
    const run = await commitWith([mark('r1', 'u1'), mark('r1', 'u2'), mark('r2', 'u1')], (plan, index) =>
      index === 0 ? cancelled(plan, { register: 'r1#u1', kind: 'refused' }) : committed,
    );

    expect(run.outcomes).toEqual({ 'r1#u1': 'failed', 'r1#u2': 'applied', 'r2#u1': 'applied' });
  });

  it('fails a restaurant whose count row is rejected, and commits the others', async () => {
    const run = await commitWith([mark('r1', 'u1'), mark('r1', 'u2'), mark('r2', 'u1')], (plan, index) =>
      index === 0 ? cancelled(plan, { count: 'r1', kind: 'refused' }) : committed,
    );

    expect(run.outcomes).toEqual({ 'r1#u1': 'failed', 'r1#u2': 'failed', 'r2#u1': 'applied' });
  });

  it('finds the rejected favourite when the error names no action', async () => {
    const changes = [mark('r1', 'u1'), mark('r1', 'bad'), mark('r1', 'u3'), mark('r2', 'u1')];
    const run = await commitWith(changes, (plan) =>
      plan.changes.some(({ key }) => key.rowId === 'bad') ? { kind: 'refused', error } : committed,
    );

    expect(run.outcomes).toEqual({
      'r1#u1': 'applied',
      'r1#bad': 'failed',
      'r1#u3': 'applied',
      'r2#u1': 'applied',
    });
  });

  it('gives up at once when every plan would be rejected', async () => {
    const run = await commitWith([mark('r1', 'u1'), mark('r2', 'u1')], () => ({ kind: 'denied', error }));

    expect(run.sent).toHaveLength(1);
    expect(run.outcomes).toEqual({ 'r1#u1': 'failed', 'r2#u1': 'failed' });
  });

  it('pauses before it retries a throttled transaction unchanged', async () => {
    const pauses: number[] = [];
    const run = await commitWith(
      [mark('r1', 'u1'), mark('r2', 'u1')],
      (plan, index) => (index === 0 ? cancelled(plan, { register: 'r1#u1', kind: 'throttled' }) : committed),
      { clock: { ...stillClock, sleep: (ms) => (pauses.push(ms), Promise.resolve()) } },
    );

    expect(run.sent.map(restaurantsOf)).toEqual([
      ['r1', 'r2'],
      ['r1', 'r2'],
    ]);
    expect(pauses).toHaveLength(1);
  });

  it('fails after 64 attempts, most of them after a pause, when a condition always fails', async () => {
    const pauses: number[] = [];
    const run = await commitWith(
      [mark('r1', 'u1')],
      (plan) => cancelled(plan, { register: 'r1#u1', kind: 'condition-failed', is: undefined }),
      { clock: { ...stillClock, sleep: (ms) => (pauses.push(ms), Promise.resolve()) } },
    );

    expect(run.outcomes).toEqual({ 'r1#u1': 'failed' });
    expect(run.sent.length).toBeLessThanOrEqual(64);
    expect(run.sent.length - pauses.length).toBeLessThanOrEqual(8);
  });

  it('sends nothing after the deadline, and gives up transactions that are still in flight', async () => {
    let nowMs = 0;
    const limits: number[] = [];
    const clock: Clock = {
      ...stillClock,
      nowMs: () => nowMs,
      timeout: (ms) => (limits.push(ms), stillClock.timeout(ms)),
    };
    const run = await commitWith(
      [mark('r1', 'u1')],
      () => {
        nowMs += 400;
        return transient;
      },
      { clock, deadlineMs: 1000 },
    );

    expect(run.sent).toHaveLength(3);
    expect(limits).toEqual([1000, 600, 200]);
    expect(run.outcomes).toEqual({ 'r1#u1': 'failed' });
  });

  it('runs the parts of one large restaurant in sequence, and other restaurants in parallel', async () => {
    const large = Array.from({ length: 250 }, (_, index) => mark('r1', `u${index}`));
    const others = Array.from({ length: 60 }, (_, index) => mark(`other${index}`, 'u1'));
    let largeUnderWay = 0;
    let underWay = 0;
    let underWayMost = 0;
    const run = await commitWith([...large, ...others], async (plan) => {
      const isLarge = restaurantsOf(plan).includes('r1');
      underWayMost = Math.max(underWayMost, ++underWay);
      if (isLarge && ++largeUnderWay > 1) throw new Error('two parts of one restaurant at once');
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      if (isLarge) largeUnderWay -= 1;
      return committed;
    });

    expect(underWayMost).toBe(2);
    expect(Object.values(run.outcomes)).toHaveLength(310);
    expect(new Set(Object.values(run.outcomes))).toEqual(new Set(['applied']));
  });

  it('never has more transactions in flight than it has slots', async () => {
    let underWay = 0;
    let underWayMost = 0;
    const changes = Array.from({ length: 400 }, (_, index) => mark(`r${index}`, 'u1'));
    await commitWith(changes, async () => {
      underWayMost = Math.max(underWayMost, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      return committed;
    });

    expect(underWayMost).toBe(2);
  });

  it('reports the lag of the oldest record of each transaction, which is never below zero', async () => {
    const clock: Clock = { ...stillClock, nowMs: () => 10_000 };
    const old = { ...mark('r1', 'u1'), oldestWrittenAtMs: 4_000 };
    const run = await commitWith(
      [mark('r1', 'u0'), old, { ...mark('r1', 'u2'), oldestWrittenAtMs: 9_000 }],
      () => committed,
      { clock },
    );
    const ahead = await commitWith([{ ...mark('r1', 'u1'), oldestWrittenAtMs: 11_000 }], () => committed, {
      clock,
    });

    expect(run.counters.lagsMs).toEqual([6_000]);
    expect(ahead.counters.lagsMs).toEqual([0]);
  });
});

type Script = (plan: TransactionPlan, index: number) => CommitAnswer | Promise<CommitAnswer>;

async function commitWith(
  changes: readonly FavouriteChange[],
  script: Script,
  options: { readonly clock?: Clock; readonly random?: () => number; readonly deadlineMs?: number } = {},
) {
  const sent: TransactionPlan[] = [];
  const outcomes: Record<string, ChangeOutcome['kind']> = {};
  const counters = newCommitCounters();
  const store: CommitStore = { commit: async (plan) => script(plan, sent.push(plan) - 1) };
  await commitChanges(
    changes,
    {
      store,
      counters,
      clock: options.clock ?? stillClock,
      random: options.random ?? (() => 0.5),
      deadlineMs: options.deadlineMs ?? Number.POSITIVE_INFINITY,
      timeWindows: { MONTH: 'forever', DAY: 'forever' },
      timeZone: 'UTC',
      concurrency: 2,
    },
    (change, outcome) => {
      const id = favouriteId(change.key);
      if (outcomes[id] !== undefined) throw new Error(`${id} was settled twice`);
      outcomes[id] = outcome.kind;
    },
  );
  return { sent, outcomes, counters };
}

function cancelled(
  plan: TransactionPlan,
  cause: { readonly kind: CancellationReason['kind']; readonly is?: unknown } & (
    | { readonly register: string }
    | { readonly count: string }
  ),
): CommitAnswer {
  const reason = (
    cause.kind === 'condition-failed' ? { kind: cause.kind, was: cause.is } : { kind: cause.kind }
  ) as CancellationReason;
  const none: CancellationReason = { kind: 'none' };
  const reasons = [
    ...plan.changes.map(({ key }) =>
      'register' in cause && favouriteId(key) === cause.register ? reason : none,
    ),
    ...plan.counts.map(({ restaurantId }) =>
      'count' in cause && restaurantId === cause.count ? reason : none,
    ),
  ];
  return { kind: 'cancelled', reasons, error };
}

function mark(restaurantId: string, userId: string): FavouriteChange {
  return changeFrom({ restaurantId, userId, sequence: 5, next: AT });
}

function unmark(restaurantId: string, userId: string): FavouriteChange {
  return changeFrom({ restaurantId, userId, sequence: 5, expected: AT });
}

function restaurantsOf(plan: TransactionPlan): readonly string[] {
  return [...new Set(plan.changes.map(({ key }) => key.restaurantId))];
}
