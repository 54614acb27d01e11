/**
 * The aggregator with another parser, or another rule for when a record is handled, so that a test can break
 * them. It folds and commits with the aggregator's own code. With the right parser and rule it does what the
 * aggregator does.
 */
import { type ChangeOutcome, commitChanges } from '../../../src/commit/changes.ts';
import { newCommitCounters } from '../../../src/commit/counters.ts';
import { foldEvents } from '../../../src/commit/plan.ts';
import { parseFavouriteEvents, type ParsedRecord } from '../../../src/counting/favourite-event.ts';
import type { Mapping } from '../../../src/counting/mapping.ts';
import { registerIdOf } from '../../../src/counting/register-key.ts';
import type { DeadLetters } from '../../../src/dead-letters/dead-letter-queue.ts';
import { defaultMapping } from '../favourite-changes.ts';
import { type Bench, bothWindows, keepInto, stillClock } from '../run-batches.ts';

export interface AggregatorParts {
  readonly parse?: (record: unknown, mapping: Mapping) => ParsedRecord;
  /** @param outcomes one per register that the record changes. */
  readonly isHandled?: (outcomes: readonly ChangeOutcome[]) => boolean;
}

/** The same contract as {@link deliver}. */
export function aggregatorOf({ parse = parseFavouriteEvents, isHandled = isNoneFailed }: AggregatorParts) {
  return async (batch: readonly unknown[], bench: Bench): Promise<readonly unknown[]> => {
    const { mapping = defaultMapping, deadLetters = keepInto([]) } = bench;
    const parsed = batch.map((record) => ({ record, ...parse(record, mapping) }));
    const outcomes = new Map<string, ChangeOutcome>();
    const changes = foldEvents(parsed.flatMap(({ events }) => events));
    await commitChanges(
      changes.values(),
      {
        store: bench.store,
        clock: bench.clock ?? stillClock,
        random: () => 0.5,
        timeWindows: bothWindows,
        timeZone: 'UTC',
        concurrency: 3,
        deadlineMs: Number.POSITIVE_INFINITY,
        counters: newCommitCounters(),
      },
      ({ key }, outcome) => outcomes.set(registerIdOf(key), outcome),
    );
    const failed: unknown[] = [];
    for (const { record, events, rejection } of parsed) {
      const ofRecord = events.flatMap(({ key }) => outcomes.get(registerIdOf(key)) ?? []);
      const isKept = rejection === undefined || (await isSent({ ...rejection, record }, deadLetters));
      if (!isKept || !isHandled(ofRecord)) failed.push(record);
    }
    return failed;
  };
}

function isNoneFailed(outcomes: readonly ChangeOutcome[]): boolean {
  return outcomes.every(({ kind }) => kind !== 'failed');
}

async function isSent(letter: Parameters<DeadLetters['send']>[0][number], deadLetters: DeadLetters) {
  const [confirmation] = await deadLetters.send([letter], { deadlineMs: Number.POSITIVE_INFINITY });
  return confirmation?.kind === 'kept';
}
