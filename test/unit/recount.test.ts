import { describe, expect, it } from '@jest/globals';
import { DynamoDBClient, type ScanCommandInput, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { compareCounts } from '../../infra/local/replay/drift.ts';
import { countsCsv } from '../../infra/local/replay/counts-csv.ts';
import { PairTally } from '../../infra/local/replay/pair-tally.ts';
import { type CountRow, readCounts, type StoredRegister } from '../../infra/local/replay/read-tables.ts';
import { topOf } from '../../infra/local/replay/top-table.ts';
import type { FavouriteRow } from '../../src/counting/mapping.ts';
import type { RegisterKey } from '../../src/counting/register-key.ts';
import type { CreatedAt } from '../../src/counting/time-window.ts';
import { defaultMapping } from '../support/favourite-changes.ts';
import { findDrift, plainCountsCsv, plainDrift, type Tables } from '../support/plain-recount.ts';

const calendar = { timeWindows: { MONTH: 'forever', DAY: 'forever' }, timeZone: 'UTC', nowMs: 0 } as const;

const row = (restaurantId: string, timeWindow: string, count: number): CountRow => ({
  restaurantId,
  timeWindow,
  count,
});

async function* inTurn<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

/** The file of `--out` for a table with these counts. */
function fileOf(counts: readonly CountRow[], pairsInMemoryMax?: number): string {
  using tally = new PairTally(pairsInMemoryMax);
  for (const { count, ...pair } of counts) tally.add({ ...pair, expected: 0, actual: count });
  const rows = Array.from(tally.counts(), ({ restaurantId, timeWindow, actual }) =>
    row(restaurantId, timeWindow, actual),
  );
  return [...countsCsv(rows)].join('');
}

/** Any text that DynamoDB stores, often one that separators, escapes or the order of UTF-16 could spoil. */
const anyId = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'a,b',
    'a"b',
    'a\nb',
    'a\r',
    'a#b',
    '1:a',
    'a\0',
    'a\0b',
    '\0',
    ' a',
    'é',
    'e\u0301',
  ),
  fc.constantFrom('\ue000', '\uffff', '🍜', '🍜\ue000', '\ufeff'),
  fc.string({ minLength: 1, unit: 'binary' }).filter((id) => id.isWellFormed()),
);
const anyWindow = fc.constantFrom('ALL_TIME', 'AUG_2022', 'SEP_2022', '20220801');
/** Small, so that most pairs are in the database. */
const anyPairsInMemoryMax = fc.integer({ min: 1, max: 9 });
const anyCounts = fc.uniqueArray(
  fc.record({ restaurantId: anyId, timeWindow: anyWindow, count: fc.integer({ min: -2, max: 9 }) }),
  { selector: ({ restaurantId, timeWindow }) => JSON.stringify([restaurantId, timeWindow]), maxLength: 60 },
);

