/**
 * A repair or a seed on tables in memory, in the order of the state machine: the first pass of heal over all
 * segments, decide, the second pass. A test replaces one of these parts to prove that it is needed.
 */
import { newCommitCounters } from '../../src/commit/counters.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { type DecideContext, decide } from '../../src/reconcile/decide/decide.ts';
import type { HealContext } from '../../src/reconcile/heal/context.ts';
import { healStep } from '../../src/reconcile/heal/step.ts';
import { reportRun } from '../../src/reconcile/report/report.ts';
import {
  type DecideInput,
  type Decision,
  type HealPass,
  type ReconcileReport,
  type ReconcileRun,
  type SegmentStep,
  type SegmentWork,
} from '../../src/reconcile/run.ts';
import { type StageTotals } from '../../src/reconcile/totals.ts';
import { positionOf, registerOf } from './heal-bench.ts';
import { HostileTables } from './hostile-tables.ts';
import { memorySums } from './memory-sums.ts';
import { MemoryStore } from './memory-store.ts';
import { bothWindows, stillClock } from './run-batches.ts';

export const AUGUST = '2022-08-01T12:00:00Z';
export const SEPTEMBER = '2022-09-01T12:00:00Z';

export interface BrakesWorld {
  /** The `created_at` of each row by `<restaurant>#<user>`; it may be unreadable. */
  readonly rows: ReadonlyMap<string, string>;
  /** The `created_at` of each register that counts. */
  readonly registers: ReadonlyMap<string, string>;
}

/** The parts of a run that a wrong variant replaces. */
export interface Parts {
  readonly decide: (input: DecideInput, context: DecideContext) => Decision;
  /** The work of the second pass in one segment; `mended` is what earlier segments took out of the counts. */
  readonly workOf: (work: SegmentWork, mended: number) => SegmentWork;
  readonly betweenPasses: (tables: HostileTables) => void;
}

export const soundParts: Parts = { decide, workOf: (work) => work, betweenPasses: () => undefined };

export interface BrakedRun {
  readonly error: Error | undefined;
  readonly report: ReconcileReport | undefined;
  readonly store: MemoryStore;
  readonly tables: HostileTables;
}

const SEGMENTS = 4;
const decideContext: DecideContext = {
  source: defaultSource,
  favouritesTable: 'Favourites',
  uncountsMaxPercent: 20,
};

export async function runBraked(
  world: BrakesWorld,
  options: Partial<Pick<ReconcileRun, 'mode' | 'acceptDrift'>> & { readonly parts?: Partial<Parts> } = {},
): Promise<BrakedRun> {
  const { parts: some, ...asked } = options;
  const parts = { ...soundParts, ...some };
  const run: ReconcileRun = { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0, ...asked };
  const { store, tables } = tablesOf(world);
  const sources =
    run.mode === 'seed' ? (['favourites'] as const) : (['favourites', 'countedFavourites'] as const);
  const segments = sources.flatMap((table) =>
    Array.from({ length: SEGMENTS }, (_, segment) => ({ table, segment, totalSegments: SEGMENTS })),
  );
  try {
    const verified: SegmentStep[] = [];
    for (const work of segments) verified.push(await healSegment({ run, work, pass: 'verify' }, tables));
    const inputs = verified.map(({ work, totals, rejections = [] }) => ({ work, totals, rejections }));
    const decision = parts.decide({ run, segments: inputs }, decideContext);
    parts.betweenPasses(tables);
    const mended: StageTotals[] = [];
    for (const work of decision.mend) {
      const already = mended.reduce((sum, { uncounts }) => sum + uncounts, 0);
      const step = { run, work: parts.workOf(work, already), pass: 'mend' as const };
      mended.push((await healSegment(step, tables)).totals);
    }
    const input = { runId: run.runId, run, verified: decision.totals, heal: mended };
    const lease = { take: () => Promise.reject(new Error('taken')), release: () => Promise.resolve() };
    const report = (await reportRun(input, { lease, emit: () => undefined })) as ReconcileReport;
    return { error: undefined, report, store, tables };
  } catch (error) {
    return { error: error as Error, report: undefined, store, tables };
  }
}

async function healSegment(
  first: { readonly run: ReconcileRun; readonly work: SegmentWork; readonly pass: HealPass },
  tables: HostileTables,
): Promise<SegmentStep> {
  const context: HealContext = {
    reads: tables,
    sums: memorySums(),
    store: tables.commits,
    counters: newCommitCounters(),
    clock: stillClock,
    random: () => 0.5,
    timeWindows: bothWindows,
    timeZone: 'UTC',
    concurrency: 1,
    deadlineMs: Number.POSITIVE_INFINITY,
    seedUnitsPerSecond: Number.POSITIVE_INFINITY,
    notice: () => undefined,
  };
  // As the state machine passes it on.
  const step = JSON.parse(JSON.stringify(await healStep(first, context))) as SegmentStep;
  if (!step.done) throw new Error('a segment without a deadline ends in one step');
  return step;
}

function tablesOf({ rows, registers }: BrakesWorld) {
  const store = new MemoryStore({ timeWindows: bothWindows });
  for (const [id, createdAt] of registers) {
    store.registers.set(id, registerOf({ position: positionOf(1), createdAt }));
  }
  for (const [key, count] of store.recount(stillClock.nowMs())) store.rows.set(key, { count, revision: 1 });
  const tables = new HostileTables({
    ids: [...new Set([...rows.keys(), ...registers.keys()])],
    rows,
    store,
    schedule: { pause: () => Promise.resolve(), choose: () => 0 },
  });
  return { store, tables };
}

/** How many registers count. */
export function countedIn({ registers }: MemoryStore): number {
  return [...registers.values()].filter(({ createdAt }) => createdAt !== undefined).length;
}
