import { describe, expect, it } from '@jest/globals';
import { planTransactions, type TransactionPlan } from '../../../src/commit/plan.ts';
import type { TimeWindowSettings } from '../../../src/counting/time-window.ts';
import { commitActions } from '../../../src/commit/store.ts';
import { changeFrom, position } from '../../support/favourite-changes.ts';

const NOW_MS = Date.parse('2024-06-01T00:00:00.999Z');
const AUGUST = '2022-08-01T12:00:00Z';
const SETTINGS = {
  countedFavouritesTable: 'registers',
  aggregatedFavouritesTable: 'counts',
  timeWindows: { MONTH: 'forever', DAY: 1_000 } satisfies TimeWindowSettings,
  timeZone: 'UTC',
  rankingShards: 10,
  nowMs: NOW_MS,
};
const planOf = (...changes: readonly ReturnType<typeof changeFrom>[]): TransactionPlan => {
  const calendar = { timeWindows: SETTINGS.timeWindows, timeZone: 'UTC', nowMs: NOW_MS };
  const [plan] = planTransactions(changes, calendar).flat();
  if (plan === undefined) throw new Error('nothing was planned');
  return plan;
};
const actions = (...changes: readonly ReturnType<typeof changeFrom>[]) =>
  commitActions(planOf(...changes), SETTINGS);
const putOf = (change: ReturnType<typeof changeFrom>) => actions(change)[0]?.Put;

describe('commitActions', () => {
  it('puts registers first, then count rows, each in the order of the plan', () => {
    const plan = planOf(
      changeFrom({ userId: 'ada', next: AUGUST }),
      changeFrom({ userId: 'bob', next: '2024-05-01T00:00:00Z' }),
    );
    const items = commitActions(plan, SETTINGS);
    expect(items.map((item) => Object.keys(item))).toEqual([
      ...plan.changes.map(() => ['Put']),
      ...plan.counts.map(() => ['Update']),
    ]);
    expect(items.map(({ Put }) => Put?.Item?.['user_id']?.S).slice(0, 2)).toEqual(['ada', 'bob']);
    expect(items.slice(2).map(({ Update }) => Update?.Key?.['time_window']?.S)).toEqual(
      plan.counts.map(({ window }) => window),
    );
  });
});

