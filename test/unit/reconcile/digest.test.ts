/** The sums and their comparison. test/simulation/digests.test.ts runs them beside users and deliveries. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defaultSource } from '../../../src/counting/source/source.ts';
import type { StoredRegister } from '../../../src/counting/counted-favourite.ts';
import type { FavouriteRow } from '../../../src/counting/mapping.ts';
import type { RegisterKey } from '../../../src/counting/register-key.ts';
import { OPENED_POSITION } from '../../../src/counting/stream-position.ts';
import type { CreatedAt } from '../../../src/counting/time-window.ts';
import { decideByDigests } from '../../../src/reconcile/decide/decide.ts';
import { type Hashing, placeOf } from '../../../src/reconcile/digest/cells.ts';
import { clampCells, compare } from '../../../src/reconcile/digest/compare.ts';
import { bitsOf, readSuspects } from '../../../src/reconcile/digest/suspect-cells.ts';
import { sumStep } from '../../../src/reconcile/digest/sum-step.ts';
import { Sums } from '../../../src/reconcile/digest/sums.ts';
import type { CompareInput, Comparison, SumInput } from '../../../src/reconcile/run.ts';
import { noTotals, type StageTotals } from '../../../src/reconcile/totals.ts';
import { DigestMissingError } from '../../../src/tables/digest-sums.ts';
import { TableReadError } from '../../../src/tables/dynamodb/errors.ts';
import { position } from '../../support/favourite-changes.ts';
import { memorySums } from '../../support/memory-sums.ts';

const AUGUST = '2022-08-01T12:00:00Z' as CreatedAt;
const SEPTEMBER = '2022-09-01T12:00:00Z' as CreatedAt;
const hashing: Hashing = { key: 'key', round: 1, cells: 64 };
const keyOf = (restaurantId: string, rowId: string) => ({ restaurantId, rowId }) as RegisterKey;
const ada = keyOf('osteria', 'ada');
const row = (key: RegisterKey, createdAt = AUGUST): FavouriteRow => ({ kind: 'countable', key, createdAt });
const register = (key: RegisterKey, some: Partial<StoredRegister> = {}) => ({
  key,
  register: { position: position(1), createdAt: AUGUST, expires: false, ...some },
});

function sumsOf(add: (sums: Sums) => void, under = hashing): Sums {
  const sums = new Sums(under);
  add(sums);
  return sums;
}
const differing = (rows: readonly FavouriteRow[], registers: readonly ReturnType<typeof register>[]) => {
  const difference = sumsOf((sums) => rows.forEach((one) => sums.addRow(one)));
  difference.plus(
    sumsOf((sums) => registers.forEach((one) => sums.addRegister(one))),
    -1,
  );
  return difference;
};
const isEqual = ({ cells }: Sums) => cells.every((sum) => sum === 0n);

describe('the sums', () => {
  it('are equal if the registers count what the rows want, in any order', () => {
    const keys = Array.from({ length: 200 }, (_, index) => keyOf(`r${index % 7}`, `u${index}`));
    const difference = differing(
      keys.map((key) => row(key)),
      keys.toReversed().map((key) => register(key)),
    );
    expect(isEqual(difference)).toBe(true);
    expect(difference.counters.every((counter) => counter === 0)).toBe(true);
  });

  it.each<[string, readonly FavouriteRow[], readonly ReturnType<typeof register>[]]>([
    ['a register is missing', [row(ada)], []],
    ['no row counts', [], [register(ada)]],
    ['the dates differ', [row(ada)], [register(ada, { createdAt: SEPTEMBER })]],
    ['what is counted is no date', [row(ada)], [register(ada, { createdAt: 'yesterday' })]],
    ['what is counted is not text', [row(ada)], [register(ada, { createdAt: null })]],
    ['the position is unreadable', [row(ada)], [register(ada, { position: 'zzz' })]],
    ['the register was only opened', [row(ada)], [register(ada, { position: OPENED_POSITION })]],
    ['a counted register would expire', [row(ada)], [register(ada, { expires: true })]],
    ['a damaged tombstone has no row', [], [register(ada, { createdAt: undefined, position: '' })]],
    ['a far future is counted alone', [], [register(ada, { createdAt: '2999-01-01T00:00:00Z' })]],
    // An XOR of the same two numbers would be 0.
    ['a scan returns a row twice, and no register counts it', [row(ada), row(ada)], []],
  ])('differ when %s', (_, rows, registers) => {
    expect(isEqual(differing(rows, registers))).toBe(false);
  });

  it.each<[string, readonly FavouriteRow[], readonly ReturnType<typeof register>[]]>([
    ['a tombstone has no row', [], [register(ada, { createdAt: undefined, expires: true })]],
    ['a row does not count', [{ kind: 'uncounted', key: ada }], []],
    ['an item is of another kind', [{ kind: 'not-ours', key: undefined }], []],
  ])('are equal when %s', (_, rows, registers) => {
    expect(isEqual(differing(rows, registers))).toBe(true);
  });

  it('tell ids apart that read the same when joined', () => {
    const pairs = [
      keyOf('a', 'bc'),
      keyOf('ab', 'c'),
      keyOf('a,b', 'c'),
      keyOf('a', 'b,c'),
      keyOf('a"', 'b'),
    ];
    const values = pairs.map((key) => [...sumsOf((sums) => sums.addRow(row(key))).cells].join());
    expect(new Set(values).size).toBe(pairs.length);
  });

  it('put a favourite into another cell in another round and under another key', () => {
    const keys = Array.from({ length: 64 }, (_, index) => keyOf('osteria', `u${index}`));
    const cellsOf = (under: Hashing) => keys.map((key) => placeOf(key, under).cell).join();
    const all = [hashing, { ...hashing, round: 2 }, { ...hashing, key: 'other' }].map(cellsOf);
    expect(new Set(all).size).toBe(3);
  });

  it('count a favourite of one side once whatever its date, because a changed date is no un-count', () => {
    const redated = differing([row(ada, SEPTEMBER)], [register(ada)]);
    expect(redated.counters.every((counter) => counter === 0)).toBe(true);
    expect(isEqual(redated)).toBe(false);
  });

  it('continue from their bytes, and refuse bytes of another length', () => {
    const first = sumsOf((sums) => sums.addRow(row(ada)));
    const copy = new Sums(hashing, first.toBytes());
    expect(copy.toBytes()).toEqual(first.toBytes());
    copy.addRow(row(keyOf('osteria', 'bob')));
    expect(copy.toBytes()).not.toEqual(first.toBytes());
    expect(() => new Sums(hashing, new Uint8Array(9))).toThrow('the sums have 9 bytes, expected');
  });
});

/** Runs a whole round over two lists. */
async function compareTables(
  rows: readonly FavouriteRow[],
  registers: readonly ReturnType<typeof register>[],
  options: { readonly before?: CompareInput['compared']; readonly cells?: number } = {},
) {
  const store = memorySums();
  const run = { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0 } as const;
  const before = options.before ?? { digest: { key: 'key', rounds: [{ cells: options.cells ?? 4096 }] } };
  const page = <T>(items: readonly T[]) => Promise.resolve({ items, next: undefined, readUnits: 1 });
  const context = {
    reads: { scanFavourites: () => page(rows), scanRegisters: () => page(registers) },
    store,
    newName: store.newName,
    clock: { nowMs: () => 0 },
    deadlineMs: 1_000,
    notice: () => undefined,
  };
  const segments = await Promise.all(
    (['favourites', 'countedFavourites'] as const).map((table) =>
      sumStep({ run, work: { table, segment: 0, totalSegments: 1 }, digest: before.digest }, context),
    ),
  );
  const answer = await compare({ run, compared: before, segments }, context);
  return { answer, store, segments, context, run };
}

