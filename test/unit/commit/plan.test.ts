import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ACTIONS_MAX,
  actionsOf,
  foldEvents,
  planTransactions,
  replan,
  type TransactionPlan,
} from '../../../src/commit/plan.ts';
import { countDeltas, type FavouriteChange, type Register } from '../../../src/counting/counted-favourite.ts';
import { ALL_TIME, type WindowCalendar } from '../../../src/counting/time-window.ts';
import { changeFrom, createdAt, eventFrom, favouriteKey, position } from '../../support/favourite-changes.ts';
import { registerIdOf } from '../../../src/counting/register-key.ts';

const FOREVER: WindowCalendar = {
  timeWindows: { MONTH: 'forever', DAY: 'forever' },
  timeZone: 'UTC',
  nowMs: 0,
};
const ALL_TIME_ONLY: WindowCalendar = { timeWindows: {}, timeZone: 'UTC', nowMs: 0 };
const AUGUST = '2022-08-01T12:00:00Z';
const [EARLY, LATE] = ['2022-08-01T01:00:00Z', '2022-08-01T23:00:00Z'];

const foldOne = (events: Parameters<typeof foldEvents>[0]): FavouriteChange => {
  const [change, ...others] = foldEvents(events).values();
  if (change === undefined || others.length > 0) throw new Error('expected one favourite');
  return change;
};
const planOne = (changes: readonly FavouriteChange[], calendar = FOREVER): TransactionPlan => {
  const [sequence, ...others] = planTransactions(changes, calendar);
  const [plan, ...parts] = sequence ?? [];
  if (plan === undefined || parts.length + others.length > 0) throw new Error('expected one transaction');
  return plan;
};
const countsOf = (plan: TransactionPlan) =>
  plan.counts.map(({ restaurantId, window, delta }) => `${restaurantId} ${window} ${delta}`).toSorted();
const marksOf = (restaurantId: string, users: number, at: (user: number) => string = () => AUGUST) =>
  Array.from({ length: users }, (_, user) =>
    changeFrom({ restaurantId, userId: `user-${user}`, next: at(user) }),
  );
/** Noon of a day, counted from 2000-01-01. */
const dayAt = (day: number) => new Date(Date.UTC(2000, 0, 1 + day, 12)).toISOString();

describe('foldEvents, for the events of one favourite', () => {
  it('takes the next register from the newest event and the expected one from the oldest', () => {
    const events = [
      eventFrom({ sequence: 1, unmark: EARLY, writtenAtMs: 100 }),
      eventFrom({ sequence: 2, mark: AUGUST, writtenAtMs: 300 }),
      eventFrom({ sequence: 3, unmark: AUGUST, writtenAtMs: 200 }),
      eventFrom({ sequence: 4, mark: LATE, writtenAtMs: 400 }),
    ];
    const folded = {
      key: favouriteKey(),
      next: { position: position(4), createdAt: LATE },
      requires: { kind: 'older-than-event', event: events[3], counting: EARLY },
      oldestWrittenAtMs: 100,
    };
    fc.assert(
      fc.property(fc.shuffledSubarray([...events, ...events], { minLength: 8 }), (delivered) => {
        expect(foldOne(delivered)).toEqual(folded);
      }),
    );
  });

  it('expects that nothing is counted when the oldest event is a mark', () => {
    const newest = eventFrom({ sequence: 2, unmark: AUGUST });
    expect(foldOne([newest, eventFrom({ sequence: 1, mark: AUGUST })])).toEqual({
      ...changeFrom({ sequence: 2 }),
      requires: { kind: 'older-than-event', event: newest, counting: undefined },
    });
  });

  it('expects that nothing is counted when the oldest event is an un-mark without a created_at', () => {
    expect(foldOne([eventFrom({ sequence: 1 }), eventFrom({ sequence: 2, mark: AUGUST })])).toEqual(
      changeFrom({ sequence: 2, next: AUGUST }),
    );
  });

  it.each([
    [[undefined, 5, 3], 3],
    [[5, undefined, 3], 3],
    [[3, 5, undefined], 3],
    [[0, 5], 0],
    [[undefined, undefined], undefined],
  ])('keeps the earliest known write time of %j', (written, earliest) => {
    const events = written.map((writtenAtMs, index) =>
      eventFrom({
        sequence: index + 1,
        mark: AUGUST,
        ...(writtenAtMs === undefined ? {} : { writtenAtMs }),
      }),
    );
    expect(foldOne(events).oldestWrittenAtMs).toBe(earliest);
  });

  it('distinguishes registers whose joined ids would be equal', () => {
    const events = [
      eventFrom({ sequence: 1, restaurantId: 'a', userId: 'bc', mark: AUGUST }),
      eventFrom({ sequence: 2, restaurantId: 'ab', userId: 'c', mark: AUGUST }),
      eventFrom({ sequence: 3, restaurantId: '__proto__', userId: 'c', mark: AUGUST }),
    ];
    expect([...foldEvents(events).keys()]).toEqual(['1:abc', '2:abc', '9:__proto__c']);
    expect([...foldEvents([]).keys()]).toEqual([]);
  });
});

