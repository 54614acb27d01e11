/**
 * I1 and I4: the audit runs concurrently with the aggregator, on tables that serve stale and torn reads.
 * After every commit the store checks that no new difference appears between a count and its registers, so
 * that a wrong correction fails at once. For each rule that makes the audit safe, a mutant without the
 * rule must break I1 here.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scheduleOf } from '../support/random-schedule.ts';
import type { TimeWindowSettings } from '../../src/counting/time-window.ts';
import { type Schedule, underAllSchedules } from '../support/all-schedules.ts';
import { AUGUST, bound, choices, mark, placeOf, sceneOf, unmark } from '../support/audit-scenes.ts';
import { deliveriesOf, historyArbitrary } from '../support/histories.ts';
import { audit, type AuditBench, SECOND_READING_MS } from '../support/run-audit.ts';
import { bothWindows, deliverUntilHandled } from '../support/run-batches.ts';
import type { StreamRecord } from '../support/stream-records.ts';
import type { TornCountsOptions } from '../support/torn-counts.ts';
import { guardOf, NO_REVISION, type Revision } from '../../src/counting/drift.ts';
import type { AuditStore, AuditWriteAnswer } from '../../src/reconcile/audit/store.ts';

describe('an audit concurrent with one transaction, under every schedule', () => {
  /** Events during the audit. Before the audit, only `ada` has a favourite. */
  const events: Readonly<Record<string, readonly StreamRecord[]>> = {
    'a mark': [mark('bob', 1)],
    'an un-mark': [unmark('ada', 1)],
    'one user’s un-mark and another user’s mark': [unmark('ada', 1), mark('bob', 2)],
  };

  async function beside(
    schedule: Schedule,
    batch: readonly StreamRecord[],
    options: {
      /** The wrong count of each damaged window; the right count is 1. */
      readonly damage?: Readonly<Record<string, number>>;
      /** When true, the test checks only I1 after every commit, not the result of the audit. */
      readonly isMistaken?: boolean;
      readonly timeWindows?: TimeWindowSettings;
      readonly leaveOut?: TornCountsOptions['leaveOut'];
      readonly bench?: Partial<AuditBench>;
      readonly wrap?: (store: AuditStore) => AuditStore;
    } = {},
  ): Promise<void> {
    const { timeWindows = {}, damage = {}, bench, wrap } = options;
    const { tables, clock } = sceneOf(schedule, {
      timeWindows,
      // The first pass always finds damage that exists from the start, so its reads need not be scheduled.
      promptHints: Object.keys(damage).length > 0,
      ...(options.leaveOut === undefined ? {} : { leaveOut: options.leaveOut }),
    });
    tables.seed('osteria', 'ada', AUGUST);
    for (const [window, count] of Object.entries(damage)) tables.damage('osteria', window, { count });
    const delivery = deliverUntilHandled(batch, { store: tables, clock, timeWindows });
    const totals = await audit({ store: wrap?.(tables) ?? tables, clock, timeWindows, ...bench });
    await delivery;
    if (options.isMistaken === true) return;
    if (tables.errors().size > 0) throw new Error('damage remains');
    const drift = Object.keys(damage).length;
    if (totals.found !== drift || totals.corrected !== drift || totals.notAudited !== 0) {
      throw new Error(`expected ${drift} found and corrected: ${JSON.stringify(totals)}`);
    }
  }

  it.each(Object.entries(events))('never reports a right count as drift during %s', async (_, batch) => {
    await underAllSchedules((schedule) => beside(schedule, batch), { runsMax: 10_000 });
  });

  it.each(Object.entries(events))(
    'always repairs a wrong count exactly once during %s',
    async (_, batch) => {
      await underAllSchedules((schedule) => beside(schedule, batch, { damage: { ALL_TIME: 3 } }), {
        runsMax: 100_000,
      });
    },
    120_000,
  );

  /** Makes the audit use the guard from its read of the rows, instead of reading the guard again. */
  const withoutSecondLook = (store: AuditStore): AuditStore => {
    let guard: Revision = NO_REVISION;
    return {
      ...bound(store),
      queryCountRows: async (restaurantId, options) => {
        const page = await store.queryCountRows(restaurantId, options);
        guard = guardOf(page.items);
        return page;
      },
      readGuard: () => Promise.resolve({ revision: guard, readUnits: 0 }),
    };
  };
  const swap = events['one user’s un-mark and another user’s mark'] ?? [];
  const months: TimeWindowSettings = { MONTH: 'forever' };

  const mistakes: Readonly<Record<string, (schedule: Schedule) => Promise<void>>> = {
    'an aggregator that keeps the revision of ALL_TIME on a net-zero change': (schedule) =>
      beside(schedule, swap, { isMistaken: true, damage: { ALL_TIME: 3 }, leaveOut: 'guard-step-on-zero' }),
    "a correction that checks only the row's own revision": (schedule) =>
      beside(schedule, swap, {
        isMistaken: true,
        timeWindows: months,
        damage: { ALL_TIME: 2, AUG_2022: 3 },
        leaveOut: 'guard-check',
        wrap: withoutSecondLook,
      }),
    'several transactions that correct one restaurant after one read': (schedule) =>
      beside(schedule, swap, {
        isMistaken: true,
        timeWindows: months,
        damage: { ALL_TIME: 3, AUG_2022: 3 },
        leaveOut: 'guard-check',
        wrap: (store) => ({
          ...withoutSecondLook(store),
          correct: async ({ rows, ...correction }, options) => {
            let last: AuditWriteAnswer = { kind: 'overtaken' };
            for (const row of rows) last = await store.correct({ ...correction, rows: [row] }, options);
            return last;
          },
        }),
      }),
    'a recount from stale reads': (schedule) =>
      beside(schedule, [mark('bob', 1)], {
        isMistaken: true,
        damage: { ALL_TIME: 3 },
        wrap: (store) => ({
          ...bound(store),
          queryRegisters: (id, options) => store.queryRegisters(id, { ...options, consistent: false }),
        }),
      }),
    'a recount from torn reads, without a second read': (schedule) =>
      beside(schedule, [mark('bob', 1)], { isMistaken: true, bench: { secondReadingMs: 0 } }),
  };
  it.each(Object.entries(mistakes))(
    'would break I1 with %s',
    async (_, mistaken) => {
      const schedules = fc.asyncProperty(fc.scheduler(), choices, async (scheduler, some) => {
        await scheduler.waitFor(mistaken(scheduleOf(scheduler, some)));
      });
      const found = await fc.check(schedules, { numRuns: 20_000, seed: 1, endOnFailure: true });
      expect(String(found.errorInstance)).toContain('I1 broken');
    },
    120_000,
  );
});

