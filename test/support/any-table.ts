/**
 * A table of favourites of any shape beside its aggregator and heal. A world lists the writes of the
 * application, and what becomes of their stream records: delivered in any cut and order, redelivered, half
 * committed, or lost. The store checks I1 after every commit; any-table-checks.ts checks I2, I3 and I5.
 */
import type { TransactionPlan } from '../../src/commit/plan.ts';
import type { CommitStore } from '../../src/commit/store.ts';
import { createMapping, type Mapping } from '../../src/counting/mapping.ts';
import type { Source } from '../../src/counting/source/source.ts';
import type { DeadLetter } from '../../src/dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../src/dead-letters/dead-letter-queue.ts';
import type { HealReads } from '../../src/reconcile/heal/reads.ts';
import { TransactionError } from '../../src/tables/dynamodb/errors.ts';
import type { Item } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { expectedRegisters, type Write } from './any-table-oracle.ts';
import type { Shape } from './any-table-shapes.ts';
import { registerKeyOf } from './favourite-changes.ts';
import { heal, type Healed } from './heal-bench.ts';
import { HostileSource } from './hostile-source.ts';
import { type InjectedFault, MemoryStore } from './memory-store.ts';
import { type Bench, bothWindows, deliver, stillClock } from './run-batches.ts';
import { sequenceNumberOf, STREAM_ARN } from './stream-records.ts';

/** Batches of records, by the indexes of their writes. */
export type Batches = readonly (readonly number[])[];

export interface World {
  readonly shape: Shape;
  readonly writes: readonly Write[];
  /** The writes from this index on are made during the run, the others before it; by default all. */
  readonly liveFrom?: number;
  /** Handled before the run. */
  readonly arrived?: Batches;
  /** Under way during the run. The grace period of heal outlasts them. */
  readonly deliveries?: Batches;
  /** Delivered at any time during the run. */
  readonly late?: Batches;
  /** Runs of heal beside the deliveries. */
  readonly heals?: number;
  /** How many transactions of the aggregator may commit without one of their restaurants. */
  readonly halfCommits?: number;
  /** How many requests to the dead-letter queue may fail. */
  readonly failedLetters?: number;
  /** Faults of the store, in order. */
  readonly faults?: readonly InjectedFault[];
  /** The settings of an older aggregator, which may handle any delivery before the run. */
  readonly sourceBefore?: Source;
  /** Whether the older aggregator may handle deliveries during the run too. */
  readonly isOldAlive?: boolean;
}

/** The code under test. A mutant replaces a part of it. */
export interface Rules {
  readonly mapping: Mapping;
  /** Delivers once. @returns the records that failed. */
  readonly aggregate: (batch: readonly unknown[], bench: Bench) => Promise<readonly unknown[]>;
  readonly healReads: (reads: HealReads) => HealReads;
  /** Changes a transaction just before its commit. */
  readonly rewrite: (plan: TransactionPlan, store: MemoryStore) => TransactionPlan;
}
export type Mutant = (rules: Rules) => Partial<Rules>;

/** A world and its state. */
export interface Running {
  readonly world: World;
  readonly rules: Rules;
  readonly tables: HostileSource;
  /** By the index of the write; a write that changes nothing makes no record. */
  readonly records: Map<number, AnyTableRecord>;
  /** The dead letters that are in the queue, by the index of the write. */
  readonly letters: Map<number, DeadLetter>;
}

export interface AnyTableRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
  };
}

const bothSides = ['favourites', 'countedFavourites'] as const;
/** More than the injected faults can make necessary. */
const DELIVERIES_MAX = 50;

/** Runs everything in the world at once, until nothing is under way. */
export async function runWorld(world: World, schedule: Schedule, mutant?: Mutant): Promise<Running> {
  const { writes, liveFrom = writes.length, arrived = [], deliveries = [], late = [], heals = 0 } = world;
  const running = startOf(world, schedule, mutant);
  const { tables } = running;
  const made = writes.map(() => Promise.withResolvers<void>());
  const make = (index: number) => {
    makeWrite(index, running);
    made[index]?.resolve();
  };
  for (let index = 0; index < liveFrom; index += 1) make(index);
  for (const batch of arrived) await deliverAll(batch, { ...running, world: { ...world, ...calm } });
  tables.forgetVersions();

  const application = async () => {
    for (let index = liveFrom; index < writes.length; index += 1) {
      await schedule.pause();
      make(index);
    }
  };
  const onceMade = async (batch: readonly number[], begin: () => Promise<void>) => {
    await Promise.all(batch.flatMap((index) => made[index]?.promise ?? []));
    await begin();
  };
  await Promise.all([
    application(),
    ...deliveries.map((batch) => onceMade(batch, () => tables.isUnderWay(deliverAll(batch, running)))),
    ...late.map((batch) => onceMade(batch, () => deliverAll(batch, running))),
    ...(heals > 0 ? [healAll(running, heals)] : []),
  ]);
  return running;
}

