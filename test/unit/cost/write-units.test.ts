/** The units of writes, with the examples that docs/cost.md and AWS's guide name. */
import { describe, expect, it } from '@jest/globals';
import {
  type ItemWrite,
  readUnitsOf,
  type TableDefinition,
  writeUnitsOf,
  writeUnitsOfItems,
} from '../../../infra/cost/write-units.ts';

const KB = 1024;

function unitsOf(write: Partial<ItemWrite>): number {
  return writeUnitsOf({ before: 100, after: 100, isTransactional: false, indexes: [], ...write });
}

const counts: TableDefinition = {
  keys: ['restaurant_id', 'time_window'],
  indexes: [{ keys: ['ranking_key', 'favourite_count'], projected: [] }],
};

function count(favouriteCount: number, { isRanked = true, revision = 1 } = {}) {
  return {
    restaurant_id: { S: 'trattoria' },
    time_window: { S: 'ALL_TIME' },
    favourite_count: { N: String(favouriteCount) },
    revision: { N: String(revision) },
    ...(isRanked && { ranking_key: { S: 'ALL_TIME#3' } }),
  };
}

function unitsOfCount(before: ReturnType<typeof count> | undefined, after: ReturnType<typeof count>): number {
  return writeUnitsOfItems({ before, after }, counts, { isTransactional: true });
}

describe('writeUnitsOf', () => {
  it('bills each started KB of the larger item, before or after', () => {
    expect(unitsOf({ before: undefined, after: KB })).toBe(1);
    expect(unitsOf({ before: undefined, after: KB + 1 })).toBe(2);
    expect(unitsOf({ before: 3 * KB, after: 10 })).toBe(3);
    expect(unitsOf({ before: 3 * KB, after: undefined })).toBe(3);
  });

  it('bills one unit for the delete of a missing item', () => {
    expect(unitsOf({ before: undefined, after: undefined })).toBe(1);
  });

  it('doubles the item in a transaction, and not its index entries', () => {
    const indexes = [{ kind: 'move', bytesBefore: 80, bytes: 80 }] as const;
    expect(unitsOf({ indexes })).toBe(1 + 2);
    expect(unitsOf({ indexes, isTransactional: true })).toBe(2 + 2);
  });

  it('bills a refused write like a write, without index entries', () => {
    const indexes = [{ kind: 'put', bytes: 80 }] as const;
    expect(unitsOf({ before: 2 * KB, indexes, isRefused: true })).toBe(2);
    expect(unitsOf({ before: 2 * KB, indexes, isRefused: true, isTransactional: true })).toBe(4);
  });

  it('rounds each index entry up to 1 KB', () => {
    expect(unitsOf({ indexes: [{ kind: 'update', bytes: KB + 1 }] })).toBe(1 + 2);
    expect(unitsOf({ indexes: [{ kind: 'move', bytesBefore: 80, bytes: KB + 1 }] })).toBe(1 + 1 + 2);
  });
});

describe('writeUnitsOfItems', () => {
  it('bills a lone favourite with three ranked windows at 11 to 14 units, as docs/cost.md says', () => {
    const register = { before: 0, after: 150, isTransactional: true, indexes: [] };
    const [newRow, changedRow] = [unitsOfCount(undefined, count(1)), unitsOfCount(count(1), count(2))];
    expect(writeUnitsOf(register) + 3 * newRow).toBe(11);
    expect(writeUnitsOf(register) + 3 * changedRow).toBe(14);
  });

  it('bills one index write when an item enters or leaves the index', () => {
    const [ranked, unranked] = [count(5), count(4, { isRanked: false })];
    expect(unitsOfCount(unranked, ranked)).toBe(2 + 1);
    expect(unitsOfCount(ranked, unranked)).toBe(2 + 1);
  });

  it('bills no index write when the entry stays the same, or the item is not in the index', () => {
    expect(unitsOfCount(count(5), count(5, { revision: 2 }))).toBe(2);
    expect(unitsOfCount(count(4, { isRanked: false }), count(5, { isRanked: false }))).toBe(2);
  });

  it('bills one index write when only a projected attribute changes', () => {
    const table = { ...counts, indexes: [{ keys: ['ranking_key'], projected: 'all' as const }] };
    const items = { before: count(5), after: count(6) };
    expect(writeUnitsOfItems(items, table, { isTransactional: false })).toBe(1 + 1);
  });
});

describe('readUnitsOf', () => {
  it('bills each started 4 KB, half if eventually consistent, twice in a transaction', () => {
    expect(readUnitsOf(4 * KB)).toBe(0.5);
    expect(readUnitsOf(4 * KB + 1)).toBe(1);
    expect(readUnitsOf(4 * KB, 'consistent')).toBe(1);
    expect(readUnitsOf(4 * KB, 'transactional')).toBe(2);
  });

  it('bills a missing item like a small one', () => {
    expect(readUnitsOf(0)).toBe(0.5);
  });
});