describe('the file of counts', () => {
  it('has every count above 0, ordered by restaurant and window, quoted only where needed', () => {
    const counts = [
      row('b', 'AUG_2022', 1),
      row('b', 'ALL_TIME', 12),
      row('a "1", x', 'ALL_TIME', 1),
      row('a\nb', 'ALL_TIME', 1),
      row('B', '20220801', 3),
      row('gone', 'ALL_TIME', 0),
      row('broken', 'ALL_TIME', -1),
    ];
    expect(fileOf(counts)).toBe(
      'restaurant_id,time_window,favourite_count\nB,20220801,3\n"a\nb",ALL_TIME,1\n' +
        '"a ""1"", x",ALL_TIME,1\n' +
        'b,ALL_TIME,12\nb,AUG_2022,1\n',
    );
  });

  it('sorts by UTF-8 bytes, so that an emoji comes after a private-use character', () => {
    const file = fileOf([row('🍜', 'ALL_TIME', 1), row('\ue000', 'ALL_TIME', 1), row('z', 'ALL_TIME', 1)]);
    expect(file.split('\n').slice(1, 4)).toEqual(['z,ALL_TIME,1', '\ue000,ALL_TIME,1', '🍜,ALL_TIME,1']);
  });

  it('sorts by restaurant before window, even when one id is another id plus a comma', () => {
    const file = fileOf([row('a', 'B', 1), row('a!', 'A', 1), row('a', 'C', 1)]);
    expect(file.split('\n').slice(1, 4)).toEqual(['a,B,1', 'a,C,1', 'a!,A,1']);
  });

  it('has only a header when nothing is counted', () => {
    expect(fileOf([])).toBe('restaurant_id,time_window,favourite_count\n');
  });

  it('always has the bytes of one sort in memory, however few pairs are kept there', () => {
    fc.assert(
      fc.property(anyCounts, anyPairsInMemoryMax, (counts, pairsInMemoryMax) => {
        expect(fileOf(counts, pairsInMemoryMax)).toBe(plainCountsCsv(counts));
      }),
    );
  });

  it('always parses back into the rows that were written', () => {
    fc.assert(
      fc.property(anyCounts, (counts) => {
        const read: readonly string[][] = parse(fileOf(counts), { record_delimiter: '\n', from: 2 });
        const fields = read.map((line) => JSON.stringify(line));
        const expected = counts
          .filter(({ count }) => count > 0)
          .map((each) => JSON.stringify([each.restaurantId, each.timeWindow, String(each.count)]));
        expect(fields.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  it('is handed over in parts, none of them much larger than 64 kB', () => {
    const counts = Array.from({ length: 20_000 }, (_, i) => row(`restaurant-${i}`, 'ALL_TIME', 1));
    const parts = [...countsCsv(counts)];
    expect(parts.length).toBeGreaterThan(5);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(70_000);
    expect(parts.join('').split('\n')).toHaveLength(20_002);
  });
});

describe('the drift of a replay', () => {
  const favourite = (key: string, createdAt = '2022-08-01T12:00:00.000Z'): FavouriteRow =>
    defaultMapping.readRow({ restaurant_id_user_id: { S: key }, created_at: { S: createdAt } });
  /** Throws if a recount without rejected rows reads the registers. */
  async function* noRegisters(): AsyncGenerator<StoredRegister> {
    yield await Promise.reject(new Error('the registers were read'));
  }
  const drift = (
    rows: readonly FavouriteRow[],
    counts: readonly CountRow[],
    registers: AsyncIterable<StoredRegister> = noRegisters(),
  ) => findDrift({ favourites: inTurn(rows), registers, counts, calendar });

  it('is empty when every count equals the favourites, including zeros', async () => {
    const counts = [
      row('r', 'ALL_TIME', 2),
      row('r', 'AUG_2022', 2),
      row('r', '20220801', 2),
      row('s', 'ALL_TIME', 0),
    ];
    expect(await drift([favourite('r#1'), favourite('r#2')], counts)).toEqual([]);
  });

  it('lists wrong, missing and unexpected counts', async () => {
    const counts = [row('r', 'ALL_TIME', 2), row('r', '20220801', 1), row('x', 'ALL_TIME', 1)];
    expect(await drift([favourite('r#1')], counts)).toEqual([
      { restaurantId: 'r', timeWindow: 'ALL_TIME', expected: 1, actual: 2 },
      { restaurantId: 'r', timeWindow: 'AUG_2022', expected: 1, actual: 0 },
      { restaurantId: 'x', timeWindow: 'ALL_TIME', expected: 0, actual: 1 },
    ]);
  });

  it('leaves out a rejected row, and accepts what its register counts', async () => {
    const rows = [favourite('no-key'), favourite('r#1', 'yesterday'), favourite('r#2', 'yesterday')];
    const register = (rowId: string, createdAt?: string) =>
      ({ restaurantId: 'r', rowId, position: 'p', createdAt }) as StoredRegister;
    const registers = [register('1', '2022-08-01T12:00:00Z'), register('2'), register('3', '2022-08-01')];
    const counts = [row('r', 'ALL_TIME', 1), row('r', 'AUG_2022', 1), row('r', '20220801', 1)];
    expect(await drift(rows, counts, inTurn(registers))).toEqual([]);
    const none = ['20220801', 'ALL_TIME', 'AUG_2022'].map((timeWindow) => ({
      ...{ restaurantId: 'r', timeWindow },
      ...{ expected: 1, actual: 0 },
    }));
    expect(await drift(rows, [], inTurn(registers))).toEqual(none);
  });

  it('always equals a recount in memory, however few pairs are kept there', async () => {
    await fc.assert(
      fc.asyncProperty(anyTables, anyPairsInMemoryMax, async (tables, pairsInMemoryMax) => {
        const { favourites, registers, counts } = tables;
        const streams = { favourites: inTurn(favourites), registers: inTurn(registers), counts };
        using comparison = await compareCounts({ ...streams, calendar, pairsInMemoryMax });
        const found = [...comparison.drift()];

        expect(found.map(textOf).toSorted()).toEqual(plainDrift(tables, calendar).map(textOf).toSorted());
        expect(comparison.driftCount).toBe(found.length);
        expect(comparison.countRows).toBe(counts.length);
        expect([...countsCsv(comparison.counts())].join('')).toBe(plainCountsCsv(counts));
      }),
    );
  });
});

it('a recount reads a table in pages of at most 2,000 rows', async () => {
  const ids = ['a', 'b', 'c'];
  const requests: ScanCommandInput[] = [];
  const send = ({ input }: { readonly input: ScanCommandInput }): Promise<Partial<ScanCommandOutput>> => {
    requests.push(input);
    const S = ids[requests.length - 1] ?? '';
    const key = { restaurant_id: { S }, time_window: { S: 'ALL_TIME' } };
    const Items = [{ ...key, favourite_count: { N: '1' } }];
    return Promise.resolve({ Items, ...(requests.length < ids.length && { LastEvaluatedKey: key }) });
  };
  const dynamoDb = Object.assign(new DynamoDBClient({}), { send });

  const rows = await Array.fromAsync(readCounts({ dynamoDb, tables: { aggregatedFavourites: 'counts' } }));

  expect(rows).toEqual(ids.map((id) => row(id, 'ALL_TIME', 1)));
  expect(requests.map(({ Limit }) => Limit)).toEqual([2_000, 2_000, 2_000]);
});

describe('the top restaurants', () => {
  it('are those with the highest counts of one window, with ties ordered by id', async () => {
    const counts = [
      row('b', 'W', 2),
      row('a', 'W', 2),
      row('c', 'W', 9),
      row('d', 'W', 0),
      row('e', 'ALL_TIME', 99),
    ];
    const [favourites, registers] = [inTurn<FavouriteRow>([]), inTurn<StoredRegister>([])];
    using comparison = await compareCounts({ favourites, registers, counts, calendar });
    expect(topOf(comparison.counts('W'), 2)).toEqual([row('c', 'W', 9), row('a', 'W', 2)]);
    expect(topOf(comparison.counts('W'), 10)).toHaveLength(3);
  });

  it('are always the first of a sort of everything', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyId, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (ids, counts, limit) => {
          const rows = ids.map((id, at) => row(id, 'W', counts[at] ?? 1));
          const sorted = rows.toSorted(
            (a, b) => b.count - a.count || (a.restaurantId < b.restaurantId ? -1 : 1),
          );
          expect(topOf(rows, limit)).toEqual(sorted.slice(0, limit));
        },
      ),
    );
  });
});

function textOf(value: object): string {
  return JSON.stringify(value);
}

/** Rows of every kind, registers of some of them, and counts that are right, wrong, missing or needless. */
const anyTables: fc.Arbitrary<Tables> = fc
  .record({
    ids: fc.array(anyId, { minLength: 1, maxLength: 6 }),
    rows: fc.array(
      fc.record({
        restaurant: fc.nat(5),
        kind: fc.constantFrom('countable', 'countable', 'uncountable', 'uncounted', 'nameless'),
        createdAt: fc.constantFrom('2022-08-01T12:00:00Z', '2022-08-02T12:00:00Z', '2022-09-01T00:00:00Z'),
        register: fc.constantFrom(undefined, 'tombstone', '2022-08-01T12:00:00Z', '2022-09-01T00:00:00Z'),
      }),
      { maxLength: 40 },
    ),
    steps: fc.array(fc.constantFrom(0, 0, 0, 1, -1, 'missing' as const), { minLength: 60, maxLength: 60 }),
    needless: anyCounts,
  })
  .map(({ ids, rows, steps, needless }) => {
    const named = rows.map(({ restaurant, ...rest }, at) => {
      const restaurantId = ids[restaurant % ids.length];
      return { key: { restaurantId, rowId: `${at}` } as RegisterKey, ...rest };
    });
    const favourites = named.map(({ key, kind, createdAt }) => {
      if (kind === 'nameless') return { kind: 'uncountable', reason: 'test' };
      return { kind, key, ...(kind === 'countable' && { createdAt }) };
    }) as unknown as readonly FavouriteRow[];
    const registers = named.flatMap(({ key, register }) => {
      if (register === undefined) return [];
      const createdAt = register === 'tombstone' ? undefined : (register as CreatedAt);
      return [{ ...key, position: 'p', createdAt }];
    });
    const right = plainDrift({ favourites, registers, counts: [] }, calendar);
    const near = right.flatMap(({ restaurantId, timeWindow, expected }, at) => {
      const step = steps[at % steps.length];
      return step === 'missing' ? [] : [row(restaurantId, timeWindow, expected + (step ?? 0))];
    });
    const taken = new Set(right.map(({ restaurantId, timeWindow }) => textOf([restaurantId, timeWindow])));
    const others = needless.filter((each) => !taken.has(textOf([each.restaurantId, each.timeWindow])));
    return { favourites, registers, counts: [...near, ...others] };
  });
