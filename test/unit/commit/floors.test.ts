import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commitChanges } from '../../../src/commit/changes.ts';
import { newCommitCounters } from '../../../src/commit/counters.ts';
import type { TransactionPlan } from '../../../src/commit/plan.ts';
import type { CommitAnswer, CommitStore } from '../../../src/commit/store.ts';
import type { CountChange, FavouriteChange } from '../../../src/counting/counted-favourite.ts';
import type { RankingSettings } from '../../../src/counting/ranking.ts';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { ALL_TIME, type TimeWindow } from '../../../src/counting/time-window.ts';
import { countUpdate } from '../../../src/tables/aggregated-favourites.ts';
import { TransactionError } from '../../../src/tables/dynamodb/errors.ts';
import { isConditionMet } from '../../support/condition-expression.ts';
import { changeFrom } from '../../support/favourite-changes.ts';
import { stillClock } from '../../support/run-batches.ts';

const AT = '2022-08-01T12:00:00Z';
const MONTH = 'AUG_2022' as TimeWindow;
const r1 = 'r1' as RestaurantId;
const NOW_MS = Date.parse('2022-08-02T00:00:00Z');

const updateOf = (change: Omit<CountChange, 'restaurantId'>, ranking: RankingSettings) =>
  countUpdate(
    { restaurantId: r1, ...change },
    {
      tableName: 'counts',
      timeWindows: { MONTH: 'forever' },
      timeZone: 'UTC',
      rankingShards: 10,
      ranking,
      nowMs: NOW_MS,
      updatedAt: new Date(NOW_MS).toISOString(),
    },
  );

