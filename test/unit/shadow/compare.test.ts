import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differenceOf, outcomeOf } from '../../../infra/shadow/compare.ts';
import { compareSides } from '../../../infra/shadow/run.ts';
import { add, liveSides } from '../../support/live-sides.ts';

const restaurant = fc.stringMatching(/^r\d$/);
const truths = fc.array(fc.tuple(restaurant, fc.nat(20)), { maxLength: 12 }).map((some) => new Map(some));
const changes = fc.array(fc.tuple(restaurant, fc.integer({ min: -9, max: 9 })), { maxLength: 6 });

describe('the comparison with a counter', () => {
  it('always finds the planted differences that the first reading shows, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(truths, changes, changes, async (truth, planted, moves) => {
        const counter = new Map(truth);
        for (const [id, by] of planted) add(counter, id, by);
        const sides = liveSides(truth, counter, {
          afterCounts: ({ counts, counter: other }) => {
            for (const [id, by] of moves) for (const side of [counts, other]) add(side, id, by);
          },
        });

        const { differences, moving, compared } = await compareSides(sides);

        const ids = [...new Set([...sides.counts.keys(), ...sides.counter.keys()])];
        const pairOf = (id: string) => ({ counts: sides.counts.get(id), counter: sides.counter.get(id) });
        expect(differences.map(({ restaurantId }) => restaurantId).toSorted()).toEqual(
          // A move between the readings of the two sides can hide a difference until the next comparison.
          ids
            .filter((id) => differenceOf({ ...pairOf(id), counts: truth.get(id) }) !== 0)
            .filter((id) => differenceOf(pairOf(id)) !== 0)
            .toSorted(),
        );
        for (const { restaurantId, pair } of differences) expect(pair).toEqual(pairOf(restaurantId));
        expect(moving).toBe(0);
        expect(compared).toBe(new Set([...truth.keys(), ...sides.counter.keys()]).size);
      }),
    );
  });

  it('always names the side that agrees with the rows', async () => {
    await fc.assert(
      fc.asyncProperty(truths, changes, changes, async (rows, wrongCounts, wrongCounter) => {
        const [counts, counter] = [new Map(rows), new Map(rows)];
        for (const [id, by] of wrongCounts) add(counts, id, by);
        for (const [id, by] of wrongCounter) add(counter, id, by);

        const { differences } = await compareSides(liveSides(counts, counter, { rows }));

        for (const { restaurantId, recount } of differences) {
          const agrees = [counts, counter].map(
            (side) => Math.max(0, side.get(restaurantId) ?? 0) === (rows.get(restaurantId) ?? 0),
          );
          const expected = agrees[0] === true ? 'counts' : agrees[1] === true ? 'counter' : 'neither';
          expect(recount).toEqual({ count: rows.get(restaurantId) ?? 0, right: expected });
        }
      }),
    );
  });

  it('reads only what differed again', async () => {
    const sides = liveSides(
      new Map([
        ['same', 3],
        ['more', 3],
        ['late', 3],
      ]),
      new Map([
        ['same', 3],
        ['more', 4],
        ['late', 2],
      ]),
      { duringWait: ({ counter }) => counter.set('late', 3) },
    );

    const { differences, compared } = await compareSides(sides);

    expect(sides.readings).toEqual([['more', 'late']]);
    expect(differences).toEqual([{ restaurantId: 'more', pair: { counts: 3, counter: 4 } }]);
    expect(compared).toBe(3);
  });

  it('does not wait if both are equal at once', async () => {
    const sides = liveSides(new Map([['a', 1]]), new Map([['a', 1]]), {
      duringWait: () => {
        throw new Error('waited');
      },
    });
    await expect(compareSides(sides)).resolves.toMatchObject({ differences: [], compared: 1 });
  });

  it('sets apart what never stands still', async () => {
    const sides = liveSides(new Map([['hot', 100]]), new Map([['hot', 90]]), {
      duringWait: ({ counts, counter }) => {
        add(counts, 'hot', 30);
        add(counter, 'hot', 25);
      },
    });
    await expect(compareSides(sides)).resolves.toMatchObject({ differences: [], moving: 1 });
  });

  it('puts the largest difference first, whichever side is above', async () => {
    const counts = new Map([
      ['a', 5],
      ['b', 5],
      ['c', 9],
    ]);
    const { differences } = await compareSides(liveSides(counts, new Map([['b', 7]])));
    expect(differences.map(({ restaurantId }) => restaurantId)).toEqual(['c', 'a', 'b']);
  });

  it('takes a missing row and a counter below 0 as 0', () => {
    const nothing = [undefined, 0, -3];
    for (const counts of nothing) {
      for (const counter of nothing) {
        expect(outcomeOf({ counts: 1, counter: 0 }, { counts, counter })).toBe('equal');
      }
    }
  });
});
