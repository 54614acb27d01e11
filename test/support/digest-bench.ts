/**
 * Sums two hostile tables and compares them, in the order of the state machine: steps of one page, the two
 * tables at once, scans that return an item twice, and steps that were thought dead and write later.
 */
import type { KeyedRegister } from '../../src/tables/counted-favourites.ts';
import type { DigestStore } from '../../src/tables/digest-sums.ts';
import type { FavouriteRow } from '../../src/counting/mapping.ts';
import { compare } from '../../src/reconcile/digest/compare.ts';
import type { DigestContext } from '../../src/reconcile/digest/context.ts';
import { sumStep } from '../../src/reconcile/digest/sum-step.ts';
import type { CompareInput, ScannedTable, SumInput, SumStep } from '../../src/reconcile/run.ts';
import type { Schedule } from './all-schedules.ts';
import type { Summed } from './heal-bench.ts';
import type { HostileSource } from './hostile-source.ts';
import { memorySums } from './memory-sums.ts';
import { stillClock } from './run-batches.ts';

/** The parts of the digests that a wrong variant replaces. */
export interface DigestParts {
  readonly reads: (reads: DigestContext['reads']) => DigestContext['reads'];
  readonly store: (store: DigestStore) => DigestStore;
  /** The first call of each step is thought dead, and not only some. */
  readonly hasDeadSteps: boolean;
  /** The name under which a step writes. */
  readonly nameOf: (step: SumInput, random: () => string) => string;
}

const soundParts: DigestParts = {
  reads: (reads) => reads,
  store: (store) => store,
  nameOf: (_, random) => random(),
  hasDeadSteps: false,
};

const RUN = { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0 } as const;
const tablesToSum: readonly ScannedTable[] = ['favourites', 'countedFavourites'];
/** In the first round only two cells, so that many favourites share one. */
const CELLS = 2;
const STEPS_MAX = 100;

/** Undefined if no cell differs. */
export async function sumUp(
  tables: HostileSource,
  schedule: Schedule,
  parts: Partial<DigestParts> = {},
): Promise<Summed | undefined> {
  const { reads, store, nameOf, hasDeadSteps } = { ...soundParts, ...parts };
  const kept = memorySums();
  const sums = store({
    put: async (name, bytes) => {
      await schedule.pause();
      return kept.put(name, bytes);
    },
    get: (name) => kept.get(name),
  });
  const context: Omit<DigestContext, 'newName'> = {
    reads: reads(twice(tables, schedule)),
    store: sums,
    clock: stillClock,
    // No time is left after the first page.
    deadlineMs: stillClock.nowMs(),
    notice: () => undefined,
  };
  const dead: Promise<unknown>[] = [];
  const call = (step: SumInput) => sumStep(step, { ...context, newName: () => nameOf(step, kept.newName) });

  const sumSegment = async (first: SumInput): Promise<SumStep> => {
    let step = first;
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      // A call that was thought dead goes on beside its repetition, and may write at any later time.
      if (hasDeadSteps || schedule.choose(3) === 1) dead.push(call(step));
      const answer = asPassedOn(await call(step));
      if (answer.done) return answer;
      step = answer;
    }
    throw new Error(`the segment was not summed after ${STEPS_MAX} steps`);
  };

  let compared: CompareInput['compared'] = { digest: { key: 'key', rounds: [{ cells: CELLS }] } };
  for (;;) {
    const { digest } = compared;
    const segments = await Promise.all(
      tablesToSum.map((table) =>
        sumSegment({ run: RUN, work: { table, segment: 0, totalSegments: 1 }, digest }),
      ),
    );
    const answer = await compare({ run: RUN, compared, segments }, { ...context, newName: kept.newName });
    compared = asPassedOn(answer);
    if (answer.next === 'sum') continue;
    await Promise.all(dead);
    return answer.next === 'nothing' ? undefined : { digest: answer.digest, sums: kept };
  }
}

/** As the state machine passes it on. */
function asPassedOn<T>(payload: T): T {
  return JSON.parse(JSON.stringify(payload)) as T;
}

/** A scan may return an item twice, for example after a failed request. */
function twice(tables: HostileSource, schedule: Schedule): DigestContext['reads'] {
  const repeated = <T>(items: readonly T[]): readonly T[] =>
    items.flatMap((item) => (schedule.choose(4) === 1 ? [item, item] : [item]));
  return {
    scanFavourites: async (position) => {
      const page = await tables.scanFavourites(position);
      return { ...page, items: repeated<FavouriteRow>(page.items) };
    },
    scanRegisters: async (position) => {
      const page = await tables.scanRegisters(position);
      return { ...page, items: repeated<KeyedRegister>(page.items) };
    },
  };
}
