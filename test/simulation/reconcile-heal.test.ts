/**
 * I4 for heal, beside concurrent events, on tables that serve stale and torn reads. Heal restores what was
 * lost or damaged before it began (I3 at the end), keeps I1 at every commit, and neither reports nor changes
 * what is only in flight. For each rule that ensures this, a mutant without the rule fails here.
 *
 * Not promised: the case of a record in flight that is older than a lost one.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_POSITION, isStreamPosition } from '../../src/counting/stream-position.ts';
import type { HealContext } from '../../src/reconcile/heal/context.ts';
import type { Consistency } from '../../src/reconcile/heal/reads.ts';
import { type Schedule, underAllSchedules } from '../support/all-schedules.ts';
import {
  assertConverged,
  CutOffError,
  type Ended,
  type FavouritePast,
  GRACE_MS,
  heal,
  type Mutate,
  positionOf,
  registerOf,
  runWorld,
  type World,
} from '../support/heal-bench.ts';
import type { HostileTables } from '../support/hostile-tables.ts';
import { storedRegister } from '../support/memory-store.ts';
import type { FavouriteChange } from '../../src/counting/counted-favourite.ts';
import { favouriteId } from '../../src/counting/favourite-event.ts';

const [AUGUST, SEPTEMBER, OCTOBER] = ['2022-08-01T12:00:00Z', '2022-09-01T08:00:00Z', '2022-10-01T08:00:00Z'];
const ID = 'osteria#ada';
const bothSides = ['favourites', 'countedFavourites'] as const;

/** A world with one favourite, small enough to try every schedule. */
const small = (options: Partial<FavouritePast> & Partial<World>): World => ({
  favourites: [{ id: ID, past: [], arrived: [], underWay: [], again: [], live: [], ...options }],
  scans: options.scans ?? [bothSides],
  mode: options.mode ?? 'repair',
});

/** Small worlds in which something was lost, was damaged or is in flight, by name. */
const smallWorlds: Readonly<Record<string, World>> = {
  'a mark vanished': small({ past: [AUGUST] }),
  'a mark vanished, and the user leaves': small({ past: [AUGUST], live: [''] }),
  'a mark vanished, and the user leaves and comes back at the same instant': small({
    past: [AUGUST],
    live: ['', AUGUST],
    scans: [['favourites']],
  }),
  'an un-mark vanished': small({ past: [AUGUST, ''], arrived: [0] }),
  'an un-mark vanished, and the mark arrives again': small({
    past: [AUGUST, ''],
    arrived: [0],
    again: [0],
  }),
  'an un-mark vanished, and the user comes back at the same instant': small({
    past: [AUGUST, ''],
    arrived: [0],
    live: [AUGUST],
  }),
  'an un-mark vanished, and the user comes back and leaves': small({
    past: [AUGUST, ''],
    arrived: [0],
    live: [AUGUST, ''],
  }),
  'an un-mark and a mark vanished': small({ past: [AUGUST, '', SEPTEMBER], arrived: [0], again: [0] }),
  'a mark is in flight': small({ past: [AUGUST], underWay: [0] }),
  'an un-mark is in flight': small({
    past: [AUGUST, ''],
    arrived: [0],
    underWay: [1, 0],
  }),
  'the user comes and leaves': small({ live: [AUGUST, ''], scans: [['countedFavourites']] }),
  'a register was removed, and the user leaves': small({
    past: [AUGUST],
    arrived: [0],
    damage: 'removed',
    live: [''],
  }),
  'a register has another created_at, and the user leaves': small({
    past: [AUGUST],
    arrived: [0],
    damage: registerOf({ position: positionOf(1), createdAt: SEPTEMBER }),
    live: [''],
  }),
  'a register was invented, and the user comes': small({
    damage: registerOf({ position: positionOf(0), createdAt: SEPTEMBER }),
    live: [AUGUST],
  }),
  'a position is damaged, and the user leaves': small({
    past: [AUGUST],
    arrived: [0],
    damage: registerOf({ position: 'zzz', createdAt: AUGUST }),
    live: [''],
  }),
  'a position is damaged, and the user comes': small({
    damage: registerOf({ position: 'zzz', createdAt: AUGUST }),
    live: [SEPTEMBER],
  }),
  'a position is missing, and the user comes': small({
    past: [AUGUST, ''],
    arrived: [0, 1],
    damage: registerOf({ position: '' }),
    live: [SEPTEMBER],
  }),
  'two runs at once find a vanished un-mark': small({
    past: [AUGUST, ''],
    arrived: [0],
    scans: [['countedFavourites'], ['countedFavourites']],
  }),
  'two runs at once find a register with another created_at': small({
    past: [AUGUST],
    arrived: [0],
    damage: registerOf({ position: positionOf(1), createdAt: SEPTEMBER }),
    scans: [['favourites'], ['favourites']],
  }),
  'seed fills in beside the pipe, and the user leaves': small({
    past: [AUGUST],
    underWay: [0],
    live: [''],
    mode: 'seed',
  }),
  'seed fills in what no pipe brings, and the user leaves and comes back': small({
    past: [AUGUST],
    live: ['', SEPTEMBER],
    mode: 'seed',
  }),
};
/** The small world with this name. */
const worldOf = (name: string): World => {
  const world = smallWorlds[name];
  if (world === undefined) throw new Error(`no small world where ${name}`);
  return world;
};
const SCHEDULES_MAX = 60_000;

