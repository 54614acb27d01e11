import { describe, expect, it } from '@jest/globals';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { ALL_TIME, type TimeWindow } from '../../../src/counting/time-window.ts';
import {
  DAMAGED_REVISION,
  NO_REVISION,
  type Revision,
  type RowCorrection,
} from '../../../src/counting/drift.ts';
import {
  correctionActions,
  holdAction,
  releaseAction,
} from '../../../src/tables/aggregated-favourites-audit.ts';

const OSTERIA = 'osteria' as RestaurantId;
const NOW_MS = Date.parse('2024-06-01T00:00:00.999Z');
const settings = { tableName: 'counts', nowMs: NOW_MS };
const allTime: RowCorrection = {
  window: ALL_TIME,
  was: '7' as Revision,
  count: 5,
  rankingKey: 'ALL_TIME#6',
  expiresAt: undefined,
};
const day: RowCorrection = {
  ...allTime,
  window: '20220801' as TimeWindow,
  rankingKey: '20220801#6',
  expiresAt: 1_700_000_000,
};
const actions = (guard: string, ...rows: readonly RowCorrection[]) =>
  correctionActions({ restaurantId: OSTERIA, guard: guard as Revision, rows }, settings);

describe('the correction of a restaurant', () => {
  it('sets the whole row and raises its revision, on condition that the revision is unchanged', () => {
    expect(actions('7', allTime)).toEqual([
      {
        Update: {
          TableName: 'counts',
          Key: { restaurant_id: { S: 'osteria' }, time_window: { S: 'ALL_TIME' } },
          UpdateExpression:
            'SET favourite_count = :count, revision = :next, updated_at = :now, ranking_key = :rankingKey' +
            ' REMOVE expires_at',
          ConditionExpression: 'revision = :was',
          ExpressionAttributeValues: {
            ':count': { N: '5' },
            ':next': { N: '8' },
            ':rankingKey': { S: 'ALL_TIME#6' },
            ':now': { S: '2024-06-01T00:00:00.999Z' },
            ':was': { N: '7' },
          },
        },
      },
    ]);
  });

  it('sets the expiry of a window with a retention', () => {
    const [update] = actions('3', day);
    expect(update?.Update?.UpdateExpression).toMatch(/expires_at = :expiresAt$/);
    expect(update?.Update?.ExpressionAttributeValues).toMatchObject({ ':expiresAt': { N: '1700000000' } });
  });

  it('checks that ALL_TIME is unchanged if it does not correct that row', () => {
    const [, check, ...others] = actions('3', day);
    expect(check).toEqual({
      ConditionCheck: {
        TableName: 'counts',
        Key: { restaurant_id: { S: 'osteria' }, time_window: { S: 'ALL_TIME' } },
        ConditionExpression: 'revision = :was',
        ExpressionAttributeValues: { ':was': { N: '3' } },
      },
    });
    expect(others).toEqual([]);
  });

  it('checks that ALL_TIME is still absent if it was absent when read', () => {
    const check = actions(NO_REVISION, day)[1]?.ConditionCheck;
    expect(check?.ConditionExpression).toBe('attribute_not_exists(revision)');
    expect(check).not.toHaveProperty('ExpressionAttributeValues');
  });

  it('writes ALL_TIME only once when that row is corrected too', () => {
    expect(actions('7', allTime, day).map((action) => Object.keys(action))).toEqual([['Update'], ['Update']]);
  });

  it('requires that a damaged revision is still not a number', () => {
    const update = actions(DAMAGED_REVISION, { ...allTime, was: DAMAGED_REVISION })[0]?.Update;
    expect(update?.ConditionExpression).toBe(
      'attribute_exists(revision) AND NOT attribute_type(revision, :number)',
    );
    expect(update?.ExpressionAttributeValues).toMatchObject({ ':number': { S: 'N' }, ':next': { N: '1' } });
  });
});

describe('a hold', () => {
  it('is set with a new revision if the row exists and no other hold is active', () => {
    expect(holdAction(OSTERIA, { tableName: 'counts', nowMs: 1_000, untilMs: 6_000 })).toEqual({
      Update: {
        TableName: 'counts',
        Key: { restaurant_id: { S: 'osteria' }, time_window: { S: 'ALL_TIME' } },
        UpdateExpression: 'SET held_until = :until ADD revision :one',
        ConditionExpression:
          'attribute_exists(revision) AND (attribute_not_exists(held_until)' +
          ' OR NOT (held_until BETWEEN :nowMs AND :horizonMs))',
        ExpressionAttributeValues: {
          ':until': { N: '6000' },
          ':one': { N: '1' },
          ':nowMs': { N: '1001' },
          ':horizonMs': { N: '61000' },
        },
      },
    });
  });

  it('must not last more than ten seconds', () => {
    const hold = (untilMs: number) => holdAction(OSTERIA, { tableName: 'counts', nowMs: 0, untilMs });
    expect(() => hold(10_000)).not.toThrow();
    expect(() => hold(10_001)).toThrow('check RECONCILE_HOLD_SECONDS');
  });

  it('is released only if held_until is still the given time', () => {
    expect(releaseAction(OSTERIA, { tableName: 'counts', untilMs: 6_000 })).toEqual({
      Update: {
        TableName: 'counts',
        Key: { restaurant_id: { S: 'osteria' }, time_window: { S: 'ALL_TIME' } },
        UpdateExpression: 'REMOVE held_until ADD revision :one',
        ConditionExpression: 'held_until = :until',
        ExpressionAttributeValues: { ':until': { N: '6000' }, ':one': { N: '1' } },
      },
    });
  });
});
