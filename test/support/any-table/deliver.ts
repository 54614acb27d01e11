/**
 * Delivers records to the aggregator like the pipe. A move may commit only in part, and the queue may
 * refuse a dead letter.
 */
import type { CommitStore } from '../../../src/commit/store.ts';
import { createMapping } from '../../../src/counting/mapping.ts';
import { encodeDeadLetter } from '../../../src/dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../../src/dead-letters/dead-letter-queue.ts';
import { TransactionError } from '../../../src/tables/dynamodb/errors.ts';
import type { Schedule } from '../all-schedules.ts';
import { type Bench, stillClock } from '../run-batches.ts';
import type { AnyTableRecord } from '../stream-records.ts';
import type { Running } from './world.ts';

/** More attempts than the injected faults can make necessary. */
const DELIVERIES_MAX = 50;

/** Delivers the batch, and the records that failed again, like the pipe, until no record fails. */
export async function deliverAll(indexes: readonly number[], running: Running): Promise<void> {
  const { world, rules, tables, records, isOldAlive } = running;
  const { schedule } = tables;
  const bench: Bench = {
    store: halfCommitting(tables.commits, schedule, world.halfCommits ?? 0),
    clock: { ...stillClock, sleep: () => schedule.pause() },
    deadLetters: queueOf(running),
  };
  const { sourceBefore, zoneChange } = world;
  const before = sourceBefore === undefined ? zoneChange?.before : createMapping(sourceBefore, 'UTC');
  const mappings = [rules.mapping, ...(before !== undefined && isOldAlive ? [before] : [])];
  let left: readonly unknown[] = indexes.flatMap((index) => records.get(index) ?? []);
  for (let delivery = 0; left.length > 0; delivery += 1) {
    if (delivery === DELIVERIES_MAX) throw new Error(`${left.length} records fail in every delivery`);
    const mapping = mappings[schedule.choose(mappings.length)] ?? rules.mapping;
    left = await rules.aggregate(left, { ...bench, mapping });
  }
}

/** Some transactions commit without one of their restaurants, as if DynamoDB had refused it. */
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
        letters.set(indexOf(letter.record), encodeDeadLetter(letter));
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