async function exhaust(world: World, mutant?: Mutate): Promise<void> {
  await underAllSchedules(
    async (schedule) => {
      const ended = await runWorld(world, schedule, mutant);
      assertConverged(ended, world);
      assertNothingInFlightFound(ended, world);
    },
    { runsMax: SCHEDULES_MAX },
  );
}

/** If nothing was lost or damaged, every difference is in flight and must not be found. */
function assertNothingInFlightFound({ totals }: Ended, { favourites, mode }: World): void {
  const isLost = favourites.some(
    ({ past, arrived, underWay, damage }) =>
      damage !== undefined || past.some((_, index) => ![...arrived, ...underWay].includes(index)),
  );
  if (!isLost && mode !== 'seed' && totals.found > 0)
    throw new Error(`${totals.found} records in flight were found as drift`);
}

/**
 * The same world with a grace period that is longer than a step of heal, so that it passes in the state
 * machine.
 */
const waiting = (world: World): World => ({ ...world, stepMs: GRACE_MS / 2 });

describe('heal, under every schedule and every staleness of its reads', () => {
  it.each(Object.entries(smallWorlds))(
    'restores the register and keeps the sum if %s',
    async (_, world) => {
      await exhaust(world);
    },
    120_000,
  );

  // Seed has no grace period, and two runs at once have too many schedules; the random worlds below cover
  // them.
  it.each(
    Object.entries(smallWorlds).filter(
      ([name, { mode, scans }]) =>
        mode !== 'seed' && scans.length === 1 && !/comes back and leaves/.test(name),
    ),
  )(
    'does so across two steps if %s',
    async (_, world) => {
      await exhaust(waiting(world));
    },
    120_000,
  );
});

/** Changes a transaction of heal at the moment of its commit. */
const rewriting =
  (rewrite: (change: FavouriteChange, tables: HostileTables) => FavouriteChange): Mutate =>
  (context, tables) => {
    tables.rewrite = (plan) => ({
      ...plan,
      changes: plan.changes.map((change) =>
        change.requires.kind === 'exactly' ? rewrite(change, tables) : change,
      ),
    });
    return context;
  };

/** The condition without one attribute: its value is taken from the present register. */
const withoutRequirementOn = (attribute: 'position' | 'createdAt'): Mutate =>
  rewriting((change, tables) => {
    const register = storedRegister(tables.store.registers.get(favouriteId(change.key)));
    const { requires } = change;
    if (requires.kind !== 'exactly' || requires.register === undefined || register === undefined)
      return change;
    const { expires, [attribute]: now } = register;
    const loose = { ...requires.register, expires, [attribute]: now };
    return { ...change, requires: { kind: 'exactly', register: loose } };
  });