/** Before the run there are no faults. */
const calm = { halfCommits: 0, failedLetters: 0, isOldAlive: true };

function startOf(world: World, schedule: Schedule, mutant: Mutant = () => ({})): Running {
  const { shape, writes } = world;
  const right: Rules = {
    mapping: createMapping(shape.source),
    aggregate: deliver,
    healReads: (reads) => reads,
    rewrite: (plan) => plan,
  };
  const rules = { ...right, ...mutant(right) };
  const faults = world.faults?.values();
  const store = new MemoryStore({ timeWindows: bothWindows, fault: () => faults?.next().value ?? 'none' });
  const tables = new HostileSource({
    mapping: rules.mapping,
    rows: shape.rows.map(({ key }) => ({ key, item: undefined })),
    registers: [...expectedRegisters(shape, writes).keys()].map(registerKeyOf),
    store,
    schedule,
  });
  tables.rewrite = (plan) => rules.rewrite(plan, store);
  return { world, rules, tables, records: new Map(), letters: new Map() };
}

function makeWrite(index: number, { world, tables, records }: Running): void {
  const { row, content } = world.writes[index] as Write;
  const key = world.shape.rows[row]?.key ?? {};
  const before = tables.itemOf(key);
  const after = content && { ...key, ...content.attributes };
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  tables.writeItem(key, after);
  const change = before === undefined ? 'INSERT' : 'MODIFY';
  records.set(index, {
    eventID: `event-${index}`,
    eventName: after === undefined ? 'REMOVE' : change,
    eventSourceARN: STREAM_ARN,
    dynamodb: {
      ApproximateCreationDateTime: 1_660_000_000 + index,
      Keys: key,
      ...(after && { NewImage: after }),
      ...(before && { OldImage: before }),
      SequenceNumber: sequenceNumberOf(index + 1),
    },
  });
}

/** Delivers the batch, and the records that failed again, like the pipe, until no record fails. */
export async function deliverAll(indexes: readonly number[], running: Running): Promise<void> {
  const { world, rules, tables, records } = running;
  const { schedule } = tables;
  const bench: Bench = {
    store: halfCommitting(tables.commits, schedule, world.halfCommits ?? 0),
    clock: { ...stillClock, sleep: () => schedule.pause() },
    deadLetters: queueOf(running),
  };
  const { sourceBefore, isOldAlive = false } = world;
  const mappings = [rules.mapping, ...(sourceBefore && isOldAlive ? [createMapping(sourceBefore)] : [])];
  let left: readonly unknown[] = indexes.flatMap((index) => records.get(index) ?? []);
  for (let delivery = 0; left.length > 0; delivery += 1) {
    if (delivery === DELIVERIES_MAX) throw new Error(`${left.length} records fail in every delivery`);
    const mapping = mappings[schedule.choose(mappings.length)] ?? rules.mapping;
    left = await rules.aggregate(left, { ...bench, mapping });
  }
}

/** Some transactions commit without one of their restaurants, which DynamoDB refuses. */
function halfCommitting(store: CommitStore, schedule: Schedule, halves: number): CommitStore {
  let left = halves;
  return {
    commit: async (plan, options) => {
      const restaurants = [...new Set(plan.changes.map(({ key }) => key.restaurantId))];
      const mayFail = left > 0 && restaurants.length > 1;
      const refused = mayFail ? restaurants[schedule.choose(restaurants.length + 1)] : undefined;
      if (refused === undefined) return store.commit(plan, options);
      left -= 1;
      const actions = [...plan.changes.map(({ key }) => key), ...plan.counts];
      const reasons = actions.map(
        ({ restaurantId }) => ({ kind: restaurantId === refused ? 'refused' : 'none' }) as const,
      );
      return { kind: 'cancelled', reasons, error: new TransactionError(new Error('refused')) };
    },
  };
}

function queueOf({ world, tables, letters }: Running): DeadLetters {
  let failures = world.failedLetters ?? 0;
  return {
    send: (some) => {
      const confirmations = some.map((letter) => {
        if (failures > 0 && tables.schedule.choose(2) === 1) {
          failures -= 1;
          return { kind: 'failed', detail: 'injected' } as const;
        }
        letters.set(indexOf(letter.record), letter);
        return { kind: 'kept' } as const;
      });
      return Promise.resolve(confirmations);
    },
  };
}

/** The index of the write that made the record. */
function indexOf(record: unknown): number {
  return Number((record as AnyTableRecord).dynamodb.SequenceNumber.slice(1)) - 1;
}

/** Runs heal over both tables, once or several times at once. */
export function healAll({ rules, tables }: Running, runs = 1): Promise<Healed> {
  return heal(tables, {
    scans: Array.from({ length: runs }, () => bothSides),
    mode: 'repair',
    schedule: tables.schedule,
    mutate: (context) => ({ ...context, reads: rules.healReads(context.reads) }),
  });
}
