/**
 * Runs heal concurrently with users and the aggregator on hostile tables. A world lists the events before the
 * run, the records in flight, and the events during the run. The store checks I1 after every commit.
 */
import type { Register } from '../../src/counting/counted-favourite.ts';
import { parseStreamPosition, type StreamPosition } from '../../src/counting/stream-position.ts';
import { type CreatedAt, parseCreatedAt } from '../../src/counting/time-window.ts';
import type { HealContext } from '../../src/reconcile/heal/context.ts';
import { healStep } from '../../src/reconcile/heal/step.ts';
import type { DigestStore } from '../../src/tables/digest-sums.ts';
import {
  type Digest,
  type ReconcileMode,
  type ScannedTable,
  type SegmentStep,
} from '../../src/reconcile/run.ts';
import { addTotals, noTotals, type StageTotals } from '../../src/reconcile/totals.ts';
import { newCommitCounters } from '../../src/commit/counters.ts';
import type { Schedule } from './all-schedules.ts';
import type { HostileSource } from './hostile-source.ts';
import { HostileTables } from './hostile-tables.ts';
import { memorySums } from './memory-sums.ts';
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
  /** The tables of one list are scanned one after another, and the lists concurrently. */
  readonly scans: readonly (readonly ScannedTable[])[];
  readonly mode: ReconcileMode;
  /**
   * Time budget of one step, unlimited when absent. It is shorter than the grace period, so that heal waits
   * between two steps.
   */
  readonly stepMs?: number;
  /** Runs between two steps of heal. When absent, every record in flight arrives. */
  readonly wait?: (tables: HostileTables) => Promise<void>;
}

/**
 * The events of one favourite before and during the run. Each toggle marks the favourite when it is absent
 * and un-marks it when it is present.
 */
export interface FavouritePast {
  readonly id: string;
  /**
   * The `created_at` of each toggle before the run. An un-mark ignores its value. A mark with an
   * unreadable `created_at` is never counted.
   */
  readonly past: readonly string[];
  /**
   * Indexes of the toggles whose records arrived before the run, in order of arrival. All other records are
   * lost, except the records in `underWay`.
   */
  readonly arrived: readonly number[];
  /**
   * Indexes of the toggles whose records are still in flight when the run begins, for at most the grace
   * period.
   */
  readonly underWay: readonly number[];
  /**
   * Indexes of the toggles whose records are redelivered at any time during the run, as after a lost response
   * or from an old checkpoint.
   */
  readonly again: readonly number[];
  /** The damaged register at the start of the run. */
  readonly damage?: Register | 'removed';
  /** The `created_at` of each toggle during the run. */
  readonly live: readonly string[];
}

export interface HealOptions<Tables> extends Pick<World, 'scans' | 'mode' | 'stepMs'> {
  readonly wait?: (tables: Tables) => Promise<void>;
  readonly schedule: Schedule;
  readonly mutate?: (context: HealContext, tables: Tables) => HealContext;
  /** Sums both tables first; undefined if nothing differs. Without this, heal looks every favourite up. */
  readonly sumUp?: (tables: Tables) => Promise<Summed | undefined>;
}

/** Which favourites are suspect, and where their cells are. */
export interface Summed {
  readonly digest: Digest;
  readonly sums: DigestStore;
}

export interface Healed {
  readonly totals: StageTotals;
  /** Number of transactions that heal sent, whether they committed or not. */
  readonly healCommits: number;
}

export interface Ended extends Healed {
  readonly tables: HostileTables;
}

export type Mutate = (context: HealContext, tables: HostileTables) => HealContext;

export const GRACE_MS = 60_000;
const RUN = { runId: 'run-1', startedAtMs: 0, graceMs: GRACE_MS };

/** @param mutate breaks heal on purpose, to prove that the test finds the mistake. */
export async function runWorld(
  world: World,
  schedule: Schedule,
  mutate?: Mutate,
  sumUp?: (tables: HostileTables) => Promise<Summed | undefined>,
): Promise<Ended> {
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
    heal(tables, { ...world, schedule, ...(mutate && { mutate }), ...(sumUp && { sumUp }) }),
    ...users,
  ]);
  await Promise.all(deliveries);
  return { ...healed, tables };
}

/** Runs heal once for each list of scans, all concurrently. */
export async function heal<Tables extends HostileSource>(
  tables: Tables,
  {
    scans,
    mode,
    stepMs = Number.POSITIVE_INFINITY,
    wait = () => tables.arrivals(),
    schedule,
    mutate = (context) => context,
    sumUp,
  }: HealOptions<Tables>,
): Promise<Healed> {
  let healed: Healed = { totals: noTotals, healCommits: 0 };
  const summed = await sumUp?.(tables);
  if (sumUp !== undefined && summed === undefined) return healed;
  const contextAt = (nowMs: number): HealContext => ({
    reads: tables,
    sums: summed?.sums ?? memorySums(),
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
    timeZone: 'UTC',
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
        ...(summed && { digest: summed.digest }),
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

/**
 * Calls the step until the segment is done. Like the workflow, it retries a failed step with the same input.
 */
async function healSegment(
  first: SegmentStep,
  contextOf: () => HealContext,
  wait: (seconds: number) => Promise<void>,
): Promise<StageTotals> {
  let step = first;
  for (let calls = 0; !step.done; calls += 1) {
    if (calls === CALLS_MAX) throw new Error(`the segment was not done after ${CALLS_MAX} steps`);
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

/** Thrown by a test to end an invocation halfway. */
export class CutOffError extends Error {}

/** Checks I3. @throws naming the first favourite whose register differs from its row. */
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
