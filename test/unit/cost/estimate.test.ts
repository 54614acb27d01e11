/** The model of the cost: examples computed by hand, and what must hold for every load. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { totalOf } from '../../../infra/cost/bill.ts';
import { estimate, type Estimate } from '../../../infra/cost/estimate.ts';
import { unsharedUnits } from '../../../infra/cost/items.ts';
import { batchEvents, type Load, shardsOf, trafficOf } from '../../../infra/cost/load.ts';
import { type ContenderName, eventsOf } from '../../../infra/cost/usage.ts';
import type { Ranked } from '../../../src/counting/ranking.ts';
import { anyLoad, costLoad, DAY_SECONDS } from '../../support/cost-load.ts';
import '../../support/fast-check-seed.ts';

const MONTH_SECONDS = 30 * DAY_SECONDS;

function lineOf({ contenders }: Estimate, name: ContenderName) {
  const line = contenders.find((each) => each.name === name);
  if (line === undefined) throw new Error(`the estimate has no line ${name}`);
  return line;
}

describe('a batch', () => {
  it('holds its first event, and those that come in the batching window', () => {
    expect(batchEvents(8, { batchingWindowSeconds: 1, batchSize: 1_000 })).toBe(9);
    expect(batchEvents(8, { batchingWindowSeconds: 300, batchSize: 1_000 })).toBe(1_000);
  });

  it('holds at most 6 MB', () => {
    expect(batchEvents(1e6, { batchingWindowSeconds: 1, batchSize: 10_000 })).toBeCloseTo(6 * 1_048.576);
  });

  it('without a window holds what a poll finds, if it finds an event', () => {
    const none = { batchingWindowSeconds: 0, batchSize: 1_000 };
    expect(batchEvents(0, none)).toBe(1);
    expect(batchEvents(4, none)).toBeCloseTo(1 / (1 - Math.exp(-1)));
  });

  it('comes from one shard: there is one for each partition, by writes, by size, and at least four', () => {
    expect(shardsOf(1, 0)).toBe(4);
    expect(shardsOf(81_000, 0)).toBe(81);
    // 220 bytes a row, 10 GB a partition.
    expect(shardsOf(1, 1e9)).toBe(Math.ceil(220e9 / (10 * 2 ** 30)));
  });
});

describe('the estimate', () => {
  it('bills an event that shares nothing 2 units for its register and 4 for each count row', () => {
    const never = costLoad({ restaurants: 1e12, batchingWindowSeconds: 1 });
    const { writeUnitsPerEvent } = lineOf(estimate(never), 'ours');
    // One write in a hundred is billed again, without the index.
    expect(writeUnitsPerEvent).toBeCloseTo((2 + 2) * 1.01 + 2, 1);
    expect([unsharedUnits(1), unsharedUnits(3)]).toEqual([
      [5, 6],
      [11, 14],
    ]);
  });

  it('shares the count row of the only restaurant in each batch', () => {
    // Batches of 11: 22 units of registers, 2 of the count row, 2 of its index entry.
    const one = costLoad({ restaurants: 1, batchingWindowSeconds: 10 });
    const { usage } = lineOf(estimate(one), 'ours');
    const batches = MONTH_SECONDS / 11;
    expect(usage.tableWriteUnits).toBeCloseTo(batches * 24 * 1.01, 0);
    expect(usage.indexWriteUnits).toBeCloseTo(batches * 2, 0);
  });

  it('computes the other contenders by hand', () => {
    const of = (name: ContenderName) =>
      lineOf(estimate(costLoad({ restaurants: 1, batchingWindowSeconds: 10 })), name).usage;
    const events = MONTH_SECONDS;
    expect(of('add').tableWriteUnits).toBeCloseTo(events * 1.01, 0);
    expect(of('add').indexWriteUnits).toBeCloseTo(events * 2, 0);
    expect(of('idempotency').tableWriteUnits).toBeCloseTo(events * 3 * 1.01, 0);
    expect(of('netDeltas').tableWriteUnits).toBeCloseTo((events / 11) * 2 * 1.01, 0);
    expect(of('scan').readUnits).toBeCloseTo((30 * 1e6 * 220) / 8_192, 0);
    expect(of('scan').tableWriteUnits).toBeCloseTo(30, 0);
  });

  it('pays Lambda by hand: requests, and 256 MB for the time of one transaction and the CPU', () => {
    const { usage, bills } = lineOf(
      estimate(costLoad({ restaurants: 1, batchingWindowSeconds: 10 })),
      'ours',
    );
    const invocations = (MONTH_SECONDS / 11) * 1.01;
    const milliseconds = 20 + 0.4 * 12 + (0.9 + 0.035 * 11) * (1_769 / 256);
    expect(usage.invocations).toBeCloseTo(invocations, 3);
    expect(bills.onDemand.lambda).toBeCloseTo(
      invocations * (0.2e-6 + (milliseconds / 1_000) * 0.25 * 0.0000133334),
      6,
    );
  });

  it('puts no entry below a floor into the index, and reads half a unit for each of these rows', () => {
    const floored = costLoad({ ranking: { ALL_TIME: 1e9 } });
    const { usage } = lineOf(estimate(floored), 'ours');
    expect(usage.indexWriteUnits).toBe(0);
    expect(usage.readUnits).toBeGreaterThan(0);
    const low = lineOf(estimate(costLoad({ ranking: { ALL_TIME: 1 } })), 'ours').usage;
    expect(low.indexWriteUnits).toBeCloseTo(lineOf(estimate(costLoad()), 'ours').usage.indexWriteUnits, 0);
  });

  it('lets only ALL_TIME be shared with an un-mark', () => {
    const load = { restaurants: 1, batchingWindowSeconds: 10, timeWindows: { DAY: 62 } };
    const units = (unmarkShare: number) =>
      lineOf(estimate(costLoad({ ...load, unmarkShare })), 'netDeltas').usage;
    // A batch of 11 marks: two rows. A batch of 10.5 marks and 10.5 un-marks: 2 + 10.5 rows.
    expect(units(0).tableWriteUnits / (MONTH_SECONDS / 11)).toBeCloseTo(2 * 2 * 1.01);
    expect(units(1).tableWriteUnits / ((2 * MONTH_SECONDS) / 21)).toBeCloseTo(12.5 * 2 * 1.01);
  });

  /** Units an event that `npm run bench` printed for its ordinary day, with the real aggregator. */
  it.each<[string, Load['ranking'], ours: number, add: number]>([
    ['with all ranked', {}, 11.83, 8.93],
    ['with the top 100 ranked', { ALL_TIME: 79_600, MONTH: 8_080, DAY: 279 }, 8.42, 5.49],
    ['with none ranked', { ALL_TIME: 'off', MONTH: 'off', DAY: 'off' }, 6.96, 3],
  ])('is within 5%% of the ordinary day of the bench %s', (_, ranking, ours, add) => {
    // Zipf over 160,000 restaurants, one un-mark for nine marks, 100 million favourites, batches of 80.
    const day = estimate(
      costLoad({
        favouritesPerDay: 700_000,
        unmarkShare: 1 / 9,
        restaurants: 160_000,
        favouritesStored: 100_000_000,
        timeWindows: { MONTH: 1130, DAY: 62 },
        batchingWindowSeconds: 79 / (700_000 / 0.9 / DAY_SECONDS),
        ranking,
      }),
    );
    expect(eventsOf(day.traffic)).toBeCloseTo(80);
    expect(Math.abs(lineOf(day, 'ours').writeUnitsPerEvent / ours - 1)).toBeLessThan(0.05);
    expect(Math.abs(lineOf(day, 'add').writeUnitsPerEvent / add - 1)).toBeLessThan(0.05);
  });

  it('names the ceilings of a viral restaurant', () => {
    const { ceilings } = estimate(costLoad({ restaurants: 1, favouritesPerDay: DAY_SECONDS * 1_000 }));
    const met = ceilings.filter(({ here, limit }) => here >= limit).map(({ what }) => what);
    expect(met).toEqual(['events a second: registers of the top restaurant', 'records: each batch']);
  });
});