describe('an audit concurrent with lanes of the pipe', () => {
  const RESTAURANTS = ['r0', 'r1', 'r2', 'ghost'];
  const WINDOWS = ['ALL_TIME', 'JUL_2022', 'AUG_2022', 'SEP_2022', '20220731', '20220801', '20220901'];
  const damages = fc.array(
    fc.record({
      restaurantId: fc.constantFrom(...RESTAURANTS),
      window: fc.constantFrom(...WINDOWS),
      row: fc.oneof(
        fc.constant(undefined),
        fc.record({ count: fc.integer({ min: -2, max: 5 }) }),
        fc.record({ rankingKey: fc.constant('ALL_TIME#0') }),
        fc.record({ expiresAt: fc.constant(1_700_000_000) }),
      ),
    }),
    { maxLength: 4 },
  );
  const run = historyArbitrary({ restaurants: 3, users: 3, length: 16 }).chain((past) =>
    fc.record({
      past: fc.constant(past),
      before: fc.nat({ max: past.records.length }),
      batches: deliveriesOf(past.records),
      damages,
      scheduler: fc.scheduler(),
      choices,
      totalSegments: fc.integer({ min: 1, max: 3 }),
      /**
       * Null: a restaurant's items are in one scan segment, as on DynamoDB. A number: each is in any segment.
       */
      salt: fc.option(fc.nat({ max: 1000 })),
      budgetMs: fc.constantFrom(SECOND_READING_MS * 3, 1e9),
    }),
  );

  it('never breaks I1, and leaves no damage once the lanes are idle', async () => {
    await fc.assert(
      fc.asyncProperty(run, async (options) => {
        const schedule = scheduleOf(options.scheduler, options.choices);
        const place = placeOf(options.totalSegments, options.salt);
        const { tables, clock } = sceneOf(schedule, { timeWindows: bothWindows, place });
        const bench = { store: tables, clock, timeWindows: bothWindows };
        const settled = async <T>(work: Promise<T>): Promise<T> => {
          await options.scheduler.waitFor(work);
          return work;
        };
        await settled(deliverUntilHandled(options.past.records.slice(0, options.before), { ...bench }));
        tables.settle();
        for (const { restaurantId, window, row } of options.damages) tables.damage(restaurantId, window, row);
        const isDamaged = options.damages.length > 0;

        const totals = await settled(
          Promise.all([
            audit(bench, { totalSegments: options.totalSegments, budgetMs: options.budgetMs }),
            ...[0, 1].map(async (lane) => {
              for (const batch of options.batches.filter((_, index) => index % 2 === lane)) {
                await deliverUntilHandled(batch, bench);
              }
            }),
          ]).then(([first]) => first),
        );
        if (!isDamaged) expect(totals).toMatchObject({ found: 0, corrected: 0 });
        expect(totals.found).toBe(totals.corrected);

        // Nothing is in flight now, so one run repairs all remaining damage, and the next run finds nothing.
        tables.settle();
        const quiet = await settled(audit(bench, { totalSegments: options.totalSegments }));
        expect(quiet).toMatchObject({ notAudited: 0, found: quiet.corrected, holds: 0 });
        expect(tables.errors()).toEqual(new Map());
        const writes = tables.auditWrites;
        const again = await settled(audit(bench, { mode: 'verify', totalSegments: options.totalSegments }));
        expect(again).toMatchObject({ found: 0, notAudited: 0, writeUnits: 0 });
        expect(tables.auditWrites).toBe(writes);
      }),
      { numRuns: 600 },
    );
  }, 240_000);

  it('never finds drift in right counts, and never writes in mode verify', async () => {
    await fc.assert(
      fc.asyncProperty(run, async (options) => {
        const schedule = scheduleOf(options.scheduler, options.choices);
        const place = placeOf(options.totalSegments, options.salt);
        const { tables, clock } = sceneOf(schedule, { timeWindows: bothWindows, place });
        const bench = { store: tables, clock, timeWindows: bothWindows };
        const work = Promise.all([
          audit(bench, { mode: 'verify', totalSegments: options.totalSegments, budgetMs: options.budgetMs }),
          ...options.batches.map((batch) => deliverUntilHandled(batch, bench)),
        ]);
        await options.scheduler.waitFor(work);
        expect((await work)[0]).toMatchObject({ found: 0, corrected: 0, holds: 0, writeUnits: 0 });
        expect(tables.auditWrites).toBe(0);
      }),
      { numRuns: 600 },
    );
  }, 240_000);
});

