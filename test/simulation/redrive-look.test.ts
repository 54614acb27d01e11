/**
 * I3 for redrive, concurrent with users and the aggregator: once a dead letter is redriven, its registers
 * agree with their row, however old the dead letter is. I5: a dead letter is deleted when its record is
 * applied or overtaken, and no sooner. For each rule behind these promises, a mutant without the rule fails
 * here.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FavouriteChange } from '../../src/counting/counted-favourite.ts';
import type { RedriveContext } from '../../src/reconcile/redrive/context.ts';
import { type Schedule, underAllSchedules } from '../support/all-schedules.ts';
import { favouriteId } from '../support/favourite-changes.ts';
import { storedRegister } from '../support/memory-store.ts';
import {
  assertConverged,
  assertLettersLeft,
  assertNewestWins,
  type Ended,
  keyedShape,
  movingShape,
  type Mutate,
  type Past,
  type RowState,
  runWorld,
  type World,
  type Write,
} from '../support/redrive-bench.ts';
import type { SourceTables } from '../support/source-tables.ts';

const [AUGUST, SEPTEMBER] = ['2022-08-01T12:00:00Z', '2022-09-01T08:00:00Z'];

const writing = (id: string) => (state?: RowState) => ({ kind: 'write', write: { id, state } }) as const;
const arrives = (record: number): Past => ({ kind: 'arrives', record });
const letter = (record: number): Past => ({ kind: 'letter', record });
const repair: Past = { kind: 'repair' };
const lost: Past = { kind: 'lost' };
const expired: Past = { kind: 'expired' };

interface SmallWorld extends World {
  /** What a register counts at the end, where its row does not say so. */
  readonly keeps?: Readonly<Record<string, string>>;
}

/** One row whose key holds the restaurant. */
const write = writing('osteria#ada');
const keyed = (past: readonly Past[], ...live: (RowState | undefined)[]): World =>
  worldOf(keyedShape(), 'osteria#ada', past, live);
/** One row whose restaurant is an attribute. */
const put = writing('row');
const moving = (past: readonly Past[], ...live: (RowState | undefined)[]): World =>
  worldOf(movingShape, 'row', past, live);

function worldOf(
  shape: World['shape'],
  id: string,
  past: readonly Past[],
  live: readonly (RowState | undefined)[],
): World {
  return {
    shape,
    past,
    live: [live.map((state) => ({ id, state }))],
  };
}

const [osteria, taverna] = [
  { restaurant: 'osteria', at: AUGUST },
  { restaurant: 'taverna', at: AUGUST },
];
const nowhere = { restaurant: 'bad', at: AUGUST };

