/** How often restaurants are shared: sums over all restaurants, against plain ones. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { distinctRestaurants, touchedBy, zipf } from '../../../infra/cost/popularity.ts';
import '../../support/fast-check-seed.ts';

/** 1 − (1 − p)^b for each restaurant, one by one. */
function plainDistinct(restaurants: number, favourites: number): number {
  const ranks = Array.from({ length: restaurants }, (_, at) => at + 1);
  const total = ranks.reduce((sum, rank) => sum + 1 / rank, 0);
  return ranks.reduce((sum, rank) => sum + 1 - (1 - 1 / rank / total) ** favourites, 0);
}

describe('the popularity of restaurants', () => {
  it('gives three restaurants 6, 3 and 2 of 11 favourites', () => {
    const shares: number[] = [];
    const popularity = zipf(3);
    popularity.sum((share) => shares.push(share));
    expect(shares.map((share) => Math.round(share * 11))).toEqual([2, 3, 6]);
    expect(popularity.topShare).toBeCloseTo(6 / 11);
  });

  it('always adds up to one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), (restaurants) => {
        const popularity = zipf(restaurants);
        expect(popularity.sum((share) => share)).toBeCloseTo(1, 9);
        expect(popularity.sum(() => 1)).toBeCloseTo(restaurants, -3);
      }),
    );
  });
});

describe('the different restaurants of a batch', () => {
  it('are one for one favourite, and 1.5 for two favourites of two equal restaurants', () => {
    expect(distinctRestaurants(zipf(1_000), 1)).toBeCloseTo(1, 9);
    expect(2 * touchedBy(2, 0.5)).toBeCloseTo(1.5, 9);
  });

  it.each([
    [1_000, 8],
    [9_999, 80],
    [160_000, 1_000],
    [160_000, 80],
  ])('are those of a sum one by one, also when equals are grouped: %d restaurants, %d favourites', (n, b) => {
    const plain = plainDistinct(n, b);
    expect(distinctRestaurants(zipf(n), b) / plain).toBeCloseTo(1, 6);
  });

  it('are never more than the favourites or restaurants, nor fewer than with one favourite less', () => {
    const favourites = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), favourites, (restaurants, b) => {
        const popularity = zipf(restaurants);
        const distinct = distinctRestaurants(popularity, b);
        expect(distinct).toBeLessThanOrEqual(Math.min(b, restaurants) * (1 + 1e-9));
        expect(distinct).toBeGreaterThanOrEqual(Math.min(1, b) * (1 - 1e-9));
        expect(distinct).toBeGreaterThanOrEqual(distinctRestaurants(popularity, b - 1) * (1 - 1e-9));
      }),
      { numRuns: 50 },
    );
  });
});
