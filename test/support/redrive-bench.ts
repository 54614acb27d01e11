/**
 * Runs redrive concurrently with users and the aggregator, on tables of any shape. A world lists what
 * happened before the run, and the writes during the run. The store checks I1 after every commit.
 */
import { commitChanges } from '../../src/commit/changes.ts';
import { newCommitCounters } from '../../src/commit/counters.ts';
import { foldEvents } from '../../src/commit/plan.ts';
import type { FavouriteChange } from '../../src/counting/counted-favourite.ts';
import { differs, healOf, type Observation } from '../../src/counting/drift.ts';
import { parseFavouriteEvents } from '../../src/counting/favourite-event.ts';
import { createMapping, type Mapping } from '../../src/counting/mapping.ts';
import type { RegisterKey } from '../../src/counting/register-key.ts';
import { readsUpdates, type Source } from '../../src/counting/source/source.ts';
import { encodeDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../src/dead-letters/dead-letter-queue.ts';
import type { Clock } from '../../src/lambda/clock.ts';
import type { RedriveContext } from '../../src/reconcile/redrive/context.ts';
import { redriveStep } from '../../src/reconcile/redrive/redrive.ts';
import { type RedriveStep } from '../../src/reconcile/run.ts';
import { noTotals, type StageTotals } from '../../src/reconcile/totals.ts';
import type { Item } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { favouriteId, registerKeyOf } from './favourite-changes.ts';
import { MemoryLetters } from './memory-letters.ts';
import { MemoryStore, storedRegister } from './memory-store.ts';
import { bothWindows, deliverUntilHandled, stillClock } from './run-batches.ts';
import { SourceTables } from './source-tables.ts';
import { type AnyTableRecord, FAVOURITES_ARN, STREAM_ARN } from './stream-records.ts';

/** A table of favourites, and how a test describes its rows. */
export interface Shape {
  readonly mapping: Mapping;
  readonly item: (id: string, state: RowState) => Item;
  /** The register that the row names, by its `favouriteId`. */
  readonly nameOf: (id: string, state: RowState) => string | undefined;
}

/** What a row says. */
export interface RowState {
  /** `bad` cannot be read; absent: another kind of item. In the keyed table the key holds the restaurant. */
  readonly restaurant?: string;
  /** A date; `bad` or absent: it cannot be read. */
  readonly at?: string;
}

/** Undefined deletes the row. */
export interface Write {
  readonly id: string;
  readonly state: RowState | undefined;
}

/** What happened before the run, in order. A number is that of a record: the first write has number 0. */
export type Past =
  | { readonly kind: 'write'; readonly write: Write }
  /** The aggregator got it. */
  | { readonly kind: 'arrives'; readonly record: number }
  /** The aggregator got it, but committed only the first of its two registers. */
  | { readonly kind: 'arrives-half'; readonly record: number }
  /** It is in the queue, in a dead letter of its own. */
  | { readonly kind: 'letter'; readonly record: number }
  /** They are in the queue as a range. */
  | { readonly kind: 'range'; readonly records: readonly number[] }
  /** A repair corrected every register. */
  | { readonly kind: 'repair' }
  /** All registers were lost, with their counts. */
  | { readonly kind: 'lost' }
  /** TTL deleted all tombstones. */
  | { readonly kind: 'expired' };

export interface World {
  readonly shape: Shape;
  readonly past: readonly Past[];
  /** Each list is the writes of one user, one after another. Their records arrive at any time. */
  readonly live: readonly (readonly Write[])[];
}

export interface Ended {
  readonly tables: SourceTables;
  readonly letters: MemoryLetters;
  readonly states: ReadonlyMap<string, RowState>;
  /** In the order of the writes. */
  readonly records: readonly (Write & { readonly record: AnyTableRecord })[];
  /** The eventIDs of records that arrived or are in dead letters; the others were lost. */
  readonly seen: ReadonlySet<string>;
}

export interface Redriven {
  readonly totals: StageTotals;
  /** Why dead letters stay. */
  readonly reasons: readonly string[];
}

/** Breaks redrive on purpose, to prove that the test finds the mistake. */
export type Mutate = (context: RedriveContext, tables: SourceTables) => RedriveContext;

/** Longer than a run hides the dead letters that it leaves. */
const BETWEEN_RUNS_MS = 900_000;
const STEP_MS = 60_000;

export function keyedShape(options: Partial<Source> = { updates: true }): Shape {
  return {
    mapping: createMapping(
      {
        key: [{ name: 'id', type: 'S', pattern: '{restaurant}#{user}' }],
        createdAt: { attribute: 'at', format: 'rfc3339' },
        ...options,
      },
      'UTC',
    ),
    item: (id, { at }) => ({ id: { S: id }, ...(at !== undefined && { at: { S: at } }) }),
    nameOf: (id) => id,
  };
}

/** The restaurant is an attribute, which may change. */
export const movingShape: Shape = {
  mapping: createMapping(
    {
      key: [{ name: 'id', type: 'S' }],
      restaurant: { attribute: 'restaurant' },
      createdAt: { attribute: 'at', format: 'rfc3339' },
    },
    'UTC',
  ),
  item: (id, { restaurant, at }) => ({
    id: { S: id },
    ...(restaurant !== undefined && {
      restaurant: restaurant === 'bad' ? { BOOL: true } : { S: restaurant },
    }),
    ...(at !== undefined && { at: { S: at } }),
  }),
  nameOf: (id, { restaurant }) =>
    restaurant === undefined || restaurant === 'bad' ? undefined : `${restaurant}#${id}`,
};

/** Whether the row cannot be judged, so that its record becomes a dead letter. */
export function isRejected(shape: Shape, { restaurant, at }: RowState): boolean {
  if (shape === movingShape && restaurant === undefined) return false;
  return restaurant === 'bad' || at === undefined || at === 'bad';
}

export async function runWorld(world: World, schedule: Schedule, mutate?: Mutate): Promise<Ended> {
  const bench = createBench(world.shape, schedule);
  for (const past of world.past) await bench.happen(past);
  bench.begin();
  const deliveries: Promise<void>[] = [];
  const users = world.live.map(async (writes) => {
    for (const write of writes) {
      await schedule.pause();
      deliveries.push(bench.deliver(bench.write(write)));
    }
  });
  await Promise.all([bench.redrive(mutate), ...users]);
  await Promise.all(deliveries);
  bench.end();
  // The first finishes what is left, and the second finds what the first has overtaken.
  for (let run = 0; run < 2; run += 1) await bench.redrive();
  return bench;
}

/** A bench of one table. Nothing waits for the schedule before `begin` and after `end`. */
export function createBench(shape: Shape, schedule?: Schedule) {
  const { mapping, item } = shape;
  let isScheduled = false;
  let nowMs = stillClock.nowMs();
  const whileScheduled: Schedule = {
    pause: () => (isScheduled && schedule ? schedule.pause() : Promise.resolve()),
    choose: (options) => (isScheduled && schedule ? schedule.choose(options) : 0),
  };
  const { pause } = whileScheduled;
  const clock: Clock = { ...stillClock, nowMs: () => nowMs, sleep: pause };
  const store = new MemoryStore({ timeWindows: bothWindows });
  const tables = new SourceTables({ mapping, store, schedule: whileScheduled });
  const letters = new MemoryLetters({ nowMs: clock.nowMs, store, mapping });
  const states = new Map<string, RowState>();
  const records: (Write & { readonly record: AnyTableRecord })[] = [];
  const seen = new Set<string>();
  const ranges = new Map<string, readonly AnyTableRecord[]>();
  const deadLetters: DeadLetters = {
    send: (some) => {
      for (const letter of some) letters.put(encodeDeadLetter(letter), [letter.record]);
      return Promise.resolve(some.map(() => ({ kind: 'kept' as const })));
    },
  };
  const recordAt = (number: number): AnyTableRecord => {
    const { record } = records[number] ?? {};
    if (record === undefined) throw new Error(`there is no record ${number}`);
    seen.add(record.eventID);
    return record;
  };
  const deliver = async (record: AnyTableRecord) => {
    seen.add(record.eventID);
    if (record.eventName === 'MODIFY' && !readsUpdates(mapping.source)) return;
    await deliverUntilHandled([record], { store: tables.commits, mapping, clock, deadLetters });
  };
  const write = ({ id, state }: Write): AnyTableRecord => {
    const record = state === undefined ? tables.remove(item(id, {})) : tables.put(item(id, state));
    if (state === undefined) states.delete(id);
    else states.set(id, state);
    records.push({ id, state, record });
    return record;
  };
  const putRange = (numbers: readonly number[]) => {
    const held = numbers.toSorted((a, b) => a - b).map(recordAt);
    const shardId = `shard-${ranges.size}`;
    ranges.set(shardId, held);
    const numbersOf = held.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const DDBStreamBatchInfo = {
      shardId,
      startSequenceNumber: numbersOf[0],
      endSequenceNumber: numbersOf.at(-1),
      batchSize: held.length,
      streamArn: STREAM_ARN,
    };
    letters.put(JSON.stringify({ DDBStreamBatchInfo }), held);
  };
  const commit = (changes: Iterable<FavouriteChange>) => {
    const counters = newCommitCounters();
    const context = {
      store,
      clock,
      counters,
      timeWindows: bothWindows,
      timeZone: 'UTC',
      random: () => 0.5,
      concurrency: 1,
    };
    return commitChanges(changes, { ...context, deadlineMs: Infinity }, () => undefined);
  };
  const repair = async () => {
    const named = [...states].flatMap(([id, state]) => shape.nameOf(id, state) ?? []);
    const keys = [...new Set([...store.registers.keys(), ...named])].map(registerKeyOf);
    const wrong = keys.map((key) => observe(key, tables, mapping)).filter(differs);
    await commit(wrong.map(healOf));
  };
  const contextOf = (): RedriveContext => ({
    mapping,
    letters,
    reads: tables,
    favouritesTableArn: FAVOURITES_ARN,
    store: tables.commits,
    deadLetters,
    clock,
    stream: {
      async *read({ shardId }) {
        for (const record of ranges.get(shardId) ?? []) {
          await pause();
          yield { records: [record], isExpired: false };
        }
      },
    },
    random: () => 0.5,
    timeWindows: bothWindows,
    timeZone: 'UTC',
    concurrency: 2,
    deadlineMs: nowMs + STEP_MS,
    onLeft: () => undefined,
  });
  return {
    tables,
    letters,
    states,
    records,
    seen,
    deliver,
    write,
    begin: () => {
      tables.forgetVersions();
      isScheduled = true;
    },
    end: () => {
      isScheduled = false;
    },
    async happen(past: Past): Promise<void> {
      switch (past.kind) {
        case 'write':
          write(past.write);
          return;
        case 'arrives':
          return deliver(recordAt(past.record));
        case 'arrives-half': {
          const { events } = parseFavouriteEvents(recordAt(past.record), mapping);
          await commit(foldEvents(events.slice(0, 1)).values());
          return;
        }
        case 'letter': {
          const record = recordAt(past.record);
          letters.put(encodeDeadLetter({ reason: 'unreadable-key', detail: '', record }), [record]);
          return;
        }
        case 'range':
          return putRange(past.records);
        case 'repair':
          return repair();
        case 'lost':
          store.registers.clear();
          store.rows.clear();
          return;
        case 'expired':
          for (const [id, { createdAt }] of store.registers) {
            if (createdAt === undefined) store.registers.delete(id);
          }
      }
    },
    /** Runs until all is tried that is visible now; the next run sees the rest. */
    async redrive(mutate: Mutate = (context) => context): Promise<Redriven> {
      const reasons: string[] = [];
      let step: RedriveStep = {
        run: { runId: 'run', mode: 'redrive', graceMs: 0, startedAtMs: nowMs },
        totals: noTotals,
        done: false,
      };
      const context = { ...contextOf(), onLeft: (_: unknown, reason: string) => reasons.push(reason) };
      while (!step.done) step = await redriveStep(step, mutate(context, tables));
      nowMs += BETWEEN_RUNS_MS;
      return { totals: step.totals, reasons };
    },
  };
}

function observe(key: RegisterKey, tables: SourceTables, mapping: Mapping): Observation {
  const row = tables.rowOf(key);
  const register = storedRegister(tables.store.registers.get(favouriteId(key)));
  return { key, favourite: row && mapping.readRow(row), register };
}

/**
 * Checks I3, without the code under test. @throws naming the first register that differs from its row. A
 * register that a rejected row names may have any value.
 */
export function assertConverged({ tables, states }: Ended, shape: Shape): void {
  const wanted = new Map<string, string>();
  const open = new Set<string>();
  for (const [id, state] of states) {
    const name = shape.nameOf(id, state);
    if (name === undefined) continue;
    if (isRejected(shape, state)) open.add(name);
    else wanted.set(name, state.at ?? '');
  }
  for (const id of new Set([...wanted.keys(), ...tables.store.registers.keys()])) {
    if (open.has(id)) continue;
    const counted = tables.store.registers.get(id)?.createdAt;
    if (counted !== wanted.get(id)) {
      throw new Error(`I3 broken: ${id} counts ${counted}, its row says ${wanted.get(id)}`);
    }
  }
  tables.store.assertSum(stillClock.nowMs());
}

/**
 * Checks I5: a row that cannot be judged has a dead letter with its newest record. Once the newest record of
 * a row can be judged and has arrived, no dead letter of the row stays. In an `isLossy` world it may not
 * arrive.
 */
export function assertLettersLeft(
  { letters, records, seen, states }: Ended,
  shape: Shape,
  { isLossy }: { readonly isLossy: boolean },
): void {
  const left = new Set(letters.kept.flatMap((id) => letters.recordsOf(id)).map(({ eventID }) => eventID));
  for (const [id, writes] of Map.groupBy(records, (one) => one.id)) {
    const rejected = writes.filter(({ state }) => state !== undefined && isRejected(shape, state));
    const state = states.get(id);
    const isOpen = state !== undefined && isRejected(shape, state);
    const newest = writes.at(-1)?.record.eventID ?? '';
    if (isOpen && seen.has(newest) && !left.has(newest)) {
      throw new Error(`I5 broken: no dead letter is left of ${id}, which cannot be judged`);
    }
    if (isOpen || isLossy) for (const { record } of rejected) left.delete(record.eventID);
  }
  if (left.size > 0) throw new Error(`I5 broken: dead letters stay without need: ${[...left].join()}`);
}

/**
 * Checks I2, for a world that lost nothing: each register has the value of the newest event on it. @throws
 * naming the first that differs. It also covers the registers of rejected rows.
 */
export function assertNewestWins({ tables, records }: Ended, { mapping }: Shape): void {
  const values = new Map<string, string | undefined>();
  for (const { record } of records) {
    for (const { key, createdAt } of parseFavouriteEvents(record, mapping).events)
      values.set(favouriteId(key), createdAt);
  }
  for (const [id, value] of values) {
    const counted = tables.store.registers.get(id)?.createdAt;
    if (counted !== value)
      throw new Error(`I2 broken: ${id} counts ${counted}, its newest event says ${value}`);
  }
}
