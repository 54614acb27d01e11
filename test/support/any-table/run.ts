/**
 * Runs a table of favourites of any shape beside its aggregator, heal and redrive. A world lists the writes
 * of the application, and what happens to their stream records: they are delivered in any batches and order,
 * redelivered, half committed, in the dead letters, or lost. The store checks I1 after every commit;
 * checks.ts checks the other promises.
 */
import { createMapping } from '../../../src/counting/mapping.ts';
import { redriveLetter } from '../../../src/reconcile/redrive/letter.ts';
import type { Schedule } from '../all-schedules.ts';
import { registerKeyOf } from '../favourite-changes.ts';
import { heal, type Healed } from '../heal-bench.ts';
import { HostileSource } from '../hostile-source.ts';
import { MemoryStore } from '../memory-store.ts';
import { bothWindows, deliver } from '../run-batches.ts';
import { anyTableRecord } from '../stream-records.ts';
import { deliverAll } from './deliver.ts';
import { expectedRegisters, type Write } from './oracle.ts';
import { fillQueue, redriveAll } from './redrive.ts';
import type { Mutant, Rules, Running, World } from './world.ts';

const bothSides = ['favourites', 'countedFavourites'] as const;

/** Runs everything in the world at once, until nothing is under way. */
export async function runWorld(world: World, schedule: Schedule, mutant?: Mutant): Promise<Running> {
  const { writes, liveFrom = writes.length, arrived = [], deliveries = [], late = [] } = world;
  const { heals = 0, redrives = 0 } = world;
  const running = startOf(world, schedule, mutant);
  const { tables } = running;
  const making = writes.map(() => Promise.withResolvers<void>());
  const make = (index: number) => {
    makeWrite(index, running);
    making[index]?.resolve();
  };
  for (let index = 0; index < liveFrom; index += 1) make(index);
  for (const batch of arrived) await deliverAll(batch, { ...quietly(running), isOldAlive: true });
  fillQueue(running);
  tables.forgetVersions();

  const application = async () => {
    for (let index = liveFrom; index < writes.length; index += 1) {
      await schedule.pause();
      make(index);
    }
  };
  const onceMade = async (batch: readonly number[], begin: () => Promise<void>) => {
    await Promise.all(batch.flatMap((index) => making[index]?.promise ?? []));
    await begin();
  };
  await Promise.all([
    application(),
    ...deliveries.map((batch) => onceMade(batch, () => tables.isUnderWay(deliverAll(batch, running)))),
    ...late.map((batch) => onceMade(batch, () => deliverAll(batch, running))),
    ...(heals > 0 ? [healAll(running, heals)] : []),
    ...Array.from({ length: redrives }, () => redriveAll(running)),
  ]);
  // The first run applies what is left, and the second finds what the first has overtaken.
  if (redrives > 0) {
    await redriveAll(quietly(running));
    await redriveAll(quietly(running));
  }
  return running;
}

/** Without the faults of the world. */
export function quietly(running: Running): Running {
  return { ...running, world: { ...running.world, halfCommits: 0, failedLetters: 0, failedLooks: 0 } };
}

function startOf(world: World, schedule: Schedule, mutant: Mutant = () => ({})): Running {
  const { shape, writes } = world;
  const right: Rules = {
    mapping: world.zoneChange?.after ?? createMapping(shape.source, 'UTC'),
    aggregate: deliver,
    healReads: (reads) => reads,
    redrive: redriveLetter,
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
  return {
    ...{ world, rules, tables, isOldAlive: world.isOldAlive ?? false },
    ...{ made: [], records: new Map(), letters: new Map(), foreignLetters: [], deleted: new Set() },
  };
}

function makeWrite(index: number, { world, tables, made, records }: Running): void {
  const write = world.writes[index] as Write;
  made.push(write);
  const { row, content } = write;
  const key = world.shape.rows[row]?.key ?? {};
  const before = tables.itemOf(key);
  const after = content && { ...key, ...content.attributes };
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  tables.writeItem(key, after);
  records.set(index, anyTableRecord({ key, before, after, sequence: index + 1 }));
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
