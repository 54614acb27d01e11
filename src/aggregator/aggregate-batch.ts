/**
 * One batch: every record is added, the last one starts the work, and each record's promise settles with the
 * transaction or the dead letter that carries it. A record is applied, known to be stale, or kept with its
 * reason (I5); one that can never be applied holds up no other (I6).
 */
import { favouriteId, foldEvents } from '../commit/plan.ts';
import { type FavouriteEvent, type Rejection, parseFavouriteEvent } from '../counting/favourite-event.ts';
import type { DeadLetters } from '../dead-letters/dead-letter-queue.ts';
import { favouritesTable } from '../tables/schema.ts';
import { type ChangeOutcome, type CommitContext, commitChanges } from '../commit/changes.ts';
import { DeadLetterFailedError } from './errors.ts';

export interface BatchContext extends CommitContext {
  readonly deadLetters: DeadLetters;
}

export interface BatchAggregation {
  /** Resolves once the record is handled; rejects with the reason why it must be delivered again. */
  add(record: unknown): Promise<void>;
}

interface Pending<T> {
  readonly record: unknown;
  readonly parsed: T;
  readonly handled: PromiseWithResolvers<void>;
}

/** @param size the records that will be added; with the last of them the work begins. */
export function aggregateBatch(size: number, context: BatchContext): BatchAggregation {
  const events: Pending<FavouriteEvent>[] = [];
  const rejections: Pending<Rejection>[] = [];
  context.figures.received += size;
  return {
    add(record) {
      const handled = Promise.withResolvers<void>();
      const parsed = parseFavouriteEvent(record, favouritesTable);
      if (parsed.kind === 'event') {
        context.figures[parsed.event.change.kind === 'mark' ? 'marks' : 'unmarks'] += 1;
        events.push({ record, parsed: parsed.event, handled });
      } else {
        rejections.push({ record, parsed, handled });
      }
      if (events.length + rejections.length === size) void run();
      return handled.promise;
    },
  };

  async function run(): Promise<void> {
    await Promise.all([commit(), bury()]);
  }

  async function commit(): Promise<void> {
    const byFavourite = Map.groupBy(events, ({ parsed }) => favouriteId(parsed.key));
    const changes = foldEvents(events.map(({ parsed }) => parsed));
    try {
      await commitChanges(changes.values(), context, (change, outcome) => {
        for (const { handled } of byFavourite.get(favouriteId(change.key)) ?? []) settle(handled, outcome);
      });
    } catch (defect) {
      // Settling twice is harmless: only what no outcome has reached is rejected here.
      for (const { handled } of events) handled.reject(defect);
    }
  }

  async function bury(): Promise<void> {
    const letters = rejections.map(({ record, parsed: { reason, detail } }) => ({ reason, detail, record }));
    try {
      const confirmations = await context.deadLetters.send(letters, { deadlineMs: context.deadlineMs });
      rejections.forEach(({ handled }, index) => {
        const confirmation = confirmations[index];
        if (confirmation?.kind === 'kept') {
          context.figures.poison += 1;
          handled.resolve();
        } else {
          handled.reject(new DeadLetterFailedError(confirmation?.detail ?? 'no answer named it'));
        }
      });
    } catch (defect) {
      for (const { handled } of rejections)
        handled.reject(new DeadLetterFailedError('sending failed', defect));
    }
  }

  function settle(handled: PromiseWithResolvers<void>, outcome: ChangeOutcome): void {
    if (outcome.kind === 'failed') return handled.reject(outcome.error);
    context.figures[outcome.kind] += 1;
    handled.resolve();
  }
}