describe('a restaurant that is in only one of the tables', () => {
  const still: Schedule = { pause: () => Promise.resolve(), choose: () => 0 };
  const scene = () => {
    const { tables, clock } = sceneOf(still);
    tables.seed('osteria', 'ada', AUGUST);
    tables.seed('bistro', 'ada', AUGUST);
    return { tables, bench: { store: tables, clock, timeWindows: {} } };
  };
  const unread = { items: [], next: undefined, readUnits: 0 };

  it('is repaired when its count rows were deleted', async () => {
    const { tables, bench } = scene();
    tables.damage('osteria', 'ALL_TIME', undefined);
    expect(await audit(bench)).toMatchObject({ found: 1, corrected: 1, notAudited: 0 });
    expect(tables.errors()).toEqual(new Map());
  });

  it('is set to zero when its count rows were invented', async () => {
    const { tables, bench } = scene();
    tables.damage('ghost', 'ALL_TIME', { count: 7 });
    expect(await audit(bench)).toMatchObject({ found: 1, corrected: 1, notAudited: 0 });
    expect(tables.row('ghost', 'ALL_TIME')).toMatchObject({ count: 0 });
  });

  it('would be missed if the audit listed restaurants only from the count rows', async () => {
    const { tables, bench } = scene();
    tables.damage('osteria', 'ALL_TIME', undefined);
    await audit({ ...bench, store: { ...bound(tables), scanRegisters: async () => unread } });
    expect(tables.errors()).toEqual(new Map([['osteria/ALL_TIME', -1]]));
  });

  it('would be missed if the audit listed restaurants only from the registers', async () => {
    const { tables, bench } = scene();
    tables.damage('ghost', 'ALL_TIME', { count: 7 });
    await audit({ ...bench, store: { ...bound(tables), scanCountRows: async () => unread } });
    expect(tables.errors()).toEqual(new Map([['ghost/ALL_TIME', 7]]));
  });
});
