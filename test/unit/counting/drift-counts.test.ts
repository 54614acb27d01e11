import { describe, expect, it } from '@jest/globals';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { ALL_TIME, type TimeWindow, type TimeWindowSettings } from '../../../src/counting/time-window.ts';
import { createdAt } from '../../support/favourite-changes.ts';
import {
  addToTally,
  compareCounts,
  type CountRow,
  DAMAGED_REVISION,
  guardOf,
  nextRevision,
  NO_REVISION,
  type Revision,
  type Tally,
} from '../../../src/counting/drift.ts';

const OSTERIA = 'osteria' as RestaurantId;
const AUGUST = 'AUG_2022' as TimeWindow;
const FIRST = '20220801' as TimeWindow;
const timeWindows: TimeWindowSettings = { MONTH: 'forever', DAY: 100 };
const nowMs = Date.UTC(2022, 7, 10);
const settings = { timeWindows, timeZone: 'UTC', rankingShards: 1, nowMs };
const DAY_EXPIRES = Date.UTC(2022, 7, 2 + 100 + 7) / 1000;

const rowOf = (window: TimeWindow, row: Partial<CountRow> = {}): CountRow => ({
  restaurantId: OSTERIA,
  window,
  count: 2,
  rankingKey: `${window}#0`,
  expiresAt: window === FIRST ? DAY_EXPIRES : undefined,
  revision: '7' as Revision,
  ...row,
});
const right = [rowOf(ALL_TIME), rowOf(AUGUST), rowOf(FIRST)];
const tallyOf = (...marks: readonly string[]): Tally => {
  const tally: Tally = new Map();
  for (const text of marks) addToTally(tally, createdAt(text), { timeWindows, timeZone: 'UTC', nowMs });
  return tally;
};
const tally = tallyOf('2022-08-01T00:00:00Z', '2022-08-01T10:00:00Z');
const compare = (rows: readonly CountRow[], counted: Tally = tally, at = nowMs) =>
  compareCounts(OSTERIA, { rows, tally: counted }, { ...settings, nowMs: at });
const withRow = (window: TimeWindow, row: Partial<CountRow>) =>
  right.map((other) => (other.window === window ? { ...other, ...row } : other));