describe('heal without one of its rules', () => {
  const mutants: readonly (readonly [string, string, Mutate])[] = [
    [
      'with the favourite read before the register',
      'a position is damaged, and the user comes',
      (context) => {
        let early: Awaited<ReturnType<HealContext['reads']['readFavourites']>> | undefined;
        return {
          ...context,
          reads: {
            ...readsOf(context),
            readRegisters: async (keys, options) => {
              if (options.consistent) early = await context.reads.readFavourites(keys, options);
              return context.reads.readRegisters(keys, options);
            },
            readFavourites: (keys, options) =>
              options.consistent && early !== undefined
                ? Promise.resolve(early)
                : context.reads.readFavourites(keys, options),
          },
        };
      },
    ],
    [
      'with a favourite read eventually consistently',
      'a register was removed, and the user leaves',
      (context) => ({
        ...context,
        reads: {
          ...readsOf(context),
          readFavourites: (keys) => context.reads.readFavourites(keys, { consistent: false }),
        },
      }),
    ],
    [
      'with the position of the register not kept',
      'an un-mark vanished, and the mark arrives again',
      rewriting((change) => ({ ...change, next: { ...change.next, position: EMPTY_POSITION } })),
    ],
    [
      'with a delete instead of a tombstone',
      'an un-mark vanished, and the mark arrives again',
      (context, tables) => ({
        ...context,
        store: {
          commit: async (plan, options) => {
            const answer = await context.store.commit(plan, options);
            for (const { key, next } of plan.changes) {
              if (answer.kind === 'committed' && next.createdAt === undefined) {
                tables.store.registers.delete(favouriteId(key));
              }
            }
            return answer;
          },
        },
      }),
    ],
    [
      'with a condition on the created_at alone',
      'an un-mark vanished, and the user comes back at the same instant',
      withoutRequirementOn('position'),
    ],
    [
      'with a condition on the position alone',
      'two runs at once find a register with another created_at',
      withoutRequirementOn('createdAt'),
    ],
    [
      'with no condition that a missing register is still missing',
      'a mark vanished, and the user leaves',
      rewriting((change, tables) => ({
        ...change,
        requires: {
          kind: 'exactly',
          register: storedRegister(tables.store.registers.get(favouriteId(change.key))),
        },
      })),
    ],
    [
      'with a difference reported before the grace period is over',
      'a mark is in flight',
      (context) => ({ ...context, clock: { ...context.clock, sleep: () => Promise.resolve() } }),
    ],
    [
      'with a grace period that begins with a stale look',
      'the user comes and leaves',
      (context) => {
        let looks = 0;
        const isConsistent = (options: Consistency): Consistency => ({
          consistent: options.consistent && looks > 1,
        });
        return {
          ...context,
          reads: {
            ...readsOf(context),
            readRegisters: (keys, options) => {
              if (options.consistent) looks += 1;
              return context.reads.readRegisters(keys, isConsistent(options));
            },
            readFavourites: (keys, options) => context.reads.readFavourites(keys, isConsistent(options)),
          },
        };
      },
    ],
  ];

  it('fails without a wait for records in flight between two steps', async () => {
    const world = { ...waiting(worldOf('a mark is in flight')), wait: () => Promise.resolve() };
    await expect(exhaust(world)).rejects.toThrow('found as drift');
  });

  it.each(mutants)('fails %s', async (_, name, mutant) => {
    await expect(exhaust(worldOf(name), mutant)).rejects.toThrow(/I1 broken|I3 broken|found as drift/);
  });
});

function readsOf({ reads }: HealContext): HealContext['reads'] {
  return {
    scanFavourites: (position) => reads.scanFavourites(position),
    scanRegisters: (position) => reads.scanRegisters(position),
    readFavourites: (keys, options) => reads.readFavourites(keys, options),
    readRegisters: (keys, options) => reads.readRegisters(keys, options),
  };
}

const toggles = fc.array(fc.constantFrom(AUGUST, SEPTEMBER, OCTOBER), { maxLength: 4 });

/**
 * Any past that heal promises to repair: no lost record is newer than one in flight or one delivered again.
 */
const pastArbitrary = (id: string, options: { readonly live: number }): fc.Arbitrary<FavouritePast> =>
  fc
    .record({
      past: toggles,
      fates: fc.array(fc.constantFrom('arrived', 'vanished', 'underWay', 'again'), {
        minLength: 4,
        maxLength: 4,
      }),
      newest: fc.constantFrom('arrived', 'vanished', 'underWay', 'again'),
      damage: fc.option(damageArbitrary, { freq: 3, nil: undefined }),
      live: fc.array(fc.constantFrom(AUGUST, SEPTEMBER, OCTOBER), { maxLength: options.live }),
    })
    .map(({ past, fates, newest, damage, live }) => {
      const fateOf = (index: number) => {
        if (damage !== undefined) return 'arrived';
        if (index === past.length - 1) return newest;
        // If the newest record is lost, no older one may still be in flight.
        return newest === 'vanished' && fates[index] === 'underWay' ? 'vanished' : fates[index];
      };
      const withFate = (...some: readonly string[]) =>
        past.flatMap((_, index) => (some.includes(fateOf(index) ?? '') ? [index] : []));
      return {
        id,
        past,
        arrived: withFate('arrived', 'again'),
        underWay: withFate('underWay'),
        again: withFate('again'),
        // A damaged position refuses events. Of two events, the newer might be refused and the older one
        // arrive after the repair.
        live: typeof damage === 'object' && !isStreamPosition(damage.position) ? live.slice(0, 1) : live,
        ...(damage !== undefined && { damage }),
      };
    });

const damageArbitrary: fc.Arbitrary<NonNullable<FavouritePast['damage']>> = fc.oneof(
  fc.constant('removed' as const),
  fc
    .record({
      // No position is above that of a later event: no read could tell it from a written one.
      position: fc.constantFrom<string>(positionOf(0), EMPTY_POSITION, '', 'zzz'),
      createdAt: fc.constantFrom(AUGUST, SEPTEMBER, 'yesterday', undefined),
    })
    .map(({ position, createdAt }) =>
      registerOf({ position, ...(createdAt !== undefined && { createdAt }) }),
    ),
);

