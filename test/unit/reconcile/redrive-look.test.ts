/**
 * What redrive does after it has applied a dead letter: it compares registers with their rows, and decides
 * whether to delete the dead letter.
 */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Register } from '../../../src/counting/counted-favourite.ts';
import type { StreamPosition } from '../../../src/counting/stream-position.ts';
import type { CreatedAt } from '../../../src/counting/time-window.ts';
import { encodeDeadLetter } from '../../../src/dead-letters/dead-letter.ts';
import { TransactionError } from '../../../src/tables/dynamodb/errors.ts';
import { positionOf } from '../../support/heal-bench.ts';
import {
  createBench,
  keyedShape,
  type Mutate,
  movingShape,
  type RowState,
} from '../../support/redrive-bench.ts';
import { sequenceNumberOf, STREAM_ARN } from '../../support/stream-records.ts';

const [AUGUST, SEPTEMBER] = ['2022-08-01T12:00:00Z', '2022-09-01T08:00:00Z'];
const ADA = 'osteria#ada';

let bench: ReturnType<typeof createBench>;
beforeEach(() => {
  bench = createBench(keyedShape());
});

/** The first record has position 1. Without a state, the row is deleted. */
const write = (state?: RowState, id = ADA) => bench.write({ id, state });
const move = (restaurant?: string) =>
  write({ at: AUGUST, ...(restaurant !== undefined && { restaurant }) }, 'row');
const arrives = (record: number) => bench.happen({ kind: 'arrives', record: record - 1 });
const repair = () => bench.happen({ kind: 'repair' });
const putLetter = (record: unknown) =>
  bench.letters.put(encodeDeadLetter({ reason: 'unreadable-created-at', detail: '', record }));
const counted = (id = ADA) => bench.tables.store.registers.get(id)?.createdAt;
const setRegister = (id: string, position: string, createdAt?: string) => {
  const register: Register = {
    position: position as StreamPosition,
    createdAt: createdAt as CreatedAt | undefined,
  };
  bench.tables.store.registers.set(id, register);
  bench.tables.store.acceptDamage(0);
};
/** Something happens just before the nth correction is committed. */
const beforeCorrections =
  (happen: (corrections: number) => Promise<void> | void): Mutate =>
  (context) => {
    let corrections = 0;
    return {
      ...context,
      store: {
        commit: async (plan, options) => {
          if (plan.changes.some(({ requires }) => requires.kind === 'exactly')) {
            corrections += 1;
            await happen(corrections);
          }
          return context.store.commit(plan, options);
        },
      },
    };
  };

