/**
 * The windows' time zone changes beside traffic: aggregators of the old zone are still at work while those of
 * the new one, redrive and heal already are. I1 holds after every commit, because windows follow from the
 * text of the register alone. A repair after the last old aggregator ends with the registers and counts of
 * the new zone, and a second one writes nothing. New zone data of a runtime is the same change.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommitStore } from '../../src/commit/store.ts';
import type { TransactionPlan } from '../../src/commit/plan.ts';
import { type CountChange, countDeltas, replacedBy } from '../../src/counting/counted-favourite.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { createdAtReader } from '../../src/counting/source/created-at.ts';
import { ALL_TIME, type CreatedAt, type TimeWindow, windowsOf } from '../../src/counting/time-window.ts';
import { underAllSchedules } from '../support/all-schedules.ts';
import { assertRegisters, assertRepaired } from '../support/any-table/checks.ts';
import type { Write } from '../support/any-table/oracle.ts';
import { runWorld } from '../support/any-table/run.ts';
import type { Mutant, Running, World } from '../support/any-table/world.ts';
import {
  type DateOfRow,
  datesOfRows,
  markedAt,
  movedBy,
  zoneChangeOf,
  type ZoneChangeName,
  zoneChanges,
  zoneShape,
} from '../support/any-table/zone-changes.ts';
import { registerKeyOf } from '../support/favourite-changes.ts';
import { deliveriesOf } from '../support/histories.ts';
import { type InjectedFault, MemoryStore } from '../support/memory-store.ts';
import { choicesArbitrary, scheduleOf } from '../support/random-schedule.ts';
import { bothWindows, deliver, stillClock } from '../support/run-batches.ts';
import { markRecord, unmarkRecord } from '../support/stream-records.ts';

const SCHEDULES_MAX = 20_000;
const names = Object.keys(zoneChanges) as readonly ZoneChangeName[];
const RESTAURANT = 'osteria';
/** Two zones with offsets. */
const SMALL: ZoneChangeName = 'from London to São Paulo';
const MOVED = movedBy[SMALL];
const OTHER: DateOfRow = '2022-09-01T02:00:00Z';

/**
 * One row, with these dates in turn; undefined un-marks it. Everything is handled once by an old aggregator.
 */
const oneRow = (name: ZoneChangeName, dates: readonly (DateOfRow | undefined)[]): World => ({
  shape: zoneShape,
  zoneChange: zoneChangeOf(name),
  isOldAlive: true,
  writes: dates.map((date) => ({ row: 0, content: date && markedAt(date, RESTAURANT, name) })),
  arrived: [[0]],
  liveFrom: 1,
  heals: 1,
});

/** Worlds of a few writes, each small enough to try every schedule. */
const smallWorlds = {
  'heal re-dates a favourite': { ...oneRow(SMALL, [MOVED]), late: [[0]] },
  'a favourite is un-marked': { ...oneRow(SMALL, [MOVED, undefined]), deliveries: [[1]] },
  'a favourite is un-marked and marked again': {
    ...oneRow(SMALL, [MOVED, undefined, OTHER]),
    deliveries: [[1], [2]],
    heals: 0,
  },
  'a mark is in flight': { ...oneRow(SMALL, [MOVED]), arrived: [], deliveries: [[0]] },
  'a row gets another date': { ...oneRow(SMALL, [MOVED, OTHER]), deliveries: [[1]] },
  'an un-mark is a dead letter': {
    ...oneRow(SMALL, [MOVED, undefined]),
    liveFrom: 2,
    givenUp: [1],
    redrives: 1,
    heals: 0,
  },
  'the answers of two commits are lost': {
    ...oneRow(SMALL, [MOVED, undefined]),
    deliveries: [[1]],
    faults: ['none', 'lost-answer', 'lost-answer'],
  },
} as const satisfies Readonly<Record<string, World>>;

describe('a change of the time zone, under every schedule,', () => {
  it.each(Object.entries(smallWorlds))('keeps I1, and a repair completes it, when %s', async (_, world) => {
    await exhaust(world);
  });
});