describe('the comparison', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => keyOf(`r${index % 50}`, `u${index}`));

  it('finds nothing on equal tables, and counts the rows and registers', async () => {
    const keys = many(500);
    const { answer } = await compareTables(
      [...keys.map((key) => row(key)), { kind: 'not-ours', key: undefined }],
      keys.map((key) => register(key)),
    );
    expect(answer).toMatchObject({
      next: 'nothing',
      suspectShare: 0,
      onOneSide: 0,
      totals: { checked: 500, countable: 500, notOurs: 1, registers: 500 },
    });
  });

  it('names the cells of everything that differs, and of little else', async () => {
    const keys = many(2_000);
    const lost = new Set([7, 77, 777]);
    const { answer, store } = await compareTables(
      keys.map((key) => row(key)),
      keys.filter((_, index) => !lost.has(index)).map((key) => register(key)),
    );
    expect(answer.next).toBe('look');
    const { isSuspect } = await readSuspects(answer.digest, store);
    const suspects = keys.flatMap((key, index) => (isSuspect(key) ? [index] : []));
    expect(suspects).toEqual(expect.arrayContaining([...lost]));
    expect(suspects.length).toBeLessThan(20);
  });

  it('estimates how many favourites only one side has, within six standard errors', async () => {
    const keys = many(3_000);
    const { answer } = await compareTables(
      keys.slice(0, 2_000).map((key) => row(key)),
      keys.slice(1_000).map((key) => register(key)),
    );
    expect(Math.abs(answer.onOneSide / 2_000 - 1)).toBeLessThan(6 * Math.sqrt(2 / 4_096));
  });

  it('sums again while more than a twentieth is suspect, each time into enough cells', async () => {
    const keys = many(4_000);
    const [rows, registers] = [keys.map((key) => row(key)), keys.slice(40).map((key) => register(key))];
    let { answer } = await compareTables(rows, registers, { cells: 64 });
    expect(answer).toMatchObject({ next: 'sum', digest: { rounds: [{ cells: 64 }, { cells: 4096 }] } });
    expect(answer.suspectShare).toBeGreaterThan(0.3);
    // The second round needs the names of the first.
    const second = await inOneStore(rows, registers);
    answer = second.answer;
    expect(answer.next).toBe('look');
    expect(answer.suspectShare).toBeLessThan(0.02);
    const suspects = keys.filter((key) => second.isSuspect(key));
    expect(suspects.length).toBeGreaterThanOrEqual(40);
    expect(suspects.length).toBeLessThan(120);
  });

  it('looks everything up at once when everything differs', async () => {
    const keys = many(4_000);
    const { answer, store } = await compareTables(
      keys.map((key) => row(key)),
      keys.map((key) => register(key, { createdAt: SEPTEMBER })),
    );
    expect(answer).toMatchObject({ next: 'look', onOneSide: 0, digest: { rounds: [{ cells: 4096 }] } });
    const { isSuspect } = await readSuspects(answer.digest, store);
    expect(keys.every(isSuspect)).toBe(true);
  });

  it('always has a power of two of cells, within its bounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (wanted) => {
        const cells = clampCells(wanted);
        expect(Number.isInteger(Math.log2(cells))).toBe(true);
        expect(cells).toBeGreaterThanOrEqual(2 ** 12);
        expect(cells).toBeLessThanOrEqual(2 ** 20);
        if (wanted > 2 ** 12 && wanted < 2 ** 20) expect(cells).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });

  it('refuses a segment without sums, a segment that is missing, and one that came twice', async () => {
    const { answer, context, run, segments } = await compareTables([row(ada)], []);
    const before: CompareInput['compared'] = { digest: { key: 'key', rounds: [{ cells: 4096 }] } };
    const [favourites, registers] = segments;
    if (favourites === undefined || registers === undefined) throw new Error('two segments expected');
    const wrong: CompareInput['segments'][] = [
      [],
      [favourites],
      [favourites, favourites],
      [favourites, { ...registers, sums: '' }],
      [favourites, { ...registers, work: { ...registers.work, totalSegments: 2 } }],
    ];
    for (const some of wrong) {
      await expect(compare({ run, compared: before, segments: some }, context)).rejects.toThrow(
        /^got the sums of \d segments of \w+, expected \d different ones: start the run again$/,
      );
    }
    const gone = [favourites, { ...registers, sums: 'never-written' }];
    await expect(compare({ run, compared: before, segments: gone }, context)).rejects.toThrow(
      DigestMissingError,
    );
    expect(answer.next).toBe('look');
  });

  async function inOneStore(
    rows: readonly FavouriteRow[],
    registers: readonly ReturnType<typeof register>[],
  ) {
    const first = await compareTables(rows, registers, { cells: 64 });
    const { run, context, store } = first;
    const digest = first.answer.digest;
    const segments = await Promise.all(
      (['favourites', 'countedFavourites'] as const).map((table) =>
        sumStep({ run, work: { table, segment: 0, totalSegments: 1 }, digest }, context),
      ),
    );
    const answer = await compare({ run, compared: first.answer, segments }, context);
    return { answer, ...(await readSuspects(answer.digest, store)) };
  }
});

