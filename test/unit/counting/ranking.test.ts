import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RestaurantId } from '../../../src/counting/favourite-event.ts';
import {
  mergeShards,
  type RankedRestaurant,
  rankingKeyOf,
  rankingKeysOf,
} from '../../../src/counting/ranking.ts';
import { ALL_TIME, type TimeWindow } from '../../../src/counting/time-window.ts';

const restaurant = (text: string) => text as RestaurantId;
const ranked = (restaurantId: string, favouriteCount: number): RankedRestaurant => ({
  restaurantId: restaurant(restaurantId),
  favouriteCount,
});

describe('the ranking key', () => {
  // Rows in the table carry these: another hash would split every ranking until each row is written again.
  it.each([
    ['', 261],
    ['a', 220],
    ['foobar', 720],
    ['osteria', 976],
    ['crêperie', 778],
    ['🍮', 755],
  ])("keeps the shard of '%s' from release to release", (restaurantId, shard) => {
    expect(rankingKeyOf(restaurant(restaurantId), ALL_TIME, 1_000)).toBe(`ALL_TIME#${shard}`);
  });

  it('names the window first', () => {
    expect(rankingKeyOf(restaurant('osteria'), 'AUG_2022' as TimeWindow, 1)).toBe('AUG_2022#0');
  });

  it('always is one of the keys that together hold the window, and the same in every window', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 200 }), (id, shards) => {
        const key = rankingKeyOf(restaurant(id), ALL_TIME, shards);
        expect(rankingKeysOf(ALL_TIME, shards)).toContain(key);
        const day = rankingKeyOf(restaurant(id), '20220801' as TimeWindow, shards);
        expect(day).toBe(key.replace('ALL_TIME', '20220801'));
      }),
    );
  });

  it('spreads restaurants over all shards, none with more than twice its part', () => {
    const [shards, restaurants] = [10, 5_000];
    const sizes = new Map<string, number>();
    for (let index = 0; index < restaurants; index += 1) {
      const key = rankingKeyOf(restaurant(`restaurant-${index}`), ALL_TIME, shards);
      sizes.set(key, (sizes.get(key) ?? 0) + 1);
    }
    expect(sizes.size).toBe(shards);
    expect(Math.max(...sizes.values())).toBeLessThan((2 * restaurants) / shards);
  });

  it('has one key per shard', () => {
    expect(rankingKeysOf(ALL_TIME, 3)).toEqual(['ALL_TIME#0', 'ALL_TIME#1', 'ALL_TIME#2']);
  });
});

describe('merging shards', () => {
  it('gives the highest of all shards, equal ones in the order of their ids', () => {
    const shards = [[ranked('d', 9), ranked('b', 5)], [], [ranked('c', 7), ranked('a', 5)]];
    expect(mergeShards(shards, 3)).toEqual([ranked('d', 9), ranked('c', 7), ranked('a', 5)]);
    expect(mergeShards(shards, 10).map(({ restaurantId }) => restaurantId)).toEqual(['d', 'c', 'a', 'b']);
    expect(mergeShards(shards, 0)).toEqual([]);
  });

  it('never changes the shards that it was given', () => {
    const shards = [[ranked('a', 1), ranked('b', 2)]];
    mergeShards(shards, 2);
    expect(shards).toEqual([[ranked('a', 1), ranked('b', 2)]]);
  });

  it('always gives what sorting the whole window gives, however it is cut into shards', () => {
    const restaurants = fc.uniqueArray(
      fc.record({
        restaurantId: fc.string().map(restaurant),
        favouriteCount: fc.integer({ min: 0, max: 5 }),
      }),
      { selector: ({ restaurantId }) => restaurantId },
    );
    fc.assert(
      fc.property(restaurants, fc.integer({ min: 1, max: 5 }), fc.nat(10), (all, shardCount, limit) => {
        const shards = Array.from({ length: shardCount }, (_, shard) =>
          all.filter((_one, index) => index % shardCount === shard),
        );
        const merged = mergeShards(shards, limit);
        expect(merged).toHaveLength(Math.min(limit, all.length));
        expect(merged).toEqual(mergeShards([all], all.length).slice(0, limit));
        const counts = mergeShards(shards, all.length).map(({ favouriteCount }) => favouriteCount);
        expect(counts).toEqual(counts.toSorted((a, b) => b - a));
      }),
    );
  });
});