describe.each(names)('a change of the time zone %s', (name) => {
  it('always keeps I1, and a repair completes it, whatever is in flight', async () => {
    const run = fc.record({
      world: worldArbitrary(name),
      scheduler: fc.scheduler(),
      choices: choicesArbitrary,
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ world, scheduler, choices }) => {
        await scheduler.waitFor(runWorld(world, scheduleOf(scheduler, choices)).then(assertEnd));
      }),
      { numRuns: 300 },
    );
  });

  it('would break I1 if deltas read the old date in the new zone', async () => {
    const { after } = zoneChangeOf(name);
    const date = movedBy[name];
    const row = after.readRow({ ...zoneShape.rows[0]?.key, created_at: { S: date } });
    const inNewZone = row.kind === 'countable' ? row.createdAt : undefined;
    const mutant: Mutant = () => ({
      rewrite: (plan) =>
        withCounts(plan, ({ prior, next }) =>
          countDeltas({ prior: prior === undefined ? undefined : inNewZone, next }, calendar),
        ),
    });
    const world = { ...oneRow(name, [date, undefined]), deliveries: [[1]] };
    await expect(exhaust(world, mutant)).rejects.toThrow('I1 broken');
  });
});

describe('a change of the time zone', () => {
  it('is complete after one heal, once no old aggregator runs', async () => {
    await underAllSchedules(
      async (schedule) => {
        const world = {
          ...oneRow(SMALL, [MOVED, OTHER]),
          isOldAlive: false,
          deliveries: [[1]],
        };
        assertRegisters(await runWorld(world, schedule), 'either');
      },
      { runsMax: SCHEDULES_MAX },
    );
  });

  it('would leave registers of the old zone if the repair did not wait for the old aggregators', async () => {
    const world = smallWorlds['a mark is in flight'];
    const hasty = underAllSchedules(
      async (schedule) => assertRegisters(await runWorld(world, schedule), 'either'),
      { runsMax: SCHEDULES_MAX },
    );
    await expect(hasty).rejects.toThrow('I3 broken');
  });
});

describe('registers that hold instants', () => {
  /** The windows of an instant on the day of the zone that reads it. */
  const windowsIn = (zone: string) => {
    const read = createdAtReader({ attribute: 'at', format: 'rfc3339' }, zone);
    return (createdAt: CreatedAt) => windowsOf(read({ S: createdAt }) as CreatedAt, calendar);
  };
  /** Aggregators of that zone, in a design in which registers hold instants. */
  const aggregatorIn = (zone: string, store: MemoryStore): CommitStore => ({
    commit: (plan, options) => {
      const windows = windowsIn(zone);
      const counted = withCounts(plan, ({ prior, next }) => {
        const deltas = new Map<TimeWindow, number>(
          next === undefined ? [] : windows(next).map((one) => [one, 1]),
        );
        for (const window of prior === undefined ? [] : windows(prior)) {
          if (!deltas.delete(window)) deltas.set(window, -1);
        }
        return deltas;
      });
      return store.commit(counted, options);
    },
  });
  const ids = { restaurantId: RESTAURANT, userId: 'ada', createdAt: '2022-07-31T23:30:00Z' };

  it('would break I1 at the first event that an aggregator of the old zone applies', async () => {
    let zone = 'UTC';
    const store = new MemoryStore({
      timeWindows: bothWindows,
      windowsOf: (createdAt) => windowsIn(zone)(createdAt),
    });
    const mapping = createMapping(zoneShape.source, 'UTC');
    const old = { mapping, store: aggregatorIn('UTC', store) };
    expect(await deliver([markRecord({ ...ids, sequenceNumber: 1 })], old)).toEqual([]);

    // The deployment: an audit would correct the difference of this moment, but nothing may add to it.
    zone = 'Europe/London';
    store.acceptDamage(stillClock.nowMs());
    const late = deliver([unmarkRecord({ ...ids, sequenceNumber: 2 })], old);
    await expect(late).rejects.toThrow('I1 broken');
  });
});