const smallWorlds: Readonly<Record<string, SmallWorld>> = {
  'a repair is newer than the mark': keyed([write({ at: AUGUST }), write(), repair, letter(0)]),
  'a repair did not see the dead letter, and restored a lost register': keyed([
    write({ at: AUGUST }),
    write({ at: SEPTEMBER }),
    arrives(1),
    lost,
    repair,
    letter(0),
  ]),
  'the tombstone that the mark would meet has expired': keyed([
    write({ at: AUGUST }),
    write(),
    arrives(1),
    expired,
    letter(0),
  ]),
  'the un-mark is redriven, and the user has marked again': keyed([
    write({ at: AUGUST }),
    write(),
    write({ at: SEPTEMBER }),
    repair,
    letter(1),
  ]),
  'a range is partly older than a repair': keyed([
    write({ at: AUGUST }),
    write(),
    write({ at: SEPTEMBER }),
    write(),
    arrives(1),
    repair,
    { kind: 'range', records: [0, 1, 2] },
  ]),
  'two dead letters are of one row': keyed([
    write({ at: AUGUST }),
    write({ at: SEPTEMBER }),
    write(),
    repair,
    letter(1),
    letter(0),
  ]),
  'the user un-marks': keyed([write({ at: AUGUST }), letter(0)], undefined),
  'the user un-marks and marks again': keyed([write({ at: AUGUST }), letter(0)], undefined, {
    at: SEPTEMBER,
  }),
  'the user marks again after a lost un-mark': keyed([write({ at: AUGUST }), write(), repair, letter(0)], {
    at: AUGUST,
  }),
  'a row that was counted cannot be judged any more': {
    ...keyed([write({ at: AUGUST }), arrives(0), write({ at: 'bad' }), arrives(1)]),
    keeps: { 'osteria#ada': AUGUST },
  },
  'an older mark of a row that cannot be judged is redriven': {
    ...keyed([write({ at: AUGUST }), write({ at: 'bad' }), arrives(1), letter(0)]),
    keeps: { 'osteria#ada': AUGUST },
  },
  'a row without a date was completed by an update': keyed([
    write({}),
    arrives(0),
    write({ at: AUGUST }),
    arrives(1),
  ]),
  'the user completes a row without a date': keyed([write({}), arrives(0)], { at: AUGUST }),
  'the user deletes a row without a date': keyed([write({}), arrives(0)], undefined),
  'without updates, a row without a date was deleted': worldOf(
    keyedShape({}),
    'osteria#ada',
    [write({}), arrives(0), write(), arrives(1)],
    [],
  ),
  'only the first half of a move was committed': moving([
    put(osteria),
    arrives(0),
    put(taverna),
    { kind: 'arrives-half', record: 1 },
    letter(1),
  ]),
  'a move is newer than the mark, and a repair followed': moving([
    put(osteria),
    put(taverna),
    repair,
    letter(0),
  ]),
  'a row moved away and back': moving([put(osteria), put(taverna), put(osteria), repair, letter(1)]),
  'a row moves while its mark is redriven': moving([put(osteria), letter(0)], taverna),
  'a row moves while an older move is redriven': moving(
    [put(osteria), put(taverna), repair, letter(1)],
    osteria,
  ),
  'a restaurant cannot be read': moving([put(osteria), arrives(0), put(nowhere), arrives(1)]),
  'a restaurant could not be read until the user corrects it': moving(
    [put(osteria), arrives(0), put(nowhere), arrives(1)],
    taverna,
  ),
  'a row without a readable restaurant was deleted': moving([put(nowhere), arrives(0), put(), arrives(1)]),
  'a row without a readable restaurant is another kind of item now': moving([
    put(nowhere),
    arrives(0),
    put({ at: AUGUST }),
    arrives(1),
  ]),
  'a row moves to a restaurant, but its date cannot be read': moving([
    put(osteria),
    arrives(0),
    put({ restaurant: 'taverna', at: 'bad' }),
    arrives(1),
  ]),
};
const SCHEDULES_MAX = 60_000;

async function exhaust(world: SmallWorld, mutant?: Mutate): Promise<void> {
  await underAllSchedules(
    async (schedule) => {
      assertPromises(await runWorld(world, schedule, mutant), world);
    },
    { runsMax: SCHEDULES_MAX },
  );
}

function assertPromises(ended: Ended, { keeps = {}, shape, past }: SmallWorld): void {
  if (ended.letters.violations.length > 0) throw new Error(ended.letters.violations.join('\n'));
  assertConverged(ended, shape);
  for (const [id, at] of Object.entries(keeps)) {
    const counted = ended.tables.store.registers.get(id)?.createdAt;
    if (counted !== at) throw new Error(`I3 broken: ${id} counts ${counted}, although its row is rejected`);
  }
  const isLossy = past.includes(repair) || past.includes(expired);
  assertLettersLeft(ended, shape, { isLossy });
  if (!isLossy) assertNewestWins(ended, shape);
}

const worldNamed = (name: string): SmallWorld => {
  const world = smallWorlds[name];
  if (world === undefined) throw new Error(`there is no small world with the name ${name}`);
  return world;
};

describe('redrive, under every schedule,', () => {
  it.each(Object.entries(smallWorlds))(
    'makes the registers agree with the row when %s',
    async (_, world) => {
      await exhaust(world);
    },
    120_000,
  );
});

/** A mutant that changes each correction just before its commit. */
const rewriting =
  (rewrite: (change: FavouriteChange, tables: SourceTables) => FavouriteChange): Mutate =>
  (context, tables) => {
    tables.rewriteCorrections((change) => rewrite(change, tables));
    return context;
  };

/**
 * Ends the first invocation after that many operations: whatever it does then fails, as after a crash. A
 * commit may have happened although its answer is lost.
 */
const cutOffAfter = (operations: number): Mutate => {
  let done = 0;
  const step = () => {
    done += 1;
    if (done > operations) throw new Error('the invocation has ended');
  };
  return (context) => ({
    ...context,
    store: {
      commit: async (plan, options) => {
        step();
        const answer = await context.store.commit(plan, options);
        step();
        return answer;
      },
    },
    reads: {
      readFavourites: async (keys, how) => {
        step();
        return context.reads.readFavourites(keys, how);
      },
      readRegisters: async (keys, how) => {
        step();
        return context.reads.readRegisters(keys, how);
      },
    },
    letters: {
      receive: (options) => context.letters.receive(options),
      giveBack: (some) => context.letters.giveBack(some),
      delete: async (some) => {
        step();
        return context.letters.delete(some);
      },
    },
  });
};