describe('the Put of a register', () => {
  it('writes a first mark on condition that nothing is counted and no newer event was applied', () => {
    expect(putOf(changeFrom({ sequence: 5, next: AUGUST }))).toEqual({
      TableName: 'registers',
      Item: {
        restaurant_id: { S: 'osteria' },
        user_id: { S: 'ada' },
        stream_position: { S: position(5) },
        created_at: { S: AUGUST },
      },
      ConditionExpression:
        'attribute_not_exists(created_at) AND ' +
        '(attribute_not_exists(stream_position) OR stream_position < :position)',
      ExpressionAttributeValues: { ':position': { S: position(5) } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('writes an un-mark as a tombstone for 30 days, on condition that the expected mark is counted', () => {
    expect(putOf(changeFrom({ sequence: 6, expected: AUGUST }))).toEqual({
      TableName: 'registers',
      Item: {
        restaurant_id: { S: 'osteria' },
        user_id: { S: 'ada' },
        stream_position: { S: position(6) },
        expires_at: { N: String(Date.parse('2024-07-01T00:00:00Z') / 1000) },
      },
      ConditionExpression:
        'created_at = :counting AND (attribute_not_exists(stream_position) OR stream_position < :position)',
      ExpressionAttributeValues: { ':position': { S: position(6) }, ':counting': { S: AUGUST } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('sets no expiry on a counted register, even when it replaces another register', () => {
    const put = putOf(changeFrom({ expected: AUGUST, next: '2022-08-02T00:00:00Z' }));
    expect(put?.Item).not.toHaveProperty('expires_at');
    expect(put?.Item?.['created_at']).toEqual({ S: '2022-08-02T00:00:00Z' });
    expect(put?.ExpressionAttributeValues?.[':counting']).toEqual({ S: AUGUST });
  });

  it('when a batch has a mark and its un-mark, writes a tombstone if nothing is counted', () => {
    const [action, ...others] = actions(changeFrom({ sequence: 7 }));
    expect(others).toEqual([]);
    expect(action?.Put?.Item).toHaveProperty('expires_at');
    expect(action?.Put?.ConditionExpression).toMatch(/^attribute_not_exists\(created_at\) AND /);
  });
});

describe('the Update of a count row', () => {
  const updates = (change: ReturnType<typeof changeFrom>, settings: Partial<typeof SETTINGS> = {}) =>
    new Map(
      commitActions(planOf(change), { ...SETTINGS, ...settings })
        .slice(1)
        .map(({ Update }) => [Update?.Key?.['time_window']?.S, Update]),
    );

  it('adds the delta, raises the revision, and sets the ranking key and the time', () => {
    expect(updates(changeFrom({ next: AUGUST })).get('ALL_TIME')).toEqual({
      TableName: 'counts',
      Key: { restaurant_id: { S: 'osteria' }, time_window: { S: 'ALL_TIME' } },
      UpdateExpression:
        'SET updated_at = :now, ranking_key = :rankingKey ADD favourite_count :delta, revision :one',
      ConditionExpression:
        'attribute_not_exists(held_until) OR NOT (held_until BETWEEN :nowMs AND :horizonMs)',
      ExpressionAttributeValues: {
        ':now': { S: '2024-06-01T00:00:00.999Z' },
        ':rankingKey': { S: 'ALL_TIME#6' },
        ':delta': { N: '1' },
        ':one': { N: '1' },
        ':nowMs': { N: String(NOW_MS + 1) },
        ':horizonMs': { N: String(NOW_MS + 60_000) },
      },
    });
  });

  it('checks for a hold only on ALL_TIME, and does not request the row if the check fails', () => {
    for (const [window, update] of updates(changeFrom({ next: AUGUST }))) {
      expect(update?.ConditionExpression === undefined).toBe(window !== 'ALL_TIME');
      expect(update).not.toHaveProperty('ReturnValuesOnConditionCheckFailure');
    }
  });

  it('sets the expiry of a window with a retention', () => {
    expect(updates(changeFrom({ expected: AUGUST })).get('20220801')).toEqual({
      TableName: 'counts',
      Key: { restaurant_id: { S: 'osteria' }, time_window: { S: '20220801' } },
      UpdateExpression:
        'SET updated_at = :now, ranking_key = :rankingKey, expires_at = :expiresAt' +
        ' ADD favourite_count :delta, revision :one',
      ExpressionAttributeValues: {
        ':now': { S: '2024-06-01T00:00:00.999Z' },
        ':rankingKey': { S: '20220801#6' },
        ':delta': { N: '-1' },
        ':one': { N: '1' },
        ':expiresAt': { N: String(Date.UTC(2022, 7, 2 + 1_000 + 7) / 1000) },
      },
    });
  });

  it('sets no expiry for a window that is kept forever', () => {
    const update = updates(changeFrom({ next: AUGUST })).get('AUG_2022');
    expect(update?.UpdateExpression).not.toContain('expires_at');
    expect(update?.ExpressionAttributeValues).not.toHaveProperty(':expiresAt');
  });

  it('raises the revision of ALL_TIME even when the delta is zero', () => {
    const update = updates(changeFrom({ expected: AUGUST, next: '2022-08-01T13:00:00Z' })).get('ALL_TIME');
    expect(update?.UpdateExpression).toContain('ADD favourite_count :delta, revision :one');
    expect(update?.ExpressionAttributeValues).toMatchObject({ ':delta': { N: '0' }, ':one': { N: '1' } });
  });

  it('spreads the ranking over as many shards as the settings say', () => {
    const update = updates(changeFrom({ next: AUGUST }), { rankingShards: 1 }).get('AUG_2022');
    expect(update?.ExpressionAttributeValues?.[':rankingKey']).toEqual({ S: 'AUG_2022#0' });
  });
});
