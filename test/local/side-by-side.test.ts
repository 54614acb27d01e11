/**
 * Two constructs in one stack, each counting a table of another shape, on the real engine at the same time
 * and under every fault: both are exact (I2, I3, I5), and neither touches what belongs to the other.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { faultNames } from '../../infra/local/emulator/faults/fault-plan.ts';
import { hash32, seededRandom } from '../../infra/local/emulator/random.ts';
import { answersOf, type Write } from '../shapes/answers.ts';
import { createLayouts } from '../shapes/traces/layouts.ts';
import { createWalk } from '../shapes/traces/walk.ts';
import { plainCountsCsv } from '../support/plain-recount.ts';
import { type ConstructId, constructIds, nameOf, shapes } from '../support/two-constructs.ts';
import { byId, each, startTwoConstructs, type TwoConstructsRun } from './two-constructs-run.ts';

/** `FC_SEED=2 npm test -- test/local/side-by-side.test.ts` draws other writes and faults. */
const SEED = Number(process.env['FC_SEED'] ?? 1);
/** In each half. */
const WRITES = 200;
const GRACE_MS = 300;
/** All faults after which the counts are exact without a repair. */
const harmless = {
  ...{ duplicate: 0.3, 'lost-answer': 0.15, throttle: 0.1, conflict: 0.1 },
  ...{ crash: 0.15, reorder: 0.3, poison: 0.05 },
};
const lossy = { drop: 0.3, vanish: 0.1 };
const none = Object.fromEntries(faultNames.map((name) => [name, 0]));
/** Restaurants that only this construct counts. Those of poison match neither. */
const ownRestaurants = { Likes: /^r\d$/, Saves: /^\d$/ } as const;

function historyOf(id: ConstructId): readonly Write[] {
  const random = seededRandom(hash32(`${id}:${SEED}`));
  const layout = createLayouts(random)[shapes[id]];
  if (layout === undefined) throw new Error(`There is no layout of shape ${shapes[id]}`);
  const walk = createWalk(layout, random);
  return Array.from({ length: 2 * WRITES }, () => ({ at: '', ...walk({ maySpoil: true }) }));
}

const histories = byId(historyOf);
const firstHalves = byId((id) => histories[id].slice(0, WRITES));

describe(`two constructs in one stack, under every fault (FC_SEED=${SEED})`, () => {
  let run: TwoConstructsRun;
  beforeAll(async () => {
    run = await startTwoConstructs({ seed: SEED });
    run.setFaults(harmless);
  });
  afterAll(() => run.stop());

  const countsCsv = async (id: ConstructId): Promise<string> => plainCountsCsv(await run.counts(id));

  it('counts both exactly while records are repeated, reordered and retried', async () => {
    await run.write(firstHalves);
    await each(async (id) => {
      expect(await countsCsv(id)).toBe(answersOf(shapes[id], firstHalves[id]).atRest);
    });
  });

  it('gives each its own dead letters: the rejected records and the poison of its table', () => {
    for (const [id, other] of [constructIds, constructIds.toReversed()]) {
      if (id === undefined || other === undefined) throw new Error('there are two constructs');
      const { letters } = answersOf(shapes[id], firstHalves[id]);
      const distinct = new Map(run.deadLetters(id).map((letter) => [letter.body, letter]));
      expect(distinct.size).toBe(letters + run.faults[id].counts.poison);
      for (const letter of distinct.values()) {
        expect(letter.kind).toBe('record');
        expect(JSON.stringify(letter)).not.toContain(run.tableOf(other));
      }
    }
  });

  it('repairs both at once, each by its own state machine, after records were lost', async () => {
    run.setFaults(lossy);
    await run.write(byId((id) => histories[id].slice(WRITES)));
    await each(async (id) => {
      expect(await countsCsv(id)).not.toBe(answersOf(shapes[id], histories[id]).atRest);
    });
    // Faults would only make the repair slow; test/local/reconcile.test.ts repairs under all of them.
    run.setFaults(none);

    await each(async (id) => {
      const outcome = await run.reconcile(id, { mode: 'repair', graceMs: GRACE_MS });
      expect(outcome).toMatchObject({ kind: 'succeeded', report: { notAudited: 0 } });
      expect(await countsCsv(id)).toBe(answersOf(shapes[id], histories[id]).repaired);
    });
    // A run asks again before it looks anything up.
    expect(new Set(run.lagsAsked)).toEqual(new Set(constructIds.map(nameOf)));
  });

  it('has met every fault, in both', () => {
    for (const id of constructIds) {
      expect(faultNames.filter((name) => run.faults[id].counts[name] === 0)).toEqual([]);
    }
  });

  it('keeps the registers and counts of each in its own tables', async () => {
    await each(async (id) => {
      for (const rows of [await run.registers(id), await run.counts(id)]) {
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.filter(({ restaurantId }) => !ownRestaurants[id].test(restaurantId))).toEqual([]);
      }
    });
  });

  it('puts the metrics of each into its own namespace', () => {
    expect(run.metricNamespaces).toEqual(byId((id) => new Set([nameOf(id)])));
  });

  it('serves the ranking of each by an API of its own', async () => {
    await each(async (id) => {
      const ranked = await run.api(id).ranking('ALL_TIME', 3);
      const lines = ranked.map((row) => `${row.restaurant_id},ALL_TIME,${row.favourite_count}`);
      const { repaired } = answersOf(shapes[id], histories[id]);
      const expected = repaired.split('\n').filter((line) => line.includes(',ALL_TIME,'));
      expect(lines.toSorted()).toEqual(expected.toSorted());
    });
  });
});
