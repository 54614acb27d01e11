import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import {
  formatRankingSettings,
  higherFloors,
  isRanked,
  parseRankingSettings,
  rankedKinds,
  type RankedRestaurant,
  type RankingPosition,
  rankPage,
  type RankingSettings,
  rankingKeyOf,
  rankingKeyOfShard,
  shardRanges,
} from '../../../src/counting/ranking.ts';
import { ALL_TIME, type TimeWindow } from '../../../src/counting/time-window.ts';

const restaurant = (text: string) => text as RestaurantId;
const ranked = (restaurantId: string, favouriteCount: number): RankedRestaurant => ({
  restaurantId: restaurant(restaurantId),
  favouriteCount,
});

describe('the ranking key', () => {
  // Existing rows hold these shards: another hash would split every ranking until each row is written again.
  it.each([
    ['', 261],
    ['a', 220],
    ['foobar', 720],
    ['osteria', 976],
    ['crêperie', 778],
    ['🍮', 755],
  ])("has the same shard for '%s' in every release", (restaurantId, shard) => {
    expect(rankingKeyOf(restaurant(restaurantId), ALL_TIME, 1_000)).toBe(`ALL_TIME#${shard}`);
  });

  it('starts with the name of the window', () => {
    expect(rankingKeyOf(restaurant('osteria'), 'AUG_2022' as TimeWindow, 1)).toBe('AUG_2022#0');
  });

  it('is always one of the keys of the window, with the same shard in every window', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 200 }), (id, shards) => {
        const key = rankingKeyOf(restaurant(id), ALL_TIME, shards);
        expect(
          shardRanges(shards, undefined).map(({ shard }) => rankingKeyOfShard(ALL_TIME, shard)),
        ).toContain(key);
        const day = rankingKeyOf(restaurant(id), '20220801' as TimeWindow, shards);
        expect(day).toBe(key.replace('ALL_TIME', '20220801'));
      }),
    );
  });

  it('spreads restaurants over all shards, and no shard has more than twice its share', () => {
    const [shards, restaurants] = [10, 5_000];
    const sizes = new Map<string, number>();
    for (let index = 0; index < restaurants; index += 1) {
      const key = rankingKeyOf(restaurant(`restaurant-${index}`), ALL_TIME, shards);
      sizes.set(key, (sizes.get(key) ?? 0) + 1);
    }
    expect(sizes.size).toBe(shards);
    expect(Math.max(...sizes.values())).toBeLessThan((2 * restaurants) / shards);
  });

  it('is one per shard of a window', () => {
    const keys = shardRanges(3, undefined).map(({ shard }) => rankingKeyOfShard(ALL_TIME, shard));
    expect(keys).toEqual(['ALL_TIME#0', 'ALL_TIME#1', 'ALL_TIME#2']);
  });
});

describe('a page of the ranking', () => {
  const at = (row: Partial<RankingPosition>): RankingPosition => ({
    restaurantId: restaurant('b'),
    favouriteCount: 5,
    shard: 1,
    rank: 1,
    seen: 1,
    ...row,
  });

  it('without a position reads every shard from its highest count', () => {
    const highestCount = Number.MAX_SAFE_INTEGER;
    expect(shardRanges(2, undefined)).toEqual([
      { shard: 0, highestCount },
      { shard: 1, highestCount },
    ]);
  });

  it('goes on below its count in earlier shards, after its row, and at its count in later shards', () => {
    expect(shardRanges(3, at({}))).toEqual([
      { shard: 0, highestCount: 4 },
      { shard: 1, highestCount: 5, after: { restaurantId: 'b', favouriteCount: 5 } },
      { shard: 2, highestCount: 5 },
    ]);
  });

  it('skips shards that cannot have any rows left', () => {
    expect(shardRanges(3, at({ shard: 2, favouriteCount: 1 })).map(({ shard }) => shard)).toEqual([2]);
  });

  it('keeps every whole count below a damaged, fractional count', () => {
    expect(shardRanges(2, at({ favouriteCount: 2.5 }))[0]).toEqual({ shard: 0, highestCount: 2 });
  });

  it('is ordered by count, then shard, then position in the shard', () => {
    const shards = [
      { shard: 1, rows: [ranked('z', 9), ranked('y', 5), ranked('a', 5)] },
      { shard: 0, rows: [ranked('x', 5), ranked('w', 1)] },
    ];
    const { restaurants, next } = rankPage(shards, { limit: 5, after: undefined });
    expect(restaurants).toEqual([
      { ...ranked('z', 9), rank: 1 },
      { ...ranked('x', 5), rank: 2 },
      { ...ranked('y', 5), rank: 2 },
      { ...ranked('a', 5), rank: 2 },
      { ...ranked('w', 1), rank: 5 },
    ]);
    expect(next).toBeUndefined();
  });

  it('always has the highest counts of the window, for any number of shards', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 });
    fc.assert(
      fc.property(
        counts,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 10 }),
        (all, cut, limit) => {
          const shards = Array.from({ length: cut }, (_, shard) => ({
            shard,
            rows: all
              .flatMap((count, index) => (index % cut === shard ? [ranked(`r${index}`, count)] : []))
              .toSorted((a, b) => b.favouriteCount - a.favouriteCount),
          }));
          const before = structuredClone(shards);
          const { restaurants } = rankPage(shards, { limit, after: undefined });
          const sorted = all.toSorted((a, b) => b - a);
          expect(restaurants.map(({ favouriteCount }) => favouriteCount)).toEqual(sorted.slice(0, limit));
          expect(restaurants.map(({ rank }) => rank)).toEqual(
            sorted.slice(0, limit).map((count) => 1 + sorted.indexOf(count)),
          );
          expect(shards).toEqual(before);
        },
      ),
    );
  });

  it('passes the rank and the number of rows seen to the next page', () => {
    const first = rankPage([{ shard: 0, rows: [ranked('a', 5), ranked('b', 5), ranked('c', 5)] }], {
      limit: 2,
      after: undefined,
    });
    expect(first.next).toEqual({ ...ranked('b', 5), shard: 0, rank: 1, seen: 2 });
    const second = rankPage([{ shard: 0, rows: [ranked('c', 5), ranked('d', 4)] }], {
      limit: 2,
      after: first.next,
    });
    expect(second.restaurants.map(({ rank }) => rank)).toEqual([1, 4]);
  });

  it('shows a restaurant once that moved to another shard while the shards were read', () => {
    const shards = [
      { shard: 0, rows: [ranked('a', 5), ranked('b', 3)] },
      { shard: 1, rows: [ranked('c', 4), ranked('a', 4)] },
    ];
    expect(rankPage(shards, { limit: 3, after: undefined })).toEqual({
      restaurants: [
        { ...ranked('a', 5), rank: 1 },
        { ...ranked('c', 4), rank: 2 },
        { ...ranked('b', 3), rank: 3 },
      ],
      next: { ...ranked('b', 3), shard: 0, rank: 3, seen: 3 },
    });
  });

  it('is the last one when no rows are left', () => {
    expect(rankPage([], { limit: 1, after: at({}) })).toEqual({ restaurants: [], next: undefined });
  });
});