describe('a step of the sums', () => {
  const run = { runId: 'run-1', mode: 'verify', graceMs: 0, startedAtMs: 0 } as const;
  const first: SumInput = {
    run,
    work: { table: 'favourites', segment: 0, totalSegments: 1 },
    digest: { key: 'key', rounds: [{ cells: 4096 }] },
  };
  const pages = ['', '1', '2'].map((_, index) => ({
    items: [row(keyOf('osteria', `u${index}`))],
    next: index === 2 ? undefined : String(index + 1),
    readUnits: 1,
  }));
  const contextOf = (failsAt?: number, deadlineMs = 1e9) => {
    const store = memorySums();
    return {
      reads: {
        scanFavourites: ({ after = '0' }: { readonly after?: string }) => {
          const thrown = Object.assign(new Error(), { name: 'ThrottlingException' });
          if (Number(after) === failsAt) {
            return Promise.reject(new TableReadError('Scan', { tableName: 'Favourites', thrown }));
          }
          return Promise.resolve(pages[Number(after)] ?? { items: [], next: undefined, readUnits: 0 });
        },
        scanRegisters: () => Promise.reject(new Error('not asked for')),
      },
      store,
      newName: store.newName,
      clock: { nowMs: () => 0 },
      deadlineMs,
      notice: () => undefined,
    };
  };

  it('never writes a name twice, and cut into pages ends with the same sums', async () => {
    const whole = contextOf();
    const done = await sumStep(first, whole);
    const paged = { ...contextOf(undefined, 0) };
    const names: string[] = [];
    let step = await sumStep(first, paged);
    names.push(step.sums);
    while (!step.done) {
      step = await sumStep(step, paged);
      names.push(step.sums);
    }
    expect(names).toHaveLength(3);
    expect(new Set(names).size).toBe(3);
    const [a, b] = [await whole.store.get(done.sums), await paged.store.get(step.sums)];
    expect(a.bytes).toEqual(b.bytes);
    expect(step.totals).toMatchObject({ checked: 3, countable: 3 });
  });

  it('keeps its pages when a later one cannot be read, and fails when the first one cannot', async () => {
    const kept = await sumStep(first, contextOf(2));
    expect(kept).toMatchObject({ done: false, cursor: '2', totals: { checked: 2 } });
    await expect(sumStep(first, contextOf(0))).rejects.toThrow(TableReadError);
  });
});

