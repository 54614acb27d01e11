/**
 * I4 by digests: heal that looks up only the favourites whose cells differ repairs as much as heal that looks
 * up all of them, on tables with stale reads, beside users and deliveries, and with steps that are repeated
 * or write late. Each rule of the digests has a mutant without it that fails here, or a test in
 * test/unit/reconcile/digest.test.ts.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Schedule } from '../support/all-schedules.ts';
import { type DigestParts, sumUp } from '../support/digest-bench.ts';
import {
  assertConverged,
  type Ended,
  type FavouritePast,
  heal,
  type Mutate,
  positionOf,
  registerOf,
  runWorld,
  type World,
} from '../support/heal-bench.ts';
import { bothSides, stillWorlds, worldArbitrary } from '../support/heal-worlds.ts';
import { choicesArbitrary, scheduleOf } from '../support/random-schedule.ts';
import type { CommitStore } from '../../src/commit/store.ts';
import { EMPTY_POSITION, OPENED_POSITION } from '../../src/counting/stream-position.ts';

const [AUGUST, SEPTEMBER] = ['2022-08-01T12:00:00Z', '2022-09-01T08:00:00Z'];

function run(
  world: World,
  schedule: Schedule,
  options: {
    readonly parts?: Partial<DigestParts>;
    readonly mutate?: Mutate;
    readonly hasDeadSteps?: boolean;
  } = {},
): Promise<Ended> {
  const { parts, mutate, hasDeadSteps = false } = options;
  return runWorld(world, schedule, mutate, (tables) => sumUp(tables, schedule, { ...parts, hasDeadSteps }));
}

const inputs = (live: number) =>
  fc.record({ world: worldArbitrary({ live }), scheduler: fc.scheduler(), choices: choicesArbitrary });

describe('heal by digests', () => {
  it('always ends with every register equal to its row, and keeps I1 at every commit', async () => {
    await fc.assert(
      fc.asyncProperty(inputs(3), async ({ world, scheduler, choices }) => {
        const ended = await scheduler.waitFor(run(world, scheduleOf(scheduler, choices)));
        assertConverged(ended, world);
      }),
      { numRuns: 2_000 },
    );
  }, 240_000);

  it('always finds what heal finds that looks every favourite up', async () => {
    await fc.assert(
      fc.asyncProperty(stillWorlds, fc.scheduler(), async (world, scheduler) => {
        const schedule = scheduleOf(scheduler, [0]);
        const all = await scheduler.waitFor(runWorld({ ...world, mode: 'verify' }, schedule));
        const found = await scheduler.waitFor(run({ ...world, mode: 'verify' }, schedule));
        expect(found.totals.found).toBe(all.totals.found);
        expect(found.healCommits).toBe(0);

        const repaired = await scheduler.waitFor(run(world, schedule));
        expect(repaired.totals).toMatchObject({ found: all.totals.found, corrected: all.totals.found });
        assertConverged(repaired, world);
        // Now nothing differs: nothing is looked up, and nothing is written.
        const { tables } = repaired;
        expect(await scheduler.waitFor(sumUp(tables, schedule))).toBeUndefined();
        const again = await scheduler.waitFor(
          heal(tables, { ...world, schedule, sumUp: () => sumUp(tables, schedule) }),
        );
        expect(again).toMatchObject({ healCommits: 0, totals: { lookedUp: 0, writeUnits: 0 } });
      }),
      { numRuns: 500 },
    );
  }, 240_000);
});

/** One favourite, or several. */
const worldOf = (...favourites: readonly (Partial<FavouritePast> & { readonly id: string })[]): World => ({
  favourites: favourites.map((one) => ({ past: [], arrived: [], underWay: [], again: [], live: [], ...one })),
  scans: [bothSides],
  mode: 'repair',
});

/** Whether any of many random schedules ends with a register that differs from its row. */
async function breaks(
  world: World,
  options: {
    readonly parts?: Partial<DigestParts>;
    readonly mutate?: Mutate;
    readonly numRuns?: number;
    /** The first call of each step is thought dead. */
    readonly hasDeadSteps?: boolean;
    /** Default: another one each time. */
    readonly seed?: number;
  } = {},
): Promise<boolean> {
  const schedules = fc.record({ scheduler: fc.scheduler(), choices: choicesArbitrary });
  const outcome = await fc.check(
    fc.asyncProperty(schedules, async ({ scheduler, choices }) => {
      const ended = await scheduler.waitFor(run(world, scheduleOf(scheduler, choices), options));
      assertConverged(ended, world);
    }),
    { numRuns: options.numRuns ?? 400, ...(options.seed !== undefined && { seed: options.seed }) },
  );
  return outcome.failed;
}

