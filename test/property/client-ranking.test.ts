/**
 * While the number of shards changes, each row of a ranking lies in its shard of the old or of the new
 * number. The client reads the larger number. For any split its pages are those of a plain sort.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RankedRestaurant } from '../../src/client/client.ts';
import type { RestaurantId } from '../../src/counting/register-key.ts';
import { rankingKeyOf } from '../../src/counting/ranking.ts';
import { ALL_TIME } from '../../src/counting/time-window.ts';
import { memoryClient } from '../support/memory-client.ts';

const rows = fc.uniqueArray(
  fc.record({
    restaurantId: fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((id) => id.isWellFormed()),
    favouriteCount: fc.integer({ min: -1, max: 5 }),
    isMoved: fc.boolean(),
  }),
  { selector: ({ restaurantId }) => restaurantId, maxLength: 60, size: 'max' },
);
const shardNumbers = fc.integer({ min: 1, max: 12 });
const limits = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 });

const shardOf = (restaurantId: string, shards: number): number =>
  Number(rankingKeyOf(restaurantId as RestaurantId, ALL_TIME, shards).split('#')[1]);

interface Change {
  readonly rows: readonly {
    readonly restaurantId: string;
    readonly favouriteCount: number;
    readonly isMoved: boolean;
  }[];
  readonly before: number;
  readonly after: number;
}

/** A client that reads the larger number, over rows of which some have moved. */
function duringChange({ rows: all, before, after }: Change) {
  const { client, store } = memoryClient({ shards: Math.max(before, after) });
  for (const { restaurantId, favouriteCount, isMoved } of all) {
    const shard = shardOf(restaurantId, isMoved ? after : before);
    store.countRows.push({ restaurantId, favouriteCount, window: ALL_TIME, shard });
  }
  return { client, store };
}

async function allPages(
  { client }: ReturnType<typeof duringChange>,
  limitsOfPages: readonly number[],
  between: () => void = () => {},
): Promise<readonly RankedRestaurant[]> {
  const listed: RankedRestaurant[] = [];
  let cursor: string | undefined;
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    expect(page).toBeLessThan(1_000);
    const limit = limitsOfPages[page % limitsOfPages.length];
    const answer = await client.ranking({ limit, cursor });
    listed.push(...answer.restaurants);
    ({ cursor } = answer);
    between();
  }
  return listed;
}

describe('the ranking while the number of shards changes', () => {
  it('always has each count above 0 once, in the order and with the ranks of a plain sort', async () => {
    await fc.assert(
      fc.asyncProperty(rows, shardNumbers, shardNumbers, limits, async (all, before, after, ofPages) => {
        const listed = await allPages(duringChange({ rows: all, before, after }), ofPages);
        const sorted = all
          .filter(({ favouriteCount }) => favouriteCount > 0)
          .toSorted((a, b) => b.favouriteCount - a.favouriteCount);
        expect(listed.map(({ favouriteCount, rank }) => [favouriteCount, rank])).toEqual(
          sorted.map(({ favouriteCount }) => [
            favouriteCount,
            1 + sorted.findIndex((row) => row.favouriteCount === favouriteCount),
          ]),
        );
        const countOf = new Map(all.map((row) => [row.restaurantId, row.favouriteCount]));
        expect(new Map(listed.map((row) => [row.restaurantId, row.favouriteCount]))).toEqual(
          new Map([...countOf].filter(([, count]) => count > 0)),
        );
      }),
    );
  });

  it('always ends, never shows a rising count, and shows each row that stays while others move', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        shardNumbers,
        shardNumbers,
        limits,
        fc.infiniteStream(fc.nat()),
        async (all, before, after, ofPages, choices) => {
          const during = duringChange({ rows: all, before, after });
          const { countRows } = during.store;
          const moved = new Set<string>();
          const listed = await allPages(during, ofPages, () => {
            const at = Number(choices.next().value ?? 0) % Math.max(1, countRows.length);
            const row = countRows[at];
            if (row === undefined) return;
            countRows[at] = { ...row, shard: shardOf(row.restaurantId, after) };
            if (row.shard !== countRows[at].shard) moved.add(row.restaurantId);
          });
          const counts = listed.map(({ favouriteCount }) => favouriteCount);
          expect(counts).toEqual(counts.toSorted((a, b) => b - a));
          const stayed = all.filter(
            ({ restaurantId, favouriteCount }) => favouriteCount > 0 && !moved.has(restaurantId),
          );
          const shown = listed.map(({ restaurantId }) => restaurantId).filter((id) => !moved.has(id));
          expect(shown.toSorted()).toEqual(stayed.map(({ restaurantId }) => restaurantId).toSorted());
        },
      ),
    );
  });
});