describe('the two updates of a count row with a floor', () => {
  const counts = fc.option(fc.integer({ min: -3, max: 8 }), { nil: undefined });
  const deltas = fc.integer({ min: -5, max: 5 }).filter((delta) => delta !== 0);

  it('never both commit, and the one that does leaves the key exactly at or above the floor', () => {
    const windows = fc.constantFrom(ALL_TIME, MONTH);
    fc.assert(
      fc.property(counts, deltas, fc.integer({ min: 1, max: 6 }), windows, (count, delta, floor, window) => {
        const item = count === undefined ? {} : { favourite_count: { N: String(count) } };
        const committed = (['above', 'below'] as const).filter((side) =>
          isConditionMet(updateOf({ window, delta, side }, { ALL_TIME: floor, MONTH: floor }), item),
        );
        expect(committed).toEqual([(count ?? 0) + delta >= floor ? 'above' : 'below']);
      }),
    );
  });

  it('set the key above the floor, remove it below, and return the row that fails', () => {
    const above = updateOf({ window: MONTH, delta: 2, side: 'above' }, { MONTH: 5 });
    expect(above).toMatchObject({
      UpdateExpression:
        'SET updated_at = :now, ranking_key = :rankingKey ADD favourite_count :delta, revision :one',
      ConditionExpression: 'favourite_count >= :least',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(above.ExpressionAttributeValues).toMatchObject({ ':least': { N: '3' } });
    const below = updateOf({ window: MONTH, delta: 2, side: 'below' }, { MONTH: 5 });
    expect(below).toMatchObject({
      UpdateExpression: 'SET updated_at = :now REMOVE ranking_key ADD favourite_count :delta, revision :one',
      ConditionExpression: 'attribute_not_exists(favourite_count) OR favourite_count < :least',
    });
    expect(below.ExpressionAttributeValues).not.toHaveProperty(':rankingKey');
  });

  it('still wait for a hold on ALL_TIME', () => {
    const held = { favourite_count: { N: '9' }, held_until: { N: String(NOW_MS + 5_000) } };
    const update = updateOf({ window: ALL_TIME, delta: 1, side: 'above' }, { ALL_TIME: 5 });
    expect(isConditionMet(update, held)).toBe(false);
    expect(isConditionMet(update, { ...held, held_until: { N: String(NOW_MS - 1) } })).toBe(true);
  });
});

describe('an update without a side', () => {
  it('of a step of zero leaves the key alone, unconditionally', () => {
    const step = updateOf({ window: ALL_TIME, delta: 0 }, { ALL_TIME: 5 });
    expect(step.UpdateExpression).not.toContain('ranking_key');
    expect(step.ConditionExpression).not.toContain('favourite_count');
  });

  it('of a kind that is off removes a key that an earlier setting left', () => {
    const update = updateOf({ window: MONTH, delta: 1 }, { MONTH: 'off' });
    expect(update.UpdateExpression).toContain('REMOVE ranking_key');
    expect(update).not.toHaveProperty('ConditionExpression');
  });

  it('of a kind that is on is the same whether or not other kinds have floors', () => {
    const change = { window: MONTH, delta: 1 };
    expect(updateOf(change, { ALL_TIME: 7, MONTH: 'on' })).toEqual(updateOf(change, {}));
  });
});

describe('a commit with floors', () => {
  const error = new TransactionError(new Error('cancelled'));
  const committed: CommitAnswer = { kind: 'committed', writeUnits: 1 };
  const sideOf = (plan: TransactionPlan | undefined, restaurant: string, window = ALL_TIME) =>
    plan?.counts.find((count) => count.restaurantId === restaurant && count.window === window)?.side;
  const mark = (restaurantId: string, userId: string): FavouriteChange =>
    changeFrom({ restaurantId, userId, next: AT });

  async function commitWith(
    changes: readonly FavouriteChange[],
    script: (plan: TransactionPlan, index: number) => CommitAnswer,
    options: {
      readonly ranking?: RankingSettings;
      readonly readCounts?: CommitStore['readCounts'];
      readonly sleep?: () => Promise<void>;
    } = {},
  ) {
    const sent: TransactionPlan[] = [];
    const outcomes: string[] = [];
    const { readCounts, sleep = () => Promise.reject(new Error('no pause expected')) } = options;
    await commitChanges(
      changes,
      {
        store: {
          commit: (plan) => Promise.resolve(script(plan, sent.push(plan) - 1)),
          ...(readCounts && { readCounts }),
        },
        ranking: options.ranking ?? { ALL_TIME: 5 },
        counters: newCommitCounters(),
        clock: { ...stillClock, sleep },
        random: () => 0.5,
        deadlineMs: Number.POSITIVE_INFINITY,
        timeWindows: {},
        timeZone: 'UTC',
        concurrency: 2,
      },
      (_, { kind }) => outcomes.push(kind),
    );
    return { sent, outcomes };
  }

  /** Cancels because of one count row, which it returns. */
  function failed(
    plan: TransactionPlan,
    restaurant: string,
    row: { readonly favouriteCount: number | undefined; readonly heldUntilMs?: number },
  ): CommitAnswer {
    const reasons = [
      ...plan.changes.map(() => ({ kind: 'none' }) as const),
      ...plan.counts.map(({ restaurantId }) =>
        restaurantId === restaurant
          ? ({
              kind: 'condition-failed',
              was: undefined,
              row: { heldUntilMs: undefined, ...row },
            } as const)
          : ({ kind: 'none' } as const),
      ),
    ];
    return { kind: 'cancelled', reasons, error };
  }

  it('reads the counts of rows with a floor once, and expects the side that they will be on', async () => {
    const asked: unknown[] = [];
    const { sent } = await commitWith([mark('r1', 'u1'), mark('r2', 'u1')], () => committed, {
      readCounts: (rows) => {
        asked.push(rows.map(({ restaurantId, window }) => `${restaurantId} ${window}`));
        return Promise.resolve([4, 3]);
      },
    });
    expect(asked).toEqual([['r1 ALL_TIME', 'r2 ALL_TIME']]);
    expect([sideOf(sent[0], 'r1'), sideOf(sent[0], 'r2')]).toEqual(['above', 'below']);
  });

  it('reads nothing when no kind has a floor', async () => {
    const readCounts = () => Promise.reject(new Error('no read expected'));
    const ranking = { ALL_TIME: 'off' } as const;
    const { sent } = await commitWith([mark('r1', 'u1')], () => committed, { ranking, readCounts });
    expect(sent[0]?.counts).toEqual([{ restaurantId: 'r1', window: 'ALL_TIME', delta: 1 }]);
  });

  it('guesses from 0 when the counts cannot be read', async () => {
    const readCounts = () => Promise.reject(new Error('throttled'));
    const { sent, outcomes } = await commitWith([mark('r1', 'u1')], () => committed, { readCounts });
    expect(sideOf(sent[0], 'r1')).toBe('below');
    expect(outcomes).toEqual(['applied']);
  });

  it('sends a restaurant on the other side again at once and alone, and all others too', async () => {
    const { sent, outcomes } = await commitWith([mark('r1', 'u1'), mark('r2', 'u1')], (plan, index) =>
      index === 0 ? failed(plan, 'r1', { favouriteCount: 7 }) : committed,
    );
    expect(sent.map(({ counts }) => counts.map((count) => count.restaurantId).join())).toEqual([
      'r1,r2',
      'r2',
      'r1',
    ]);
    expect(sideOf(sent[0], 'r1')).toBe('below');
    expect(sideOf(sent[2], 'r1')).toBe('above');
    expect(outcomes).toEqual(['applied', 'applied']);
  });

  it('pauses for a hold, also when the count is on the other side, and then expects that side', async () => {
    const pauses: number[] = [];
    const heldUntilMs = stillClock.nowMs() + 5_000;
    const { sent } = await commitWith(
      [mark('r1', 'u1')],
      (plan, index) => (index === 0 ? failed(plan, 'r1', { favouriteCount: 7, heldUntilMs }) : committed),
      { sleep: () => (pauses.push(1), Promise.resolve()) },
    );
    expect(pauses).toHaveLength(1);
    expect(sideOf(sent[1], 'r1')).toBe('above');
  });

  it('pauses when the returned row would have met the condition: a hold ended meanwhile', async () => {
    const pauses: number[] = [];
    await commitWith(
      [mark('r1', 'u1')],
      (plan, index) => (index === 0 ? failed(plan, 'r1', { favouriteCount: 1 }) : committed),
      { sleep: () => (pauses.push(1), Promise.resolve()) },
    );
    expect(pauses).toHaveLength(1);
  });

  it('fails the records of a restaurant whose count is not a number, and no others', async () => {
    const { outcomes } = await commitWith([mark('r1', 'u1'), mark('r2', 'u1')], (plan, index) =>
      index === 0 ? failed(plan, 'r1', { favouriteCount: undefined }) : committed,
    );
    expect(outcomes.toSorted()).toEqual(['applied', 'failed']);
  });

  it('adds what earlier parts of a split restaurant have added to what later parts expect', async () => {
    const changes = Array.from({ length: 150 }, (_, user) => mark('r1', `u${user}`));
    const { sent } = await commitWith(changes, () => committed, {
      ranking: { ALL_TIME: 120 },
      readCounts: (rows) => Promise.resolve(rows.map(() => 0)),
    });
    expect(sent.map((plan) => [plan.changes.length, sideOf(plan, 'r1')])).toEqual([
      [99, 'below'],
      [51, 'above'],
    ]);
  });
});
