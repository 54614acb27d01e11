/**
 * Processes one batch. The work starts when the last record is added. The promise of a record settles with
 * the result of its transaction or of its dead letter. Each record is applied, found stale, or kept as a dead
 * letter with its reason (I5). A record that can never be applied does not delay the others (I6).
 */
import { type ChangeOutcome, type CommitContext, commitChanges } from '../commit/changes.ts';
import { newCommitCounters } from '../commit/counters.ts';
import { foldEvents } from '../commit/plan.ts';
import {
  type FavouriteEvent,
  favouriteId,
  parseFavouriteEvent,
  type Rejection,
} from '../counting/favourite-event.ts';
import type { DeadLetters } from '../dead-letters/dead-letter-queue.ts';
import { favouritesTable } from '../tables/schema.ts';
import { DeadLetterFailedError } from './errors.ts';

/** The counters of one batch: its records by outcome, and its commits. */
export type BatchCounters = ReturnType<typeof newBatchCounters>;

export function newBatchCounters() {
  return { ...newCommitCounters(), received: 0, marks: 0, unmarks: 0, applied: 0, stale: 0, poison: 0 };
}

export interface BatchContext extends CommitContext {
  readonly deadLetters: DeadLetters;
  readonly counters: BatchCounters;
}

export interface BatchAggregation {
  /** Resolves when the record is handled; rejects if the record must be redelivered. */
  add(record: unknown): Promise<void>;
}

interface Pending<T> {
  readonly record: unknown;
  readonly parsed: T;
  readonly handled: PromiseWithResolvers<void>;
}

/** @param size the number of records that will be added; the work starts when the last one is added. */
export function aggregateBatch(size: number, context: BatchContext): BatchAggregation {
  const { counters } = context;
  const events: Pending<FavouriteEvent>[] = [];
  const rejections: Pending<Rejection>[] = [];
  counters.received += size;
  return {
    add(record) {
      const handled = Promise.withResolvers<void>();
      const parsed = parseFavouriteEvent(record, favouritesTable);
      if (parsed.kind === 'event') {
        counters[parsed.event.change.kind === 'mark' ? 'marks' : 'unmarks'] += 1;
        events.push({ record, parsed: parsed.event, handled });
      } else {
        rejections.push({ record, parsed, handled });
      }
      if (events.length + rejections.length === size) {
        void Promise.all([commit(events, context), sendToDeadLetters(rejections, context)]);
      }
      return handled.promise;
    },
  };
}

async function commit(events: readonly Pending<FavouriteEvent>[], context: BatchContext): Promise<void> {
  const byFavourite = Map.groupBy(events, ({ parsed }) => favouriteId(parsed.key));
  const changes = foldEvents(events.map(({ parsed }) => parsed));
  try {
    await commitChanges(changes.values(), context, ({ key }, outcome) => {
      for (const { handled } of byFavourite.get(favouriteId(key)) ?? []) settle(handled, outcome, context);
    });
  } catch (defect) {
    // A promise settles only once, so this rejects only the records without an outcome.
    for (const { handled } of events) handled.reject(defect);
  }
}

function settle(
  handled: PromiseWithResolvers<void>,
  outcome: ChangeOutcome,
  { counters }: BatchContext,
): void {
  if (outcome.kind === 'failed') return handled.reject(outcome.error);
  counters[outcome.kind] += 1;
  handled.resolve();
}

async function sendToDeadLetters(
  rejections: readonly Pending<Rejection>[],
  { deadLetters, deadlineMs, counters }: BatchContext,
): Promise<void> {
  const letters = rejections.map(({ record, parsed: { reason, detail } }) => ({ reason, detail, record }));
  try {
    const confirmations = await deadLetters.send(letters, { deadlineMs });
    rejections.forEach(({ handled }, index) => {
      const confirmation = confirmations[index];
      if (confirmation?.kind === 'kept') {
        counters.poison += 1;
        handled.resolve();
      } else {
        handled.reject(new DeadLetterFailedError(confirmation?.detail ?? 'SQS gave no result for it'));
      }
    });
  } catch (defect) {
    for (const { handled } of rejections) handled.reject(new DeadLetterFailedError('sending failed', defect));
  }
}
