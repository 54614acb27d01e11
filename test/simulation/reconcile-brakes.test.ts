/**
 * Too much drift stops a reconcile (I4): a wrong table or a wrong setting does not change right counts. For
 * each rule, a variant without the rule fails here. Three simpler rules fail too, because each writes
 * corrections before it stops: no first pass, budgets for single segments, and a running total.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../src/reconcile/decide/decide.ts';
import { type Decision, type SegmentWork } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import {
  AUGUST,
  type BrakedRun,
  type BrakesWorld,
  countedIn,
  type Parts,
  runBraked,
  SEPTEMBER,
} from '../support/brakes-bench.ts';

const COUNTED = 600;
/** More than 100, and just above one in five of the registers. */
const TOO_MANY = 121;
const id = (user: number): string => `r${user % 7}#u${user}`;
const datesOf = (from: number, to: number, createdAt = AUGUST): readonly (readonly [string, string])[] =>
  Array.from({ length: to - from }, (_, index) => [id(from + index), createdAt]);

/** All registers count. The first `gone` rows are gone, and the next `dated` have another date. */
function worldOf({ gone = 0, dated = 0, counted = COUNTED }): BrakesWorld {
  return {
    registers: new Map(datesOf(0, counted)),
    rows: new Map([...datesOf(gone, gone + dated, SEPTEMBER), ...datesOf(gone + dated, counted)]),
  };
}

const allSegments: readonly SegmentWork[] = (['favourites', 'countedFavourites'] as const).flatMap((table) =>
  [0, 1, 2, 3].map((segment) => ({ table, segment, totalSegments: 4 })),
);
/** Corrects all segments, whatever the first pass found. */
const mendAll = (): Decision => ({ totals: noTotals, mend: allSegments });

/** Simpler rules, each with a world in which it changes counts. */
const wrongVariants: readonly (readonly [string, BrakesWorld, Partial<Parts>])[] = [
  [
    'no first pass',
    worldOf({ gone: COUNTED }),
    { decide: mendAll, workOf: (work) => ({ ...work, uncountsMax: COUNTED }) },
  ],
  [
    'budgets of segments alone',
    worldOf({ gone: 40, counted: 40 }),
    { decide: mendAll, workOf: (work) => ({ ...work, uncountsMax: 10 }) },
  ],
  [
    'a running total over the segments',
    worldOf({ gone: TOO_MANY }),
    {
      decide: mendAll,
      workOf: (work, mended) => ({ ...work, uncountsMax: Math.max(0, TOO_MANY - 1 - mended) }),
    },
  ],
];

function expectUntouched({ error, store }: BrakedRun, { registers }: BrakesWorld): void {
  expect(error?.name).toBe('TooMuchDrift');
  expect(store.sent).toBe(0);
  expect(countedIn(store)).toBe(registers.size);
}

function expectConverged({ error, store }: BrakedRun, { rows, registers }: BrakesWorld): void {
  expect(error).toBeUndefined();
  const wanted = new Map([...registers.keys()].map((key) => [key, rows.get(key)]));
  for (const [key, createdAt] of rows) wanted.set(key, createdAt);
  const counted = [...store.registers].map(([key, { createdAt }]) => [key, createdAt] as const);
  expect(new Map(counted)).toEqual(wanted);
}

describe('a repair that finds too much to un-count', () => {
  it.each([
    ['one favourite in five and one more is gone', worldOf({ gone: TOO_MANY })],
    ['every row is gone', worldOf({ gone: COUNTED })],
    ['every row of a small table is gone', worldOf({ gone: 5, counted: 5 })],
    ['one register counts, and no row does', worldOf({ gone: 1, counted: 1 })],
    [
      'the table holds other favourites',
      { registers: new Map(datesOf(0, COUNTED)), rows: new Map(datesOf(5_000, 5_600)) },
    ],
    [
      'every row is rejected',
      { registers: new Map(datesOf(0, COUNTED)), rows: new Map(datesOf(0, COUNTED, 'yesterday')) },
    ],
  ])('changes nothing when %s', async (_, world) => {
    expectUntouched(await runBraked(world), world);
  });

  it.each(wrongVariants)('would change counts with %s', async (_, world, parts) => {
    expectUntouched(await runBraked(world), world);
    const wrong = await runBraked(world, { parts });
    expect(() => expectUntouched(wrong, world)).toThrow(/toBe/);
    expect(countedIn(wrong.store)).toBeLessThan(world.registers.size);
  });

  it('corrects all of it if the input accepts the drift', async () => {
    for (const world of [worldOf({ gone: TOO_MANY }), worldOf({ gone: COUNTED })]) {
      expectConverged(await runBraked(world, { acceptDrift: true }), world);
    }
  });

  it('only reports it in mode verify', async () => {
    const { error, store } = await runBraked(worldOf({ gone: COUNTED }), { mode: 'verify' });
    expect(error).toMatchObject({
      name: 'DriftRemains',
      message: expect.stringMatching(/^Drift remains: 600 reg/),
    });
    expect(store.sent).toBe(0);
  });
});