describe('redrive, when it has applied a dead letter,', () => {
  it('reads again when the register changes before its correction', async () => {
    putLetter(write({ at: AUGUST }));
    write();
    write({ at: SEPTEMBER });
    write();
    await repair();
    const { totals } = await bench.redrive(
      beforeCorrections((corrections) => (corrections === 1 ? arrives(3) : undefined)),
    );
    expect(counted()).toBeUndefined();
    expect(totals).toMatchObject({ redriven: 1, left: 0, readUnits: 4 });
  });

  it('leaves the dead letter when the register changes before every correction', async () => {
    putLetter(write({ at: AUGUST }));
    write();
    await repair();
    const { totals, reasons } = await bench.redrive(
      beforeCorrections((corrections) => setRegister(ADA, positionOf(corrections + 1), AUGUST)),
    );
    expect(totals).toMatchObject({ redriven: 0, left: 1, readUnits: 16 });
    expect(reasons).toEqual([expect.stringContaining('a register of osteria kept changing')]);
    expect(bench.letters.kept).toHaveLength(1);
  });

  it('leaves the dead letter to the next run when the correction does not commit', async () => {
    putLetter(write({ at: AUGUST }));
    write();
    await repair();
    const failing = beforeCorrections(() => {
      throw new Error('no answer');
    });
    expect((await bench.redrive(failing)).totals).toMatchObject({ redriven: 0, left: 1 });
    expect(counted()).toBe(AUGUST);
    expect((await bench.redrive()).totals).toMatchObject({ redriven: 1, left: 0 });
    expect(counted()).toBeUndefined();
  });

  it('leaves the dead letter when a transaction with the correction is denied', async () => {
    putLetter(write({ at: AUGUST }));
    write();
    await repair();
    const { totals, reasons } = await bench.redrive((context) => ({
      ...context,
      store: {
        commit: (plan, options) =>
          plan.changes.some(({ requires }) => requires.kind === 'exactly')
            ? Promise.resolve({ kind: 'denied', error: new TransactionError(new Error('damaged')) })
            : context.store.commit(plan, options),
      },
    }));
    expect(totals).toMatchObject({ redriven: 0, left: 1 });
    expect(reasons).toEqual([expect.stringContaining('The counts of restaurant osteria')]);
  });

  it('reads again after it has corrected a position that hid a newer event', async () => {
    putLetter(write({ at: AUGUST }));
    setRegister(ADA, 'zzz', AUGUST);
    await bench.redrive(
      beforeCorrections(async (corrections) => {
        if (corrections === 1) await bench.deliver(write());
      }),
    );
    expect(counted()).toBeUndefined();
    expect(bench.letters.kept).toEqual([]);
  });

  it('counts the row as it is, if updates were not read when it was written', async () => {
    putLetter(write({ at: AUGUST }));
    write({ at: SEPTEMBER });
    await bench.redrive();
    expect(counted()).toBe(SEPTEMBER);
  });

  it('writes nothing when it gets a dead letter again, because equal positions are stale', async () => {
    const record = write({ at: AUGUST });
    write({ at: SEPTEMBER });
    bench.letters.undeletable = new Set([putLetter(record)]);
    await bench.redrive();
    expect(bench.tables.store.committed).toHaveLength(2);
    bench.letters.undeletable = new Set();
    putLetter(record);
    expect((await bench.redrive()).totals).toMatchObject({ redriven: 2, writeUnits: 0 });
    expect(bench.tables.store.committed).toHaveLength(2);
    expect(counted()).toBe(SEPTEMBER);
  });

  it('reads the rows of the applied records, even if other records of the range always fail', async () => {
    write({ at: AUGUST });
    write();
    write({ at: AUGUST }, 'taverna#ada');
    await repair();
    await bench.happen({ kind: 'range', records: [0, 2] });
    const { totals } = await bench.redrive((context) => ({
      ...context,
      store: {
        commit: (plan, options) =>
          plan.changes.some(({ key }) => key.restaurantId === 'taverna')
            ? Promise.resolve({ kind: 'denied', error: new TransactionError(new Error('damaged')) })
            : context.store.commit(plan, options),
      },
    }));
    expect(totals).toMatchObject({ redriven: 0, left: 1 });
    expect(bench.tables.store.registers.get(ADA)).toEqual({ position: positionOf(1), createdAt: undefined });
  });
});