describe('of every load', () => {
  const bill = (load: Load) => totalOf(lineOf(estimate(load), 'ours').bills.onDemand);
  const writes = (load: Load) => {
    const { usage } = lineOf(estimate(load), 'ours');
    return usage.tableWriteUnits + usage.indexWriteUnits;
  };
  const nearly = 1 + 1e-6;

  it('more favourites never cost less', () => {
    fc.assert(
      fc.property(anyLoad, fc.double({ min: 1, max: 100, noNaN: true }), (load, times) => {
        const more = { ...load, favouritesPerDay: load.favouritesPerDay * times };
        expect(bill(more) * nearly).toBeGreaterThanOrEqual(bill(load));
      }),
      { numRuns: 30 },
    );
  });

  it('a longer batching window never costs more writes, and never more batches', () => {
    fc.assert(
      fc.property(anyLoad, fc.integer({ min: 0, max: 300 }), (load, seconds) => {
        const longer = { ...load, batchingWindowSeconds: Math.max(seconds, load.batchingWindowSeconds) };
        expect(writes(longer)).toBeLessThanOrEqual(writes(load) * nearly);
        const batches = (each: Load) => trafficOf(each).batchesPerMonth;
        expect(batches(longer)).toBeLessThanOrEqual(batches(load) * nearly);
      }),
      { numRuns: 30 },
    );
  });

  it('exactness never costs less than its register, and all parts are numbers from zero', () => {
    fc.assert(
      fc.property(anyLoad, (load) => {
        const estimated = estimate(load);
        for (const { bills } of estimated.contenders) {
          for (const dollars of Object.values(bills.onDemand)) expect(dollars).toBeGreaterThanOrEqual(0);
        }
        const [ours, sums] = [lineOf(estimated, 'ours'), lineOf(estimated, 'netDeltas')];
        expect(ours.writeUnitsPerEvent - sums.writeUnitsPerEvent).toBeCloseTo(2 * 1.01, 6);
      }),
      { numRuns: 30 },
    );
  });

  it('a higher floor never costs more writes of the index, and off none at all', () => {
    const floor = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(anyLoad, floor, floor, (load, one, other) => {
        const indexUnits = (ranked: Ranked) => {
          const kinds = ['ALL_TIME', ...Object.keys(load.timeWindows)];
          const ranking = Object.fromEntries(kinds.map((kind) => [kind, ranked]));
          return lineOf(estimate({ ...load, ranking }), 'ours').usage.indexWriteUnits;
        };
        const units = ['on', Math.min(one, other), Math.max(one, other)] as const;
        const [on = 0, low = 0, high = 0] = units.map(indexUnits);
        expect(low).toBeLessThanOrEqual(on * nearly);
        expect(high).toBeLessThanOrEqual(low * nearly);
        expect(indexUnits('off')).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