const calendar = { timeWindows: bothWindows, timeZone: 'UTC', nowMs: stillClock.nowMs() };

async function exhaust(world: World, mutant?: Mutant): Promise<void> {
  await underAllSchedules(async (schedule) => assertEnd(await runWorld(world, schedule, mutant)), {
    runsMax: SCHEDULES_MAX,
  });
}

/** The old aggregators are gone. A repair follows, and then a second one and every record again. */
async function assertEnd(running: Running): Promise<void> {
  const { store } = running.tables;
  store.assertSum(stillClock.nowMs());
  await assertRepaired({ ...running, isOldAlive: false });
  expect(store.counts()).toEqual(recounted(store));
}

/** The counts of ALL_TIME, months and days, by the digits of what the registers hold. */
function recounted({ registers }: MemoryStore): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [id, { createdAt }] of registers) {
    if (createdAt === undefined) continue;
    const [year = '', month = '', day = ''] = createdAt.slice(0, 'yyyy-mm-dd'.length).split('-');
    const monthName = { '01': 'JAN', '07': 'JUL', '08': 'AUG', '09': 'SEP' }[month];
    for (const window of [ALL_TIME, `${monthName}_${year}`, `${year}${month}${day}`]) {
      const key = `${registerKeyOf(id).restaurantId}/${window}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return counts;
}

/** The transaction with other deltas of its counts. */
function withCounts(
  plan: TransactionPlan,
  deltasOf: (change: {
    readonly prior: CreatedAt | undefined;
    readonly next: CreatedAt | undefined;
  }) => ReadonlyMap<TimeWindow, number>,
): TransactionPlan {
  const sums = new Map<string, CountChange>();
  for (const change of plan.changes) {
    const { restaurantId } = change.key;
    const deltas = deltasOf({ prior: replacedBy(change), next: change.next.createdAt });
    for (const [window, delta] of [[ALL_TIME, 0] as const, ...deltas]) {
      const id = `${restaurantId}/${window}`;
      sums.set(id, { restaurantId, window, delta: (sums.get(id)?.delta ?? 0) + delta });
    }
  }
  const counts = [...sums.values()].filter(({ window, delta }) => delta !== 0 || window === ALL_TIME);
  return { ...plan, counts };
}

const faultArbitrary = fc.constantFrom<InjectedFault>(
  ...(['none', 'lost-answer', 'lost-request', 'conflict', 'throttle', 'throttled-actions'] as const),
);

/** Rows of three favourites, marked, un-marked and re-dated before and after the deployment. */
function worldArbitrary(name: ZoneChangeName): fc.Arbitrary<World> {
  const restaurants = ['osteria', 'osteria', '100%'];
  const writes = fc.array(
    fc.record({ row: fc.nat({ max: 2 }), date: fc.option(fc.constantFrom(...datesOfRows), { freq: 4 }) }),
    { minLength: 1, maxLength: 8 },
  );
  return writes.chain((some) =>
    fc.nat({ max: some.length }).chain((liveFrom) => {
      const all = some.map((_, index) => index);
      const past = all.filter((index) => index < liveFrom);
      return fc
        .record({
          arrived: past.length === 0 ? fc.constant([]) : deliveriesOf(past),
          deliveries: deliveriesOf(all),
          late: fc.array(fc.shuffledSubarray(all), { maxLength: 2 }),
          givenUp: fc.subarray(past),
          redrives: fc.nat({ max: 1 }),
          heals: fc.nat({ max: 2 }),
          isOldAlive: fc.boolean(),
          faults: fc.array(faultArbitrary, { maxLength: 12 }),
        })
        .map((options): World => {
          const content = (write: { readonly row: number; readonly date: DateOfRow | null }) =>
            write.date === null ? undefined : markedAt(write.date, restaurants[write.row] ?? '', name);
          const made: readonly Write[] = some.map((write) => ({ row: write.row, content: content(write) }));
          return { shape: zoneShape, zoneChange: zoneChangeOf(name), writes: made, liveFrom, ...options };
        });
    }),
  );
}