describe('a repair that finds less than the limit', () => {
  it.each([
    ['exactly one favourite in five is gone', worldOf({ gone: TOO_MANY - 1 })],
    ['a hundred favourites of a small table are gone', worldOf({ gone: 100, counted: 101 })],
    ['every date has changed, which un-counts nothing', worldOf({ dated: COUNTED })],
    ['nothing differs', worldOf({})],
    ['all registers are lost', { rows: new Map(datesOf(0, COUNTED)), registers: new Map() }],
  ])('mends all of it when %s', async (_, world) => {
    expectConverged(await runBraked(world), world);
  });

  it('would be stopped if a change of date were an un-count', async () => {
    const world = worldOf({ dated: COUNTED });
    const parts: Partial<Parts> = {
      decide: ({ segments, ...input }, context) =>
        decide(
          {
            ...input,
            segments: segments.map((one) => ({
              ...one,
              totals: { ...one.totals, uncounts: one.totals.found },
            })),
          },
          context,
        ),
    };
    const run = await runBraked(world, { parts });
    expect(() => expectConverged(run, world)).toThrow(/TooMuchDrift/);
  });

  it('has no second pass on correct tables', async () => {
    const parts: Partial<Parts> = {
      workOf: () => {
        throw new Error('a second pass');
      },
    };
    expect((await runBraked(worldOf({}), { parts })).error).toBeUndefined();
  });

  it('reports each difference once', async () => {
    const { report } = await runBraked(worldOf({ gone: 30, dated: 20 }));
    expect(report).toMatchObject({ registersFound: 50, registersCorrected: 50 });
    expect(report?.stages.heal).toMatchObject({
      checked: COUNTED,
      uncounts: 30,
      settled: 0,
      registers: COUNTED,
    });
  });
});

describe('rows that disappear between the two passes', () => {
  /** Deletes the first rows of the table without a record, like a swapped table. */
  const swap = (rows: number): Partial<Parts> => ({
    betweenPasses: (tables) => {
      for (let user = 0; user < rows; user += 1) tables.write(id(user), { sequence: 2 });
    },
  });

  it('are un-counted up to what the first pass found, plus the larger of ten and 1 %', async () => {
    // The rows to be found are the last ones, one in each segment, so that each segment is mended.
    const world = { ...worldOf({}), rows: new Map(datesOf(0, COUNTED - 4)) };
    const { error, store } = await runBraked(world, { parts: swap(300) });
    expect(error).toMatchObject({
      name: 'TooMuchDrift',
      message: expect.stringContaining('the second pass'),
    });
    expect(COUNTED - countedIn(store)).toBeLessThanOrEqual(4 * (1 + 10));

    const unlimited: Partial<Parts> = {
      ...swap(300),
      workOf: (work) => ({ ...work, uncountsMax: COUNTED }),
    };
    const wrong = await runBraked(world, { parts: unlimited });
    expect(COUNTED - countedIn(wrong.store)).toBeGreaterThan(300);
  });

  it('are not reported as drift if events correct their registers meanwhile', async () => {
    const world = worldOf({ gone: 8 });
    const parts: Partial<Parts> = {
      betweenPasses: ({ store }) => {
        // The late un-mark of one of them: its record arrives only now.
        const counted = store.registers.get(id(0));
        if (counted !== undefined) store.registers.set(id(0), { ...counted, createdAt: undefined });
        store.acceptDamage(Date.UTC(2022, 9, 1));
      },
    };
    const { error, report } = await runBraked(world, { parts });
    expect(error).toBeUndefined();
    expect(report).toMatchObject({
      registersFound: 8,
      registersCorrected: 7,
      stages: { heal: { settled: 1 } },
    });
  });
});

describe('a seed', () => {
  it('fills empty tables after it has read every row', async () => {
    const world = { registers: new Map<string, string>(), rows: new Map(datesOf(0, 50)) };
    const run = await runBraked(world, { mode: 'seed' });
    expectConverged(run, world);
    expect(run.report?.stages.heal).toMatchObject({ checked: 50, found: 50, corrected: 50, countable: 50 });
  });

  it.each([
    ['no row counts', [...datesOf(0, 9, 'yesterday')]],
    ['there is no row', []],
    ['more than half of the rows are rejected', [...datesOf(0, 40), ...datesOf(40, 81, 'yesterday')]],
  ])('writes nothing when %s', async (_, rows) => {
    const world = { registers: new Map<string, string>(), rows: new Map(rows) };
    const { error, store } = await runBraked(world, { mode: 'seed' });
    expect(error?.name).toBe('SeedStopped');
    expect(store.sent).toBe(0);
  });

  it('counts the other rows when exactly half of the rows are rejected', async () => {
    const rows = new Map([...datesOf(0, 40), ...datesOf(40, 80, 'yesterday')]);
    const { error, store } = await runBraked({ registers: new Map(), rows }, { mode: 'seed' });
    expect(error).toBeUndefined();
    expect(countedIn(store)).toBe(40);
  });
});

it('always changes nothing or corrects everything, and stops above the limit', async () => {
  const worlds = fc.record({
    counted: fc.integer({ min: 1, max: 260 }),
    gone: fc.integer({ min: 0, max: 260 }),
    dated: fc.integer({ min: 0, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async ({ counted, gone: wished, dated: wishedDates }) => {
      const gone = Math.min(wished, counted);
      const world = worldOf({ counted, gone, dated: Math.min(wishedDates, counted - gone) });
      const run = await runBraked(world);
      const isTooMuch = gone === counted || (gone > 100 && gone * 5 > counted);
      if (isTooMuch) expectUntouched(run, world);
      else expectConverged(run, world);
    }),
    { numRuns: 40 },
  );
});