const worldArbitrary = (options: { readonly live: number }): fc.Arbitrary<World> =>
  fc.record({
    favourites: fc
      .subarray(['osteria#ada', 'osteria#bob', 'taverna#ada', 'taverna#cat', 'osteria#cat'], { minLength: 1 })
      .chain((ids) => fc.tuple(...ids.map((id) => pastArbitrary(id, options)))),
    scans: fc.constantFrom([bothSides], [['favourites'], ['countedFavourites']] as const, [
      bothSides,
      bothSides,
    ]),
    mode: fc.constant('repair' as const),
    stepMs: fc.constantFrom(Number.POSITIVE_INFINITY, GRACE_MS / 2),
  });

const scheduleOf = (scheduler: fc.Scheduler, choices: readonly number[]): Schedule => {
  let made = 0;
  return {
    pause: () => scheduler.schedule(Promise.resolve()),
    choose: (options) => {
      made += 1;
      return (choices[made % choices.length] ?? 0) % options;
    },
  };
};
const choicesArbitrary = fc.array(fc.nat({ max: 11 }), { minLength: 7, maxLength: 31 });

/** Ends the invocation before or after a commit, or before a read, each time that the list says so. */
const cutOff = (cuts: readonly boolean[]): Mutate => {
  let operations = 0;
  const maybe = () => {
    operations += 1;
    if (cuts[operations - 1] === true) throw new CutOffError();
  };
  return (context) => ({
    ...context,
    store: {
      commit: async (plan, options) => {
        maybe();
        const answer = await context.store.commit(plan, options);
        maybe();
        return answer;
      },
    },
    reads: {
      ...readsOf(context),
      readRegisters: async (keys, options) => {
        maybe();
        return context.reads.readRegisters(keys, options);
      },
    },
  });
};

describe('heal beside users, deliveries and other runs', () => {
  it('always ends with every register equal to its row, and the sum right at every commit', async () => {
    const run = fc.record({
      world: worldArbitrary({ live: 3 }),
      scheduler: fc.scheduler(),
      choices: choicesArbitrary,
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ world, scheduler, choices }) => {
        const ended = await scheduler.waitFor(runWorld(world, scheduleOf(scheduler, choices)));
        assertConverged(ended, world);
        assertNothingInFlightFound(ended, world);
      }),
      { numRuns: 1_500 },
    );
  }, 240_000);

  it('always does so when invocations are cut off and repeated with their last cursor', async () => {
    const run = fc.record({
      world: worldArbitrary({ live: 2 }),
      scheduler: fc.scheduler(),
      choices: choicesArbitrary,
      cuts: fc.array(fc.boolean(), { maxLength: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ world, scheduler, choices, cuts }) => {
        const ended = await scheduler.waitFor(runWorld(world, scheduleOf(scheduler, choices), cutOff(cuts)));
        assertConverged(ended, world);
      }),
      { numRuns: 800 },
    );
  }, 240_000);

  it('always finds exactly what is lost or damaged; a second run finds and writes nothing', async () => {
    const still = worldArbitrary({ live: 0 }).map((world) => ({
      ...world,
      scans: [bothSides],
      favourites: world.favourites.map((past) => ({ ...past, underWay: [] })),
    }));
    await fc.assert(
      fc.asyncProperty(still, fc.scheduler(), async (world, scheduler) => {
        const schedule = scheduleOf(scheduler, [0]);
        const verified = await scheduler.waitFor(runWorld({ ...world, mode: 'verify' }, schedule));
        const repaired = await scheduler.waitFor(runWorld(world, schedule));
        const drift = driftOf(verified);
        expect(verified).toMatchObject({ healCommits: 0, totals: { found: drift, corrected: 0 } });
        expect(repaired.totals).toMatchObject({ found: drift, corrected: drift });
        assertConverged(repaired, world);
        const again = await scheduler.waitFor(heal(repaired.tables, { ...world, schedule }));
        expect(again).toMatchObject({ healCommits: 0, totals: { found: 0, corrected: 0, writeUnits: 0 } });
      }),
      { numRuns: 500 },
    );
  }, 240_000);
});

/** Computed without the rules under test. */
function driftOf({ tables }: Ended): number {
  const ids = new Set([...tables.rows.keys(), ...tables.store.registers.keys()]);
  return [...ids].filter((id) => {
    const row = tables.rows.get(id);
    const register = tables.store.registers.get(id);
    return register?.createdAt !== row || (register !== undefined && !isStreamPosition(register.position));
  }).length;
}
