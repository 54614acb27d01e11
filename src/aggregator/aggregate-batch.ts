/**
 * Processes one batch. The work starts when the last record is added. A record may change two registers, or
 * one and need a dead letter; its promise settles when all of that is done. So each record is applied, found
 * stale, skipped because it changes no count, or kept as a dead letter with its reason (I5). A record that
 * can never be applied does not delay the others (I6).
 */
import { type ChangeOutcome, type CommitContext, commitChanges } from '../commit/changes.ts';
import { newCommitCounters } from '../commit/counters.ts';
import { foldEvents } from '../commit/plan.ts';
import { type FavouriteEvent, parseFavouriteEvents } from '../counting/favourite-event.ts';
import type { Mapping } from '../counting/mapping.ts';
import { registerIdOf } from '../counting/register-key.ts';
import type { Rejection } from '../counting/rejection.ts';
import type { DeadLetters } from '../dead-letters/dead-letter-queue.ts';
import { DeadLetterFailedError } from './errors.ts';

/** The counters of one batch: its records by outcome, and its commits. */
export type BatchCounters = ReturnType<typeof newBatchCounters>;

export function newBatchCounters() {
  const records = { received: 0, marks: 0, unmarks: 0, applied: 0, stale: 0, skipped: 0, poison: 0 };
  return { ...newCommitCounters(), ...records };
}

export interface BatchContext extends CommitContext {
  readonly mapping: Mapping;
  readonly deadLetters: DeadLetters;
  readonly counters: BatchCounters;
}

export interface BatchAggregation {
  /** Resolves when the record is handled; rejects if the record must be redelivered. */
  add(record: unknown): Promise<void>;
}

/** A record that waits for its events and its dead letter. */
interface Pending {
  readonly record: unknown;
  readonly rejection: Rejection | undefined;
  readonly handled: PromiseWithResolvers<void>;
  /** Events and dead letter that have no outcome yet. */
  open: number;
  isApplied: boolean;
  failure: Error | undefined;
}

/** @param size the number of records that will be added; the work starts when the last one is added. */
export function aggregateBatch(size: number, context: BatchContext): BatchAggregation {
  const { counters, mapping } = context;
  const events: FavouriteEvent[] = [];
  const byRegister = new Map<string, Pending[]>();
  const rejected: Pending[] = [];
  let added = 0;
  counters.received += size;
  return {
    add(record) {
      const parsed = parseFavouriteEvents(record, mapping);
      const { rejection } = parsed;
      const open = parsed.events.length + (rejection === undefined ? 0 : 1);
      const handled = Promise.withResolvers<void>();
      const pending: Pending = { record, rejection, handled, open, isApplied: false, failure: undefined };
      for (const event of parsed.events) {
        counters[event.createdAt === undefined ? 'unmarks' : 'marks'] += 1;
        events.push(event);
        const id = registerIdOf(event.key);
        const waiting = byRegister.get(id);
        if (waiting === undefined) byRegister.set(id, [pending]);
        else waiting.push(pending);
      }
      if (rejection !== undefined) rejected.push(pending);
      if (open === 0) {
        counters.skipped += 1;
        handled.resolve();
      }
      added += 1;
      if (added === size) {
        void Promise.all([commit(events, byRegister, context), sendToDeadLetters(rejected, context)]);
      }
      return handled.promise;
    },
  };
}

async function commit(
  events: readonly FavouriteEvent[],
  byRegister: ReadonlyMap<string, readonly Pending[]>,
  context: BatchContext,
): Promise<void> {
  const changes = foldEvents(events);
  try {
    await commitChanges(changes.values(), context, ({ key }, outcome) => {
      for (const pending of byRegister.get(registerIdOf(key)) ?? []) settle(pending, outcome, context);
    });
  } catch (defect) {
    // A promise settles only once, so this rejects only the records without an outcome.
    for (const pending of byRegister.values()) for (const { handled } of pending) handled.reject(defect);
  }
}

/** Takes the outcome of one event or of the dead letter; the last one settles the record. */
function settle(pending: Pending, outcome: ChangeOutcome, { counters }: BatchContext): void {
  pending.open -= 1;
  if (outcome.kind === 'failed') pending.failure ??= outcome.error;
  pending.isApplied ||= outcome.kind === 'applied';
  if (pending.open > 0) return;
  if (pending.failure !== undefined) return pending.handled.reject(pending.failure);
  if (pending.rejection !== undefined) counters.poison += 1;
  else counters[pending.isApplied ? 'applied' : 'stale'] += 1;
  pending.handled.resolve();
}

async function sendToDeadLetters(rejected: readonly Pending[], context: BatchContext): Promise<void> {
  const letters = rejected.flatMap(({ record, rejection }) =>
    rejection === undefined ? [] : [{ reason: rejection.reason, detail: rejection.detail, record }],
  );
  const failed = (detail: string, cause?: unknown): ChangeOutcome => {
    return { kind: 'failed', error: new DeadLetterFailedError(detail, cause) };
  };
  try {
    const confirmations = await context.deadLetters.send(letters, { deadlineMs: context.deadlineMs });
    rejected.forEach((pending, index) => {
      const confirmation = confirmations[index];
      const isKept = confirmation?.kind === 'kept';
      const outcome = isKept
        ? ({ kind: 'stale' } as const)
        : failed(confirmation?.detail ?? 'SQS gave no result for it');
      settle(pending, outcome, context);
    });
  } catch (defect) {
    for (const pending of rejected) settle(pending, failed('sending failed', defect), context);
  }
}
