/** I1 Sum and I2 Order-free: the aggregator's code with a store in memory. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  deliveriesOf,
  expectedCounts,
  type History,
  historyArbitrary,
  historyOf,
} from '../support/histories.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { bothWindows, deliver, deliverUntilHandled } from '../support/run-batches.ts';

const history = historyArbitrary({ restaurants: 3, users: 3, length: 24 });

describe('I2: any duplication, reordering and batching of a history', () => {
  it('always leads to the counts and registers that Favourites implies', async () => {
    const delivered = history.chain((past) => fc.tuple(fc.constant(past), deliveriesOf(past.records)));
    await fc.assert(
      fc.asyncProperty(delivered, async ([past, batches]) => {
        const store = new MemoryStore({ timeWindows: bothWindows });
        for (const batch of batches) expect(await deliver(batch, { store })).toEqual([]);
        expectConverged(store, past);
      }),
      { numRuns: 1500 },
    );
  });

  it('leads there for each order and batching of up to four events of one favourite', async () => {
    let runs = 0;
    for (const length of [1, 2, 3, 4]) {
      const days = [
        '2022-08-01T00:00:00Z',
        '2022-09-01T00:00:00Z',
        '2022-08-31T00:00:00Z',
        '2022-08-01T10:00:00Z',
      ];
      const past = historyOf(
        days.slice(0, length).map((createdAt) => ({ restaurant: 0, user: 0, createdAt })),
      );
      for (const order of permutations(past.records)) {
        for (let cuts = 0; cuts < 2 ** (length - 1); cuts += 1) {
          const store = new MemoryStore({ timeWindows: bothWindows });
          for (const batch of cutAt(order, cuts)) expect(await deliver(batch, { store })).toEqual([]);
          expectConverged(store, past);
          runs += 1;
        }
      }
    }
    expect(runs).toBe(1 + 2 * 2 + 6 * 4 + 24 * 8);
  });

  it('leads there for each order and batching of the events of two favourites', async () => {
    const at = '2022-08-01T00:00:00Z';
    const past = historyOf([0, 0, 1, 1, 1].map((user) => ({ restaurant: 0, user, createdAt: at })));
    for (const order of permutations(past.records)) {
      for (let cuts = 0; cuts < 16; cuts += 1) {
        const store = new MemoryStore({ timeWindows: bothWindows });
        for (const batch of cutAt(order, cuts)) expect(await deliver(batch, { store })).toEqual([]);
        expectConverged(store, past);
      }
    }
  });

  it('changes nothing when a history is redelivered, as after a restored checkpoint', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), async (past, from) => {
        const store = new MemoryStore({ timeWindows: bothWindows });
        for (const record of past.records) await deliver([record], { store });
        const commits = store.committed.length;
        for (const record of past.records.slice(from % past.records.length))
          await deliver([record], { store });
        expect(store.committed).toHaveLength(commits);
        expectConverged(store, past);
      }),
    );
  });

  it('lets every record of a newer stream win over all records of an older stream', async () => {
    const at = '2022-08-01T00:00:00Z';
    const old = historyOf([{ restaurant: 0, user: 0, createdAt: at }]);
    const renewed = historyOf([0, 0].map((user) => ({ restaurant: 0, user, createdAt: at }))).records.map(
      (record) => ({
        ...record,
        eventSourceARN: record.eventSourceARN.replace('2022-08-01', '2023-01-01'),
        dynamodb: { ...record.dynamodb, SequenceNumber: `${record.dynamodb.SequenceNumber.at(-1)}` },
      }),
    );
    const store = new MemoryStore({ timeWindows: bothWindows });
    for (const record of [...old.records, ...renewed]) await deliverUntilHandled([record], { store });
    expect(store.counts()).toEqual({});
    await deliver(old.records, { store });
    expect(store.counts()).toEqual({});
  });
});

describe('I1: the counts', () => {
  it('always equal the counted registers, whichever records of a history are missing', async () => {
    const partial = history.chain((past) =>
      fc.subarray([...past.records], { minLength: 1 }).chain(deliveriesOf),
    );
    await fc.assert(
      fc.asyncProperty(partial, async (batches) => {
        // The store checks I1 after each commit and throws when it is broken.
        const store = new MemoryStore({ timeWindows: bothWindows });
        for (const batch of batches) expect(await deliver(batch, { store })).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

function expectConverged(store: MemoryStore, past: History): void {
  const counted = [...store.registers].flatMap(([id, { createdAt }]) => (createdAt ? [[id, createdAt]] : []));
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(past.rows));
  expect(store.counts()).toEqual(expectedCounts(past.rows));
  expect(store.registers.size).toBe(
    new Set(past.records.map((r) => r.dynamodb.Keys['restaurant_id_user_id']?.S)).size,
  );
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** Cuts the list after each item whose bit in `cuts` is set. */
function cutAt<T>(items: readonly T[], cuts: number): readonly (readonly T[])[] {
  const batches: T[][] = [[]];
  items.forEach((item, index) => {
    batches.at(-1)?.push(item);
    if ((cuts >> index) & 1 && index < items.length - 1) batches.push([]);
  });
  return batches;
}