describe('redrive of a range', () => {
  const PAGE_RECORDS = 500;
  /**
   * Writes that many rows and deletes them. All records are lost, except that the marks are a range in the
   * queue.
   */
  const putRangeOf = async (rows: number): Promise<void> => {
    const ids = Array.from({ length: rows }, (_, index) => `restaurant-${index}#ada`);
    for (const id of ids) write({ at: AUGUST }, id);
    for (const id of ids) write(undefined, id);
    await bench.happen({ kind: 'range', records: ids.map((_, index) => index) });
  };
  /** Notes how many records had been read, and how many registers were asked for, at each read. */
  const watched = (reads: { readonly records: number; readonly keys: number }[]): Mutate => {
    let records = 0;
    return (context) => ({
      ...context,
      stream: {
        async *read(range, options) {
          const pages = await Array.fromAsync(context.stream.read(range, options));
          for (let from = 0; from < pages.length; from += PAGE_RECORDS) {
            const page = pages.slice(from, from + PAGE_RECORDS).flatMap((one) => one.records);
            records += page.length;
            yield { records: page, isExpired: false };
          }
        },
      },
      reads: {
        readFavourites: (keys, how) => context.reads.readFavourites(keys, how),
        readRegisters: (keys, how) => {
          reads.push({ records, keys: keys.length });
          return context.reads.readRegisters(keys, how);
        },
      },
    });
  };

  it('reads the rows once all records are applied, at most 100 at a time', async () => {
    await putRangeOf(250);
    const reads: { readonly records: number; readonly keys: number }[] = [];
    const { totals } = await bench.redrive(watched(reads));
    expect(reads).toEqual([100, 100, 50].map((keys) => ({ records: 250, keys })));
    expect(totals).toMatchObject({ redriven: 1, readUnits: 500 });
    expect(bench.tables.store.counts()).toEqual({});
  });

  it('reads rows earlier when the range names more registers than should be kept in memory', async () => {
    await putRangeOf(2_001);
    const reads: { readonly records: number; readonly keys: number }[] = [];
    await bench.redrive(watched(reads));
    expect(reads.filter(({ records }) => records === 2_000)).toHaveLength(20);
    expect(reads.slice(20)).toEqual([{ records: 2_001, keys: 1 }]);
    expect(bench.tables.store.counts()).toEqual({});
  });
});