const rankings: fc.Arbitrary<RankingSettings> = fc
  .subarray([...rankedKinds])
  .chain((kinds) =>
    fc.record(
      Object.fromEntries(
        kinds.map((kind) => [kind, fc.oneof(fc.constantFrom('on', 'off'), fc.integer({ min: 1 }))] as const),
      ),
    ),
  );

describe('the settings of the ranking', () => {
  it('are always the same after they are written and read again', () => {
    fc.assert(
      fc.property(rankings, (ranking) => {
        expect(parseRankingSettings(formatRankingSettings(ranking))).toEqual(ranking);
      }),
    );
  });

  it('may have spaces, and an empty text ranks everything', () => {
    expect(parseRankingSettings(' ALL_TIME : 100, DAY:off ')).toEqual({ ALL_TIME: 100, DAY: 'off' });
    expect(parseRankingSettings('')).toEqual({});
  });

  it.each([
    ['DAY', "'DAY' is not a ranking"],
    ['HOUR:on', 'expected one of ALL_TIME, '],
    ['DAY:0', 'with on, off or a whole number from 1, such as ALL_TIME:100'],
    ['DAY:-1', "'DAY:-1' is not a ranking"],
    ['DAY:1.5', "'DAY:1.5' is not a ranking"],
    ['DAY:1e3', "'DAY:1e3' is not a ranking"],
    ['DAY:0x10', "'DAY:0x10' is not a ranking"],
    ['DAY:1:2', "'DAY:1:2' is not a ranking"],
    ['DAY:9999999999999999', "'DAY:9999999999999999' is not a ranking"],
    ['DAY:1,MONTH:off,DAY:2', 'names a kind of window twice'],
  ])('are refused as %p with the reason', (text, message) => {
    expect(() => parseRankingSettings(text)).toThrow(message);
  });
});

describe('the higher of two floors', () => {
  const counts = fc.integer({ min: -1, max: 50 });
  const low = rankings.map((ranking) =>
    Object.fromEntries(
      Object.entries(ranking).map(([kind, one]) => [kind, typeof one === 'number' ? (one % 40) + 1 : one]),
    ),
  );
  const windows = fc.constantFrom(
    ALL_TIME,
    ...(['2022', 'AUG_2022', '2022_W31', '20220801'] as TimeWindow[]),
  );

  it('always ranks exactly what both rank', () => {
    fc.assert(
      fc.property(low, low, windows, counts, (one, other, window, count) => {
        expect(isRanked(window, count, higherFloors(one, other))).toBe(
          isRanked(window, count, one) && isRanked(window, count, other),
        );
      }),
    );
  });

  it('puts off above every floor, and every floor above on', () => {
    const one = { ALL_TIME: 5, MONTH: 'off', DAY: 1 } as const;
    expect(higherFloors(one, { ALL_TIME: 7, MONTH: 9 })).toEqual({ ALL_TIME: 7, MONTH: 'off', DAY: 1 });
    expect(higherFloors({}, { DAY: 'on' })).toEqual({});
  });
});
