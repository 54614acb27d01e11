/**
 * Heal beside users and the aggregator, on hostile tables: one world, its past, what is still under way, and
 * what must hold in the end. I1 is checked by the store after every commit.
 */
import type { Register } from '../../src/counting/counted-favourite.ts';
import { parseStreamPosition, type StreamPosition } from '../../src/counting/stream-position.ts';
import { type CreatedAt, parseCreatedAt } from '../../src/counting/time-window.ts';
import type { HealContext } from '../../src/reconcile/heal/context.ts';
import { healStep } from '../../src/reconcile/heal/step.ts';
import {
  addTotals,
  noTotals,
  type ReconcileMode,
  type ScannedTable,
  type SegmentStep,
  type StageTotals,
} from '../../src/reconcile/run.ts';
import { newCommitCounters } from '../../src/commit/counters.ts';
import type { Schedule } from './all-schedules.ts';
import { HostileTables } from './hostile-tables.ts';
import { MemoryStore } from './memory-store.ts';
import { bothWindows, deliver, stillClock } from './run-batches.ts';
import {
  markRecord,
  sequenceNumberOf,
  STREAM_ARN,
  type StreamRecord,
  unmarkRecord,
} from './stream-records.ts';

export interface World {
  readonly favourites: readonly FavouritePast[];
  /** Scanned one after another within a list, and the lists beside each other. */
  readonly scans: readonly (readonly ScannedTable[])[];
  readonly mode: ReconcileMode;
  /**
   * Milliseconds of a step, too few for the grace period, which then passes between two steps. Forever when
   * absent.
   */
  readonly stepMs?: number;
  /** What passes between two steps of heal; everything under way arrives when absent. */
  readonly wait?: (tables: HostileTables) => Promise<void>;
}

/**
 * The past of one favourite and what is still to come; every toggle marks what is absent, un-marks what is
 * there.
 */
export interface FavouritePast {
  readonly id: string;
  /**
   * `created_at` of toggles before the run; an un-mark's is not used. One that cannot be read is never
   * counted.
   */
  readonly past: readonly string[];
  /**
   * Of these toggles, by index, in the order in which their records arrived before the run. The rest vanished
   * …
   */
  readonly arrived: readonly number[];
  /** … but for those that are still under way when the run begins, by no more than the grace period. */
  readonly underWay: readonly number[];
  /** Delivered once more during the run, however late: an answer was lost, a checkpoint restored. */
  readonly again: readonly number[];
  /** How the register was damaged before the run. */
  readonly damage?: Register | 'removed';
  /** `created_at` of toggles during the run. */
  readonly live: readonly string[];
}

export interface Healed {
  readonly totals: StageTotals;
  /** Transactions that heal sent, whatever their outcome. */
  readonly healCommits: number;
}

export interface Ended extends Healed {
  readonly tables: HostileTables;
}

export type Mutate = (context: HealContext, tables: HostileTables) => HealContext;

export const GRACE_MS = 60_000;
const RUN = { runId: 'run-1', startedAtMs: 0, graceMs: GRACE_MS };

/** @param mutate breaks heal on purpose. */
export async function runWorld(world: World, schedule: Schedule, mutate?: Mutate): Promise<Ended> {
  const { tables, pending } = await pastOf(world, schedule);
  const deliveries = [
    ...pending.underWay.map((record) => tables.deliver(record)),
    ...pending.again.map((record) => tables.deliverLate(record)),
  ];
  const users = world.favourites.map(async ({ id, past, live }) => {
    for (const [index, createdAt] of live.entries()) {
      await schedule.pause();
      const mark = tables.rows.has(id) ? {} : { createdAt };
      deliveries.push(tables.deliver(tables.write(id, { ...mark, sequence: past.length + index + 1 })));
    }
  });
  const [healed] = await Promise.all([
    heal(tables, { ...world, schedule, ...(mutate && { mutate }) }),
    ...users,
  ]);
  await Promise.all(deliveries);
  return { ...healed, tables };
}