const lostMark = worldOf(
  { id: 'osteria#ada', past: [AUGUST] },
  { id: 'osteria#bob', past: [AUGUST], arrived: [0] },
  { id: 'taverna#cat', past: [SEPTEMBER], arrived: [0] },
);
/** The damaged position rejects the newer of two events, and the older one arrives after the repair. */
const hiddenEvents = worldOf({
  id: 'osteria#ada',
  past: [AUGUST],
  arrived: [0],
  damage: registerOf({ position: 'zzz', createdAt: AUGUST }),
  live: ['', SEPTEMBER],
});
const futureDated = worldOf({ id: 'osteria#ada', past: ['2999-08-01T12:00:00Z'] });

describe('heal by digests without one of its rules', () => {
  it('is sound on the worlds that break the mutants', async () => {
    for (const world of [lostMark, hiddenEvents, futureDated]) expect(await breaks(world)).toBe(false);
  });

  it('fails when sums that are missing count as zeros', async () => {
    const lost: Partial<DigestParts> = {
      store: (store) => ({
        put: () => Promise.resolve({ writeUnits: 0 }),
        get: (name) =>
          store.get(name).catch(() => ({ bytes: new Uint8Array(2 * 8 + 4_096 * 4), readUnits: 0 })),
      }),
    };
    expect(await breaks(lostMark, { parts: lost })).toBe(true);
  });

  it('fails when a name is made of the table and the page, because a dead step writes it again', async () => {
    // The register is lost. The first call for a page reads it before the row was there, and writes late.
    const world = worldOf({ id: 'osteria#ada', past: [AUGUST], arrived: [0], damage: 'removed' });
    const early: DigestParts['reads'] = (reads) => {
      let scans = 0;
      return {
        ...reads,
        scanFavourites: async (position) => {
          scans += 1;
          const isFirst = scans === 1;
          const page = await reads.scanFavourites(position);
          return isFirst ? { ...page, items: [] } : page;
        },
      };
    };
    const nameOf: DigestParts['nameOf'] = ({ work, cursor }) => `${work.table} ${cursor ?? ''}`;
    expect(await breaks(world, { parts: { reads: early, nameOf }, hasDeadSteps: true })).toBe(true);
    expect(await breaks(world, { parts: { reads: early }, hasDeadSteps: true })).toBe(false);
  });

  it('fails when what is dated in the future is left out', async () => {
    const parts: Partial<DigestParts> = {
      reads: (reads) => ({
        ...reads,
        scanFavourites: async (position) => {
          const page = await reads.scanFavourites(position);
          const items = page.items.filter((row) => row.kind !== 'countable' || row.createdAt < '2900');
          return { ...page, items };
        },
      }),
    };
    expect(await breaks(futureDated, { parts })).toBe(true);
  });

  it('fails when an unreadable position is healed with the empty one at once', async () => {
    const mutate: Mutate = (context, tables) => {
      tables.rewriteCorrections((change) =>
        change.next.position === OPENED_POSITION
          ? { ...change, next: { ...change.next, position: EMPTY_POSITION } }
          : change,
      );
      let openings = 0;
      const commit: CommitStore['commit'] = (plan, options) => {
        const isOpening = plan.changes.some(({ next }) => next.position === OPENED_POSITION);
        openings += isOpening ? 1 : 0;
        return isOpening && openings === 1
          ? Promise.resolve({ kind: 'refused', error: new Error('not opened') })
          : context.store.commit(plan, options);
      };
      return { ...context, store: { commit } };
    };
    // This seed finds it soon. Two of eight seeds did not within 10,000 schedules.
    expect(await breaks(hiddenEvents, { mutate, numRuns: 10_000, seed: 6 })).toBe(true);
    expect(await breaks(hiddenEvents, { numRuns: 10_000 })).toBe(false);
  });

  it('misses an orphan if the scan of registers leaves out those with a row that is rejected', async () => {
    // The row is inserted between the two scans of heal.
    const world = worldOf({
      id: 'osteria#ada',
      damage: registerOf({ position: positionOf(0), createdAt: SEPTEMBER }),
      live: ['yesterday'],
    });
    expect(await breaks(world)).toBe(false);
    const asked: Mutate = (context) => ({
      ...context,
      reads: {
        scanFavourites: (position) => context.reads.scanFavourites(position),
        scanRegisters: async (position) => {
          const page = await context.reads.scanRegisters(position);
          const keys = page.items.map(({ key }) => key);
          const rows = await context.reads.readFavourites(keys, { consistent: true });
          return { ...page, items: page.items.filter((_, index) => rows.items[index]?.key === undefined) };
        },
        readFavourites: (keys, options) => context.reads.readFavourites(keys, options),
        readRegisters: (keys, options) => context.reads.readRegisters(keys, options),
      },
    });
    expect(await breaks(world, { mutate: asked })).toBe(true);
  });
});