describe('the dead letter of a record that still cannot be applied', () => {
  const redriveAll = async () => {
    await bench.redrive();
    return bench.letters.kept.length;
  };

  it('stays while a newer record is in flight, although its row is counted already', async () => {
    write({ at: AUGUST });
    await arrives(1);
    await bench.deliver(write({ at: 'bad' }));
    const completed = write({ at: SEPTEMBER });
    expect(await redriveAll()).toBe(1);
    expect(counted()).toBe(SEPTEMBER);
    await bench.deliver(completed);
    expect(await redriveAll()).toBe(0);
  });

  it('is deleted when the register has exactly its position', async () => {
    bench = createBench(movingShape);
    move('osteria');
    await arrives(1);
    await bench.deliver(move('bad'));
    // Its record is still in flight, but the tombstone of the second one is at the position of that record.
    move('osteria');
    expect(await redriveAll()).toBe(0);
    expect(counted('osteria#row')).toBe(AUGUST);
  });

  it.each([
    ['whose position is damaged', { position: 'zzz', createdAt: undefined, expires: true }],
    ['that TTL would delete', { position: positionOf(9), createdAt: AUGUST, expires: true }],
    ['whose date is damaged', { position: positionOf(9), createdAt: null, expires: false }],
  ])('stays with a register %s', async (_, register) => {
    await bench.deliver(write({ at: 'bad' }));
    const { totals } = await bench.redrive((context) => ({
      ...context,
      reads: {
        readFavourites: (keys, how) => context.reads.readFavourites(keys, how),
        readRegisters: (keys) => Promise.resolve({ items: keys.map(() => register), readUnits: keys.length }),
      },
    }));
    // Register and row for the look, and the register once more.
    expect(totals).toMatchObject({ redriven: 0, left: 1, readUnits: 3 });
  });

  it('is deleted when its row, whose restaurant could not be read, is gone or of another kind', async () => {
    bench = createBench(movingShape);
    await bench.deliver(move('bad'));
    expect((await bench.redrive()).totals).toMatchObject({ left: 1, readUnits: 1 });
    write(undefined, 'row');
    expect(await redriveAll()).toBe(0);
    await bench.deliver(move('bad'));
    move();
    expect(await redriveAll()).toBe(0);
  });

  it('stays when its row has a readable restaurant now, but the record of that has not arrived', async () => {
    bench = createBench(movingShape);
    await bench.deliver(move('bad'));
    const corrected = move('taverna');
    expect(await redriveAll()).toBe(1);
    expect(counted('taverna#row')).toBeUndefined();
    await bench.deliver(corrected);
    expect(await redriveAll()).toBe(0);
    expect(counted('taverna#row')).toBe(AUGUST);
  });

  const withoutImages = ({ dynamodb, ...record }: ReturnType<typeof write>, ...images: string[]) => ({
    ...record,
    dynamodb: Object.fromEntries(Object.entries(dynamodb).filter(([name]) => !images.includes(name))),
  });

  it('is deleted without images, if the register that its key names has its position', async () => {
    putLetter(withoutImages(write({ at: AUGUST }), 'NewImage'));
    expect(await redriveAll()).toBe(1);
    await bench.deliver(write({ at: SEPTEMBER }));
    expect(await redriveAll()).toBe(0);
  });

  it('is deleted without a new image, if the register that the row names has its position', async () => {
    bench = createBench(movingShape);
    putLetter(withoutImages(move('osteria'), 'NewImage'));
    expect(await redriveAll()).toBe(1);
    await bench.deliver(move('taverna'));
    expect(await redriveAll()).toBe(0);
  });

  it('stays without an old image, if only that says which register the row has left', async () => {
    bench = createBench(movingShape);
    await bench.deliver(move('osteria'));
    putLetter(withoutImages(write(undefined, 'row'), 'OldImage'));
    expect(await redriveAll()).toBe(1);
    expect(counted('osteria#row')).toBe(AUGUST);
  });

  it('still un-counts the register of its old image, although its new image is missing', async () => {
    bench = createBench(movingShape);
    await bench.deliver(move('osteria'));
    putLetter(withoutImages(move('taverna'), 'NewImage'));
    await bench.redrive();
    expect(counted('osteria#row')).toBeUndefined();
  });

  it('is deleted when it is an update that is not read, and the register has its position', async () => {
    bench = createBench(keyedShape({}));
    write({ at: AUGUST });
    putLetter(write({ at: SEPTEMBER }));
    expect(await redriveAll()).toBe(1);
    await bench.deliver(write());
    expect(await redriveAll()).toBe(0);
  });

  it.each([
    ['no sequence number', { SequenceNumber: undefined }],
    ['no key', { Keys: undefined }],
    ['another key', { Keys: { pk: { S: ADA } } }],
    ['a key of two attributes', { Keys: { id: { S: ADA }, sk: { S: 'x' } } }],
    ['a key that cannot be read', { Keys: { id: { S: 'osteria' } } }],
  ])('stays with %s, whatever became of its row', async (_, damage) => {
    const record = write({ at: AUGUST });
    putLetter({ ...record, dynamodb: { ...record.dynamodb, ...damage } });
    await bench.deliver(write());
    expect(await redriveAll()).toBe(1);
  });
});

describe('a dead letter of another table', () => {
  const otherArn = STREAM_ARN.replace('table/Favourites/', 'table/Favourites-restored/');

  it.each([
    ['a record', (record: object) => encodeDeadLetter({ reason: 'unreadable-key', detail: '', record })],
    [
      'a range',
      () =>
        JSON.stringify({
          DDBStreamBatchInfo: {
            shardId: 'shard-0',
            startSequenceNumber: sequenceNumberOf(1),
            endSequenceNumber: sequenceNumberOf(1),
            batchSize: 1,
            streamArn: otherArn,
          },
        }),
    ],
  ])('is not applied and stays, with the reason: %s', async (_, bodyOf) => {
    const record = { ...write({ at: AUGUST }), eventSourceARN: otherArn };
    const id = bench.letters.put(bodyOf(record));
    const { totals, reasons } = await bench.redrive((context) => ({
      ...context,
      stream: {
        async *read() {
          await Promise.resolve();
          yield { records: [record], isExpired: false };
        },
      },
    }));
    expect(totals).toMatchObject({ redriven: 0, left: 1, readUnits: 0, writeUnits: 0 });
    expect(reasons).toEqual([expect.stringContaining('another table')]);
    expect(bench.letters.kept).toEqual([id]);
    expect(counted()).toBeUndefined();
  });
});