describe('replan', () => {
  const change = changeFrom({ sequence: 5, expected: EARLY, next: LATE });

  const expecting = (counting: string | undefined) => ({
    ...change,
    requires: { ...change.requires, counting },
  });

  it('expects the created_at that the register counts', () => {
    const truth: Register = { position: position(4), createdAt: createdAt(AUGUST) };
    expect(replan(change, truth)).toEqual(expecting(AUGUST));
    expect(replan(change, { ...truth, createdAt: undefined })).toEqual(expecting(undefined));
  });

  it('expects that nothing is counted when there is no register', () => {
    expect(replan(change, undefined)).toEqual(expecting(undefined));
  });

  it('treats a register without a readable position as older than any event', () => {
    for (const damaged of [undefined, null, '']) {
      expect(replan(change, { position: damaged, createdAt: AUGUST })).toEqual(expecting(AUGUST));
    }
  });

  it('returns stale when the register is at the same position or a later one', () => {
    expect(replan(change, { position: position(5), createdAt: createdAt(LATE) })).toBeUndefined();
    expect(replan(change, { position: position(6), createdAt: undefined })).toBeUndefined();
  });

  it('returns stale when the change requires one exact register and finds another or none', () => {
    const exact: FavouriteChange = { ...change, requires: { kind: 'exactly', register: undefined } };
    expect(replan(exact, { position: position(4), createdAt: createdAt(AUGUST) })).toBeUndefined();
    expect(replan(exact, undefined)).toBeUndefined();
  });
});

describe('planTransactions', () => {
  it('counts a mark in each of its windows', () => {
    const plan = planOne([changeFrom({ next: AUGUST })]);
    expect(countsOf(plan)).toEqual(['osteria 20220801 1', 'osteria ALL_TIME 1', 'osteria AUG_2022 1']);
  });

  it('sums the deltas of each restaurant separately', () => {
    const plan = planOne([
      changeFrom({ userId: 'ada', next: AUGUST }),
      changeFrom({ userId: 'bob', next: AUGUST }),
      changeFrom({ userId: 'cy', expected: AUGUST }),
      changeFrom({ userId: 'dee', expected: AUGUST }),
      changeFrom({ userId: 'eve', expected: AUGUST }),
      changeFrom({ restaurantId: 'trattoria', userId: 'ada', next: AUGUST }),
    ]);
    expect(plan.changes).toHaveLength(6);
    expect(countsOf(plan)).toEqual([
      'osteria 20220801 -1',
      'osteria ALL_TIME -1',
      'osteria AUG_2022 -1',
      'trattoria 20220801 1',
      'trattoria ALL_TIME 1',
      'trattoria AUG_2022 1',
    ]);
  });

  it('writes a register but no count row when a batch has a mark and its un-mark', () => {
    const changes = foldEvents([
      eventFrom({ sequence: 1, mark: AUGUST }),
      eventFrom({ sequence: 2, unmark: AUGUST }),
    ]);
    const plan = planOne([...changes.values()]);
    expect(plan.changes).toMatchObject([
      { next: { position: position(2), createdAt: undefined }, requires: { counting: undefined } },
    ]);
    expect(plan.counts).toEqual([]);
  });

  it('raises only the revision of ALL_TIME when one user un-marks and another user marks', () => {
    const plan = planOne([
      changeFrom({ userId: 'ada', expected: AUGUST }),
      changeFrom({ userId: 'bob', next: AUGUST }),
    ]);
    expect(countsOf(plan)).toEqual(['osteria ALL_TIME 0']);
  });

  it('raises only the revision of ALL_TIME when a created_at stays in the same windows', () => {
    expect(countsOf(planOne([changeFrom({ expected: EARLY, next: LATE })]))).toEqual(['osteria ALL_TIME 0']);
  });

  it('raises the revision of ALL_TIME too when a created_at moves to another window', () => {
    const plan = planOne([changeFrom({ expected: AUGUST, next: '2022-08-02T00:00:00Z' })]);
    expect(countsOf(plan)).toEqual(['osteria 20220801 -1', 'osteria 20220802 1', 'osteria ALL_TIME 0']);
  });

  it('raises only the revision of the restaurant whose registers change but whose counts do not', () => {
    const plan = planOne([
      changeFrom({ restaurantId: 'still', sequence: 2, expected: AUGUST, next: AUGUST }),
      changeFrom({ restaurantId: 'moving', sequence: 2, expected: EARLY, next: LATE }),
    ]);
    expect(plan.changes).toHaveLength(2);
    expect(countsOf(plan)).toEqual(['moving ALL_TIME 0']);
  });

  it('never touches a window past its retention', () => {
    const calendar = {
      timeWindows: { MONTH: 30, DAY: 1 },
      timeZone: 'UTC',
      nowMs: Date.parse('2022-08-03T00:00:00Z'),
    };
    expect(countsOf(planOne([changeFrom({ expected: AUGUST })], calendar))).toEqual([
      'osteria ALL_TIME -1',
      'osteria AUG_2022 -1',
    ]);
  });

  it('plans no transaction when there are no changes', () => {
    expect(planTransactions([], FOREVER)).toEqual([]);
  });
});

