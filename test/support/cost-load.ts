/** A small load for the tests of the cost model. */
import fc from 'fast-check';
import type { Load } from '../../infra/cost/load.ts';

export const DAY_SECONDS = 86_400;

/** One mark a second, one shard of the stream, and ALL_TIME alone. */
export function costLoad(changes: Partial<Load> = {}): Load {
  return {
    favouritesPerDay: DAY_SECONDS,
    unmarkShare: 0,
    restaurants: 1_000,
    favouritesStored: 1_000_000,
    streamShards: 1,
    timeWindows: {},
    ranking: {},
    rankingShards: 10,
    batchingWindowSeconds: 1,
    batchSize: 1_000,
    parallelizationFactor: 1,
    memoryMegabytes: 256,
    commitConcurrency: 4,
    ...changes,
  };
}

const windows = [{}, { DAY: 62 }, { MONTH: 1130, DAY: 62 }, { YEAR: 'forever', WEEK: 30 }] as const;

/** Loads without a floor, whose wrong guesses cost more in a larger transaction. */
export const anyLoad: fc.Arbitrary<Load> = fc
  .record({
    favouritesPerDay: fc.integer({ min: 1, max: 1e10 }),
    unmarkShare: fc.constantFrom(0, 0.17, 1),
    restaurants: fc.integer({ min: 1, max: 1e6 }),
    favouritesStored: fc.integer({ min: 0, max: 1e12 }),
    streamShards: fc.constantFrom(undefined, 1, 7),
    timeWindows: fc.constantFrom(...windows),
    ranking: fc.constantFrom({}, { ALL_TIME: 'off' as const }),
    batchingWindowSeconds: fc.integer({ min: 0, max: 300 }),
    batchSize: fc.integer({ min: 1, max: 10_000 }),
    parallelizationFactor: fc.integer({ min: 1, max: 10 }),
  })
  .map(costLoad);