describe('the cells that differ', () => {
  it('are one bit each', () => {
    const cells = new BigUint64Array(20);
    cells[0] = 1n;
    cells[9] = 5n;
    cells[19] = 2n ** 63n;
    expect([...bitsOf(cells)]).toEqual([1, 2, 8]);
  });
});

describe('the decision by digests', () => {
  const context = {
    source: defaultSource,
    favouritesTable: 'Favourites',
    uncountsMaxPercent: 20,
    nowMs: Date.parse('2022-08-01T12:00:00Z'),
  };
  const comparison = (totals: Partial<StageTotals>, onOneSide: number): Comparison => ({
    next: 'look',
    digest: { key: 'key', rounds: [] },
    totals: { ...noTotals, ...totals },
    rejections: [],
    onOneSide,
    suspectShare: 1,
    lagBetween: { from: '', to: '' },
  });
  const run = { runId: 'run-1', mode: 'repair', graceMs: 60_000, startedAtMs: 0 } as const;
  const decide = (compared: Comparison, some: object = {}, lag?: unknown) =>
    decideByDigests({ run: { ...run, ...some }, compared, lag }, context);

  it('stops a repair beside another table of the same size, before anything is looked up', () => {
    const swapped = comparison({ registers: 1_000, countable: 1_000 }, 2_000);
    expect(() => decide(swapped)).toThrow(/would take at least 867 of 1000 counted favourites/);
    for (const some of [{ mode: 'verify' }, { acceptDrift: true }]) {
      expect(decide(swapped, some)).toEqual(swapped);
    }
  });

  it('stops a repair beside an empty table', () => {
    const emptied = comparison({ registers: 50, countable: 0 }, 50);
    expect(() => decide(emptied)).toThrow('50 favourites are counted, but no row of Favourites counts');
  });

  it('goes on after a long outage, when rows lack their registers but nothing is to be un-counted', () => {
    const outage = comparison({ registers: 100_000, countable: 1_100_000 }, 1_000_000);
    expect(decide(outage)).toEqual(outage);
  });

  it('leaves what is near the limit to the exact numbers', () => {
    const near = comparison({ registers: 1_000, countable: 790 }, 210);
    expect(decide(near)).toEqual(near);
  });

  it('waits while the pipe is behind, and gives up in the end', () => {
    const behind = { MetricDataResults: [{ Values: [1_000, 61_000] }] };
    let compared = comparison({ registers: 10, countable: 10 }, 0);
    for (let times = 1; times <= 10; times += 1) {
      compared = decide(compared, {}, behind);
      expect(compared).toMatchObject({ timesBehind: times, waitSeconds: 60 });
      expect(compared.lagBetween.to).toBe('2022-08-01T12:01:00.000Z');
    }
    expect(() => decide(compared, {}, behind)).toThrow(
      /^The pipe stays 61000 ms behind, more than the grace period of 60000 ms: .* changed nothing/,
    );
    expect(decide(compared, {}, { MetricDataResults: [{ Values: [59_000] }] })).not.toHaveProperty(
      'waitSeconds',
    );
  });

  it.each([
    undefined,
    null,
    {},
    { Error: 'Throttled' },
    { MetricDataResults: [] },
    { MetricDataResults: [{}] },
  ])('goes on without the lag when CloudWatch answers %j', (lag) => {
    const compared = comparison({ registers: 10, countable: 10 }, 0);
    expect(decide(compared, {}, lag)).toEqual(compared);
  });
});
