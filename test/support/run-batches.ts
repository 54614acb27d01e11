/**
 * Runs the aggregator's use-case on a store of the test, and delivers batches until every record succeeds or
 * becomes a dead letter.
 */
import {
  aggregateBatch,
  type BatchCounters,
  newBatchCounters,
} from '../../src/aggregator/aggregate-batch.ts';
import type { Mapping } from '../../src/counting/mapping.ts';
import type { RankingSettings } from '../../src/counting/ranking.ts';
import type { Clock } from '../../src/lambda/clock.ts';
import type { TimeWindowSettings } from '../../src/counting/time-window.ts';
import type { DeadLetter } from '../../src/dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../src/dead-letters/dead-letter-queue.ts';
import type { CommitStore } from '../../src/commit/store.ts';
import { defaultMapping } from './favourite-changes.ts';

export const bothWindows: TimeWindowSettings = { MONTH: 'forever', DAY: 'forever' };

/** Deliveries of one batch after which a test fails: by then the injected faults should have ended. */
const DELIVERIES_MAX = 200;

export interface Bench {
  readonly mapping?: Mapping;
  readonly store: CommitStore;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly timeWindows?: TimeWindowSettings;
  /** By default UTC. It decides how long windows are kept; `mapping` decides which they are. */
  readonly timeZone?: string;
  readonly ranking?: RankingSettings;
  readonly concurrency?: number;
  readonly deadlineMs?: number;
  readonly deadLetters?: DeadLetters;
  readonly counters?: BatchCounters;
}

/** Delivers once. @returns the records that failed, in order. */
export async function deliver(batch: readonly unknown[], bench: Bench): Promise<readonly unknown[]> {
  if (batch.length === 0) return [];
  const aggregation = aggregateBatch(batch.length, {
    mapping: bench.mapping ?? defaultMapping,
    store: bench.store,
    clock: bench.clock ?? stillClock,
    random: bench.random ?? (() => 0.5),
    timeWindows: bench.timeWindows ?? bothWindows,
    timeZone: bench.timeZone ?? 'UTC',
    ...(bench.ranking && { ranking: bench.ranking }),
    concurrency: bench.concurrency ?? 3,
    deadlineMs: bench.deadlineMs ?? Number.POSITIVE_INFINITY,
    deadLetters: bench.deadLetters ?? keepInto([]),
    counters: bench.counters ?? newBatchCounters(),
  });
  const outcomes = await Promise.allSettled(batch.map((record) => aggregation.add(record)));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !isExpected(outcome.reason)) throw outcome.reason;
  }
  return batch.filter((_, index) => outcomes[index]?.status === 'rejected');
}

/**
 * The aggregator's own failures have a code; anything else is a defect or a broken invariant of the store.
 */
function isExpected(reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason;
}

/** Redelivers the failed records, like the pipe, until no record fails. */
export async function deliverUntilHandled(batch: readonly unknown[], bench: Bench): Promise<void> {
  let left = batch;
  for (let delivery = 0; left.length > 0; delivery += 1) {
    if (delivery === DELIVERIES_MAX)
      throw new Error(`${left.length} records still fail after ${delivery} deliveries`);
    left = await deliver(left, bench);
  }
}

/** A clock that stands still and whose sleeps end at once. */
export const stillClock: Clock = {
  nowMs: () => Date.UTC(2022, 9, 1),
  sleep: () => Promise.resolve(),
  timeout: () => new AbortController().signal,
};

export function keepInto(letters: DeadLetter[]): DeadLetters {
  return {
    send: (some) => {
      letters.push(...some);
      return Promise.resolve(some.map(() => ({ kind: 'kept' as const })));
    },
  };
}