/** Runs of heal, beside each other where the world has several. */
export async function heal(
  tables: HostileTables,
  {
    scans,
    mode,
    stepMs = Number.POSITIVE_INFINITY,
    wait = () => tables.arrivals(),
    schedule,
    mutate = (context) => context,
  }: Omit<World, 'favourites'> & { readonly schedule: Schedule; readonly mutate?: Mutate },
): Promise<Healed> {
  let healed: Healed = { totals: noTotals, healCommits: 0 };
  const contextAt = (nowMs: number): HealContext => ({
    reads: tables,
    store: {
      commit: (plan, options) => {
        healed = { ...healed, healCommits: healed.healCommits + 1 };
        return tables.commits.commit(plan, options);
      },
    },
    counters: newCommitCounters(),
    clock: {
      ...stillClock,
      nowMs: () => nowMs,
      sleep: (ms) => (ms === GRACE_MS ? tables.arrivals() : schedule.pause()),
    },
    random: () => 0.5,
    timeWindows: bothWindows,
    concurrency: 2,
    deadlineMs: nowMs + stepMs,
    seedUnitsPerSecond: Number.POSITIVE_INFINITY,
    notice: () => undefined,
  });
  const runs = scans.map(async (tablesInTurn) => {
    let nowMs = stillClock.nowMs();
    for (const table of tablesInTurn) {
      const first = {
        run: { ...RUN, mode },
        work: { table, segment: 0, totalSegments: 1 },
        totals: noTotals,
        done: false,
      };
      const totals = await healSegment(
        first,
        () => mutate(contextAt(nowMs), tables),
        async (seconds) => {
          await wait(tables);
          nowMs += seconds * 1_000;
        },
      );
      healed = { ...healed, totals: addTotals(healed.totals, totals) };
    }
  });
  await Promise.all(runs);
  return healed;
}

/** Steps until done, as the workflow calls them: a step that throws is called again as it was. */
async function healSegment(
  first: SegmentStep,
  contextOf: () => HealContext,
  wait: (seconds: number) => Promise<void>,
): Promise<StageTotals> {
  let step = first;
  for (let calls = 0; !step.done; calls += 1) {
    if (calls === CALLS_MAX) throw new Error(`the segment is not done after ${CALLS_MAX} steps`);
    try {
      step = await healStep(step, contextOf());
      if (step.waitSeconds !== undefined) await wait(step.waitSeconds);
    } catch (error) {
      if (!(error instanceof CutOffError)) throw error;
    }
  }
  return step.totals;
}

const CALLS_MAX = 500;

/** Thrown by a test to end an invocation in the middle. */
export class CutOffError extends Error {}

/** I3. @throws naming the first favourite whose register is not what its row asks for. */
export function assertConverged({ tables }: Ended, { favourites }: World): void {
  for (const { id } of favourites) {
    const wanted = parseCreatedAt(tables.rows.get(id));
    const counted = tables.store.registers.get(id)?.createdAt;
    if (counted !== wanted) throw new Error(`I3 broken: ${id} counts ${counted}, its row says ${wanted}`);
  }
  tables.store.assertSum(stillClock.nowMs());
}

export function positionOf(sequence: number): StreamPosition {
  return parseStreamPosition(STREAM_ARN, sequenceNumberOf(sequence)) as StreamPosition;
}

export function registerOf(options: {
  readonly position: StreamPosition | string;
  readonly createdAt?: string;
}): Register {
  return {
    position: options.position as StreamPosition,
    createdAt: options.createdAt as CreatedAt | undefined,
  };
}

async function pastOf({ favourites }: World, schedule: Schedule) {
  const store = new MemoryStore({ timeWindows: bothWindows });
  const rows = new Map<string, string>();
  const pending: { readonly underWay: StreamRecord[]; readonly again: StreamRecord[] } = {
    underWay: [],
    again: [],
  };
  for (const favourite of favourites) {
    const records = recordsOf(favourite, rows);
    for (const index of favourite.arrived) await deliver([records[index]], { store });
    pending.underWay.push(...favourite.underWay.flatMap((index) => records[index] ?? []));
    pending.again.push(...favourite.again.flatMap((index) => records[index] ?? []));
  }
  for (const { id, damage } of favourites) {
    if (damage === 'removed') store.registers.delete(id);
    else if (damage !== undefined) store.registers.set(id, damage);
  }
  store.acceptDamage(stillClock.nowMs());
  const ids = favourites.map(({ id }) => id);
  return { tables: new HostileTables({ ids, rows, store, schedule }), pending };
}

function recordsOf({ id, past }: FavouritePast, rows: Map<string, string>): readonly StreamRecord[] {
  const [restaurantId = '', userId = ''] = id.split('#');
  return past.map((createdAt, index) => {
    const key = { restaurantId, userId, sequenceNumber: index + 1 };
    const before = rows.get(id);
    if (before === undefined) {
      rows.set(id, createdAt);
      return markRecord({ ...key, createdAt });
    }
    rows.delete(id);
    return unmarkRecord({ ...key, createdAt: before });
  });
}