describe('redrive that is cut off anywhere', () => {
  const still = Object.entries(smallWorlds).filter(([, { live }]) =>
    live.every((writes) => writes.length === 0),
  );

  it.each(still)('is finished by the next run when %s', async (_, world) => {
    for (let operations = 0; operations < 16; operations += 1) await exhaust(world, cutOffAfter(operations));
  });
});

function readsOf({ reads }: RedriveContext): RedriveContext['reads'] {
  return {
    readFavourites: (keys, how) => reads.readFavourites(keys, how),
    readRegisters: (keys, how) => reads.readRegisters(keys, how),
  };
}

describe('redrive without one of its rules', () => {
  const mutants: readonly (readonly [string, string, Mutate])[] = [
    [
      'with the row read before the register',
      'the user un-marks and marks again',
      (context) => {
        let early: ReturnType<RedriveContext['reads']['readFavourites']> | undefined;
        return {
          ...context,
          reads: {
            readRegisters: async (keys, how) => {
              early = context.reads.readFavourites(keys, how);
              await early;
              return context.reads.readRegisters(keys, how);
            },
            readFavourites: (keys, how) => early ?? context.reads.readFavourites(keys, how),
          },
        };
      },
    ],
    [
      'with an eventually consistent read of the row',
      'the user un-marks',
      (context) => ({
        ...context,
        reads: {
          ...readsOf(context),
          readFavourites: (keys) => context.reads.readFavourites(keys, { consistent: false }),
        },
      }),
    ],
    [
      'with a correction that has no condition',
      'the user un-marks',
      rewriting((change, tables) => ({
        ...change,
        requires: {
          kind: 'exactly',
          register: storedRegister(tables.store.registers.get(favouriteId(change.key))),
        },
      })),
    ],
    ...[
      'a repair is newer than the mark',
      'a repair did not see the dead letter, and restored a lost register',
      'the tombstone that the mark would meet has expired',
      'a range is partly older than a repair',
      'a move is newer than the mark, and a repair followed',
    ].map((name): [string, string, Mutate] => [
      'without reading the rows',
      name,
      (context) => ({
        ...context,
        reads: {
          ...readsOf(context),
          // Rows that cannot be judged, so that no register is corrected.
          readFavourites: (keys) =>
            Promise.resolve({
              items: keys.map((key) => ({
                kind: 'uncountable' as const,
                key,
                rejection: {
                  kind: 'rejection' as const,
                  reason: 'unreadable-created-at' as const,
                  detail: '',
                },
              })),
              readUnits: 0,
            }),
        },
      }),
    ]),
    ...[
      'a row that was counted cannot be judged any more',
      'an older mark of a row that cannot be judged is redriven',
    ].map((name): [string, string, Mutate] => [
      'with a correction of the register that a rejected row names',
      name,
      (context) => ({
        ...context,
        reads: {
          ...readsOf(context),
          readFavourites: async (keys, how) => {
            const { items, readUnits } = await context.reads.readFavourites(keys, how);
            return { items: items.map((row) => (row?.kind === 'uncountable' ? undefined : row)), readUnits };
          },
        },
      }),
    ]),
    ...[0, 1].map((only): [string, string, Mutate] => [
      `with a look at one of the two registers (${only})`,
      'a row moved away and back',
      (context) => ({
        ...context,
        reads: {
          ...readsOf(context),
          readRegisters: async (keys, how) => {
            const { items, readUnits } = await context.reads.readRegisters(keys, how);
            return {
              items: keys.length === 1 ? items : items.map((item, at) => (at === only ? item : undefined)),
              readUnits,
            };
          },
          readFavourites: async (keys, how) => {
            const { items, readUnits } = await context.reads.readFavourites(keys, how);
            return {
              items: keys.length === 1 ? items : items.map((item, at) => (at === only ? item : undefined)),
              readUnits,
            };
          },
        },
      }),
    ]),
  ];

  it.each(mutants)('fails %s, when %s', async (_, name, mutant) => {
    await expect(exhaust(worldNamed(name), mutant)).rejects.toThrow(/I1 broken|I3 broken|I5 broken/);
  });
});

