/**
 * A table of any shape, whose rows are updated in place, beside its aggregator, heal and redrive: I1 after
 * every commit, I2 when every record was handled, I3 and I4 after a repair, I5 for the dead letters. Records
 * come more than once, in any cut and order; a move may be half committed; reads are stale or torn.
 * any-table-mutants.test.ts shows that each rule is needed.
 */
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { underAllSchedules } from '../support/all-schedules.ts';
import { choicesArbitrary, scheduleOf } from '../support/random-schedule.ts';
import { assertEnd } from '../support/any-table/checks.ts';
import type { Write } from '../support/any-table/oracle.ts';
import { runWorld } from '../support/any-table/run.ts';
import { type Shape, shapes } from '../support/any-table/shapes.ts';
import { smallWorlds } from '../support/any-table/small-worlds.ts';
import type { Batches, World } from '../support/any-table/world.ts';
import { deliveriesOf } from '../support/histories.ts';
import type { InjectedFault } from '../support/memory-store.ts';

const SCHEDULES_MAX = 20_000;

describe('a table of any shape, under every schedule,', () => {
  it.each(Object.entries(smallWorlds))('keeps its promises when %s', async (_, world) => {
    await underAllSchedules(async (schedule) => assertEnd(await runWorld(world, schedule)), {
      runsMax: SCHEDULES_MAX,
    });
  });
});

const faultArbitrary = fc.constantFrom<InjectedFault>(
  ...(['none', 'lost-answer', 'lost-request', 'conflict', 'throttle', 'throttled-actions'] as const),
);

/** Several writes to each row. */
const writesOf = ({ contents }: Shape): fc.Arbitrary<readonly Write[]> => {
  const ofRow = contents.map((some, row) =>
    fc.option(fc.constantFrom(...some), { nil: undefined, freq: 5 }).map((content) => ({ row, content })),
  );
  return fc.array(fc.oneof(...ofRow), { minLength: 1, maxLength: 8 });
};

/** @param isLossy some records never come. */
const worldOf = (
  shape: Shape,
  { isLossy }: { readonly isLossy: boolean },
): fc.Arbitrary<Omit<World, 'shape'>> =>
  writesOf(shape).chain((writes) => {
    const indexes = writes.map((_, index) => index);
    const kept = isLossy ? fc.subarray(indexes) : fc.constant(indexes);
    return fc
      .tuple(fc.nat({ max: writes.length }), kept, fc.nat({ max: 2 }))
      .chain(([liveFrom, all, redrives]) => {
        const past = all.filter((index) => index < liveFrom);
        return fc.subarray(past).chain((givenUp) => {
          // Without redrive, the records that were given up come through the pipe too.
          const isOnlyLetter = (index: number) => redrives > 0 && givenUp.includes(index);
          const delivered = all.filter((index) => !isOnlyLetter(index));
          return fc
            .record({
              arrived: batchesOf(delivered.filter((index) => index < liveFrom)),
              // Records that arrived before may come again.
              deliveries: batchesOf(delivered),
              late: fc.array(fc.shuffledSubarray(delivered), { maxLength: 2 }),
              // If a record in flight is older than a lost one, heal promises nothing.
              heals: isLossy ? fc.constant(0) : fc.nat({ max: 2 }),
              foreign: fc.subarray(past),
              halfCommits: fc.nat({ max: 3 }),
              failedLetters: fc.nat({ max: 2 }),
              failedLooks: fc.nat({ max: 2 }),
              faults: fc.array(faultArbitrary, { maxLength: 12 }),
            })
            .map((options) => ({ writes, liveFrom, givenUp, redrives, ...options }));
        });
      });
  });

const batchesOf = (indexes: readonly number[]): fc.Arbitrary<Batches> =>
  indexes.length === 0 ? fc.constant([]) : deliveriesOf(indexes);

describe.each(Object.entries(shapes))('a table with %s', (_, shape) => {
  const always = async (options: { readonly isLossy: boolean }, numRuns: number): Promise<void> => {
    const world = worldOf(shape, options);
    const run = fc.record({ world, scheduler: fc.scheduler(), choices: choicesArbitrary });
    await fc.assert(
      fc.asyncProperty(run, async ({ world: some, scheduler, choices }) => {
        const schedule = scheduleOf(scheduler, choices);
        await scheduler.waitFor(runWorld({ shape, ...some }, schedule).then(assertEnd));
      }),
      { numRuns },
    );
  };

  it('always ends with the registers that its writes imply, beside heals and redrives', async () => {
    await always({ isLossy: false }, 300);
  });

  it('always has registers equal to its rows after a repair, whichever records are lost', async () => {
    await always({ isLossy: true }, 200);
  });
});