describe('planTransactions, packing', () => {
  it('fills a transaction to exactly 100 actions with whole restaurants', () => {
    // Each restaurant needs two actions: a register and ALL_TIME.
    const fifty = Array.from({ length: 50 }, (_, index) =>
      changeFrom({ restaurantId: `restaurant-${index}`, next: AUGUST }),
    );
    expect(actionsOf(planOne(fifty, ALL_TIME_ONLY))).toBe(ACTIONS_MAX);
    const plans = planTransactions(
      [...fifty, changeFrom({ restaurantId: 'one-more', next: AUGUST })],
      ALL_TIME_ONLY,
    );
    expect(plans.map((sequence) => sequence.map(actionsOf))).toEqual([[100], [2]]);
  });

  it('adds a later, smaller restaurant to a transaction that has room beside a large one', () => {
    const plans = planTransactions(
      [...marksOf('large', 90), ...marksOf('middle', 60), ...marksOf('small', 8)],
      ALL_TIME_ONLY,
    );
    expect(plans.map((sequence) => sequence.map(actionsOf))).toEqual([[100], [61]]);
  });

  it('keeps a restaurant of exactly 100 actions whole', () => {
    expect(actionsOf(planOne(marksOf('osteria', 99), ALL_TIME_ONLY))).toBe(100);
    expect(actionsOf(planOne(marksOf('osteria', 97), FOREVER))).toBe(100);
  });

  it('keeps a restaurant of 100 actions whole when some deltas cancel', () => {
    const fifteenth = '2022-08-15T12:00:00Z';
    const changes = [
      ...marksOf('osteria', 95),
      changeFrom({ userId: 'leaves', expected: fifteenth }),
      changeFrom({ userId: 'comes', next: fifteenth }),
    ];
    expect(actionsOf(planOne(changes))).toBe(100);
  });

  it('splits a restaurant of more than 100 actions into parts that run in sequence', () => {
    const plans = planTransactions([...marksOf('viral', 250), ...marksOf('small', 1)], ALL_TIME_ONLY);
    expect(plans.map((sequence) => sequence.map(actionsOf))).toEqual([[2], [100, 100, 53]]);
    const parts = plans[1] ?? [];
    expect(parts.map(countsOf)).toEqual([
      ['viral ALL_TIME 99'],
      ['viral ALL_TIME 99'],
      ['viral ALL_TIME 52'],
    ]);
  });

  it('splits by the number of actions, not of favourites, because 60 days add 60 count rows', () => {
    const plans = planTransactions(
      marksOf('osteria', 60, (user) => dayAt(user)),
      FOREVER,
    );
    // There are 60 registers, 60 days and three months, and ALL_TIME is in each part.
    expect(plans.map((parts) => parts.length)).toEqual([2]);
    for (const part of plans.flat()) expect(actionsOf(part)).toBeLessThanOrEqual(ACTIONS_MAX);
  });

  it('counts the rows of the first change of each part towards the 100 actions', () => {
    const [parts = []] = planTransactions(
      marksOf('osteria', 200, (user) => dayAt(user)),
      FOREVER,
    );
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) expect(actionsOf(part)).toBeLessThanOrEqual(ACTIONS_MAX);
  });

  it('leaves room for the revision of ALL_TIME when every created_at changes within one window', () => {
    const within = Array.from({ length: 100 }, (_, user) =>
      changeFrom({ userId: `user-${user}`, expected: EARLY, next: LATE }),
    );
    const [parts = []] = planTransactions(within, FOREVER);
    expect(parts.map(actionsOf)).toEqual([100, 2]);
    expect(parts.map(countsOf)).toEqual([['osteria ALL_TIME 0'], ['osteria ALL_TIME 0']]);
  });

  it('always plans each change once, in transactions that fit and count only their own changes', () => {
    const moment = fc.option(fc.nat(80).map(dayAt), { nil: undefined, freq: 3 });
    // Few restaurants with many users, so that packing and splitting both happen.
    const favourite = fc.record({
      restaurant: fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c', 'd'),
      user: fc.nat(400),
      expected: moment,
      next: moment,
    });
    const batches = fc.uniqueArray(favourite, {
      selector: ({ restaurant, user }) => `${restaurant}#${user}`,
      maxLength: 350,
      size: 'max',
    });
    const calendars = fc.constantFrom<WindowCalendar>(FOREVER, ALL_TIME_ONLY, {
      timeWindows: { DAY: 5, MONTH: 'forever' },
      timeZone: 'UTC',
      nowMs: Date.UTC(2000, 1, 1),
    });
    fc.assert(
      fc.property(batches, calendars, (batch, calendar) => {
        const changes = batch.map(({ restaurant, user, expected, next }) =>
          changeFrom({
            restaurantId: restaurant,
            userId: String(user),
            ...(expected === undefined ? {} : { expected }),
            ...(next === undefined ? {} : { next }),
          }),
        );
        const sequences = planTransactions(changes, calendar);
        const plans = sequences.flat();

        const carried = plans.flatMap((plan) => plan.changes.map(({ key }) => registerIdOf(key)));
        expect(carried.toSorted()).toEqual(changes.map(({ key }) => registerIdOf(key)).toSorted());

        for (const plan of plans) {
          expect(actionsOf(plan)).toBeLessThanOrEqual(ACTIONS_MAX);
          expect(countsOf(plan)).toEqual(expectedCounts(plan.changes, calendar));
        }

        const restaurantsIn = sequences.map(
          (sequence) => new Set(sequence.flatMap((plan) => plan.changes.map(({ key }) => key.restaurantId))),
        );
        const appearances = restaurantsIn.flatMap((restaurants) => [...restaurants]);
        expect(new Set(appearances).size).toBe(appearances.length);
        const split = restaurantsIn.filter((_, index) => (sequences[index]?.length ?? 0) > 1);
        expect(split.filter((restaurants) => restaurants.size !== 1)).toEqual([]);
      }),
      // Shrinking a counterexample of hundreds of favourites would take minutes.
      { numRuns: 150, plugins: [fc.interruptAfterTimeLimit(20_000)] },
    );
  });
});

/** The deltas that a transaction with these changes must write, computed from the definition of a count. */
function expectedCounts(changes: readonly FavouriteChange[], calendar: WindowCalendar): readonly string[] {
  const sums = new Map<string, number>();
  for (const { key, requires, next } of changes) {
    const prior = requires.kind === 'older-than-event' ? requires.counting : undefined;
    if (prior !== next.createdAt) {
      const row = `${key.restaurantId} ${ALL_TIME}`;
      sums.set(row, sums.get(row) ?? 0);
    }
    for (const [window, delta] of countDeltas({ prior, next: next.createdAt }, calendar)) {
      const row = `${key.restaurantId} ${window}`;
      sums.set(row, (sums.get(row) ?? 0) + delta);
    }
  }
  return [...sums]
    .filter(([row, delta]) => delta !== 0 || row.endsWith(` ${ALL_TIME}`))
    .map(([row, delta]) => `${row} ${delta}`)
    .toSorted();
}