const rowIds = { keyed: ['osteria#ada', 'osteria#bob', 'taverna#ada'], moving: ['row', 'other', 'third'] };
const at = fc.constantFrom(AUGUST, SEPTEMBER, 'bad');
const stateArbitraries: Readonly<Record<keyof typeof rowIds, fc.Arbitrary<RowState>>> = {
  keyed: fc.record({ at }),
  moving: fc
    .record({ restaurant: fc.constantFrom('osteria', 'taverna', 'bad', ''), at })
    .map(({ restaurant, ...state }) => (restaurant === '' ? state : { restaurant, ...state })),
};

/** Leaves out deletions of rows that do not exist. */
function possible(writes: readonly Write[], exists: Set<string>): readonly Write[] {
  return writes.filter(({ id, state }) => (state === undefined ? exists.delete(id) : exists.add(id)));
}

/**
 * Any past after which redrive promises to converge: a repair has run after the last record that was lost,
 * and no record that is still to arrive is older than that repair, except those in dead letters.
 */
const worldArbitrary = (shapeName: keyof typeof rowIds): fc.Arbitrary<Omit<World, 'shape'>> => {
  const id = fc.constantFrom(...rowIds[shapeName]);
  const writeArbitrary = fc.record({
    id,
    state: fc.option(stateArbitraries[shapeName], { freq: 3, nil: undefined }),
  });
  return fc
    .record({
      past: fc.array(
        fc.record({
          write: writeArbitrary,
          fate: fc.constantFrom('arrives', 'letter', 'arrives and letter', 'vanishes'),
          order: fc.nat({ max: 9 }),
        }),
        { maxLength: 8 },
      ),
      repairAt: fc.option(fc.nat({ max: 8 }), { nil: -1 }),
      isLost: fc.boolean(),
      isExpired: fc.boolean(),
      isRange: fc.boolean(),
      live: fc.array(fc.array(writeArbitrary, { maxLength: 3 }), { maxLength: 2 }),
    })
    .map(({ past, repairAt, isLost, isExpired, isRange, live }) => {
      const exists = new Set<string>();
      const writes = past.filter((one) => possible([one.write], exists).length > 0);
      const steps: Past[] = [];
      const arrivals = (from: number, to: number) =>
        writes
          .map(({ fate, order }, record) => ({ fate, order, record }))
          .slice(from, to)
          .filter(({ fate }) => fate.startsWith('arrives') || (repairAt < 0 && fate === 'vanishes'))
          .toSorted((a, b) => a.order - b.order)
          .map(({ record }) => arrives(record));
      for (const [index, { write: one }] of writes.entries()) {
        steps.push({ kind: 'write', write: one });
        if (index !== repairAt) continue;
        steps.push(...arrivals(0, index + 1), ...(isLost ? [lost] : []), repair);
      }
      const isRepaired = repairAt >= 0 && repairAt < writes.length;
      steps.push(...arrivals(isRepaired ? repairAt + 1 : 0, writes.length));
      if (isExpired) steps.push(expired);
      const records = writes.flatMap(({ fate, order }, record) => {
        const isLate = !isRepaired || record > repairAt;
        return fate.endsWith('letter') || (fate === 'vanishes' && isLate) ? [{ record, order }] : [];
      });
      const held = records.toSorted((a, b) => b.order - a.order).map(({ record }) => record);
      steps.push(
        ...(isRange && held.length > 1 ? [{ kind: 'range' as const, records: held }] : held.map(letter)),
      );
      return {
        past: steps,
        // Each user has rows of their own, so that no deletion meets a row that another user has deleted.
        live: live.map((some, user) =>
          possible(
            some.filter(({ id: row }) => rowIds[shapeName].indexOf(row) % 2 === user),
            exists,
          ),
        ),
      };
    });
};

const scheduleOf = (scheduler: fc.Scheduler): Schedule => ({
  pause: () => scheduler.schedule(Promise.resolve()),
  choose: () => 0,
});

describe.each(['keyed', 'moving'] as const)(
  'redrive of any dead letters, in a table of the %s shape,',
  (shapeName) => {
    it('always ends with registers that agree with their rows, wherever it is cut off', async () => {
      const run = fc.record({
        world: worldArbitrary(shapeName),
        scheduler: fc.scheduler(),
        cut: fc.option(fc.nat({ max: 30 }), { nil: undefined }),
      });
      await fc.assert(
        fc.asyncProperty(run, async ({ world: { past, live }, scheduler, cut }) => {
          const world = { shape: shapeName === 'keyed' ? keyedShape() : movingShape, past, live };
          const mutant = cut === undefined ? undefined : cutOffAfter(cut);
          assertPromises(await scheduler.waitFor(runWorld(world, scheduleOf(scheduler), mutant)), world);
        }),
        { numRuns: 1_500 },
      );
    }, 240_000);
  },
);