describe('compareCounts', () => {
  it('finds no drift if every row is correct, in any order', () => {
    expect(compare(right)).toEqual([]);
    expect(compare(right.toReversed())).toEqual([]);
    expect(compare([], new Map())).toEqual([]);
  });

  it('wants the ranking key exactly if the count that is due is at the floor or above it', () => {
    const rankingKeys = (rows: readonly CountRow[], floor: number) =>
      compareCounts(
        OSTERIA,
        { rows, tally },
        { ...settings, nowMs, ranking: { ALL_TIME: floor, MONTH: floor, DAY: 'off' } },
      ).map(({ window, count, rankingKey }) => [window, count, rankingKey]);
    const withoutKey = right.map((row) => ({ ...row, rankingKey: undefined }));
    expect(rankingKeys(right, 2)).toEqual([[FIRST, 2, undefined]]);
    expect(rankingKeys(withoutKey, 2)).toEqual([
      [ALL_TIME, 2, 'ALL_TIME#0'],
      [AUGUST, 2, 'AUG_2022#0'],
    ]);
    expect(rankingKeys(withoutKey, 3)).toEqual([]);
    expect(rankingKeys(right, 3).map(([window]) => window)).toEqual([ALL_TIME, AUGUST, FIRST]);
  });

  it('judges a damaged count by the one that is due', () => {
    const ranking = { ALL_TIME: 2, MONTH: 3, DAY: 'off' } as const;
    const damaged = [
      rowOf(ALL_TIME, { count: 1, rankingKey: undefined }),
      rowOf(AUGUST, { count: 9 }),
      rowOf(FIRST, { rankingKey: undefined }),
    ];
    expect(compareCounts(OSTERIA, { rows: damaged, tally }, { ...settings, ranking })).toMatchObject([
      { window: ALL_TIME, count: 2, rankingKey: 'ALL_TIME#0' },
      { window: AUGUST, count: 2, rankingKey: undefined },
    ]);
  });

  it.each<[string, TimeWindow, Partial<CountRow>]>([
    ['count', AUGUST, { count: 3 }],
    ['missing count', ALL_TIME, { count: undefined }],
    ['ranking key', FIRST, { rankingKey: '20220801#1' }],
    ['missing ranking key', AUGUST, { rankingKey: undefined }],
    ['missing expiry', FIRST, { expiresAt: undefined }],
    ['expiry that is not a number', FIRST, { expiresAt: Number.NaN }],
    ['expiry of a window that never expires', ALL_TIME, { expiresAt: 1 }],
    ['unreadable revision', AUGUST, { revision: DAMAGED_REVISION }],
    ['missing revision', AUGUST, { revision: NO_REVISION }],
    ['broken revision', AUGUST, { revision: '1.5' as Revision }],
  ])('finds a wrong %s, and corrects the whole row', (_, window, damage) => {
    expect(compare(withRow(window, damage))).toEqual([
      {
        window,
        was: damage.revision ?? '7',
        count: 2,
        rankingKey: `${window}#0`,
        expiresAt: window === FIRST ? DAY_EXPIRES : undefined,
      },
    ]);
  });

  it('finds a missing row, and corrects it on condition that it is still missing', () => {
    const corrections = compare(right.filter(({ window }) => window !== AUGUST));
    expect(corrections).toMatchObject([{ window: AUGUST, was: NO_REVISION, count: 2 }]);
  });

  it('sets a row without favourites to zero, unless it already is zero', () => {
    const invented = rowOf('SEP_2022' as TimeWindow);
    expect(compare([...right, invented])).toMatchObject([{ window: 'SEP_2022', was: '7', count: 0 }]);
    expect(compare([...right, { ...invented, count: 0 }])).toEqual([]);
  });

  it('ignores windows that are past their retention or not kept', () => {
    const windows = ['20210101', 'NONSENSE', '', '20220230'];
    const rows = windows.map((window) => rowOf(window as TimeWindow, { count: 9 }));
    expect(compare([...right, ...rows])).toEqual([]);
    const noDays = { ...settings, timeWindows: { MONTH: 'forever' } as const };
    const wrongDay = withRow(FIRST, { count: 9 });
    expect(compareCounts(OSTERIA, { rows: wrongDay, tally: tallyOf() }, noDays)).toHaveLength(2);
  });

  it('stops comparing a window in the millisecond when its retention ends', () => {
    const wrongDay = withRow(FIRST, { count: 9 });
    const endMs = Date.UTC(2022, 7, 2 + 100);
    expect(compare(wrongDay, tally, endMs - 1)).toHaveLength(1);
    expect(compare(wrongDay, tally, endMs)).toEqual([]);
  });

  it('puts ALL_TIME first', () => {
    const rows = right.toReversed().map((row) => ({ ...row, count: 9 }));
    expect(compare(rows).map(({ window }) => window)).toEqual([ALL_TIME, FIRST, AUGUST]);
  });
});

describe('the revision', () => {
  it.each([
    ['7', '8'],
    ['9007199254740993', '9007199254740994'],
    [NO_REVISION, '1'],
    [DAMAGED_REVISION, '1'],
    ['-3', '1'],
  ])('after %s becomes %s', (was, next) => {
    expect(nextRevision(was as Revision)).toBe(next);
  });

  it('of ALL_TIME guards the restaurant', () => {
    expect(guardOf(withRow(ALL_TIME, { revision: '42' as Revision }).toReversed())).toBe('42');
    expect(guardOf([rowOf(AUGUST)])).toBe(NO_REVISION);
    expect(guardOf([])).toBe(NO_REVISION);
  });
});
