/**
 * Applies the records of one dead letter with the aggregator's code, in any order (I2). A dead letter is
 * `committed` only when every record is in the registers, was stale, or has a dead letter of its own (I5).
 */
import { aggregateBatch, type BatchContext, newBatchCounters } from '../../aggregator/aggregate-batch.ts';
import type { DeadLetter } from '../../dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../dead-letters/dead-letter-queue.ts';
import { type DeadLetterRange, readRedrivable } from '../../dead-letters/redrivable.ts';
import type { FavouritesStream } from '../../tables/favourites-stream.ts';

export interface RedriveLetterContext extends Omit<BatchContext, 'counters'> {
  readonly stream: FavouritesStream;
  /**
   * True if this run also heals, which makes up for records that have left the stream. Otherwise a dead
   * letter of such records stays in the queue.
   */
  readonly isLossRepaired: boolean;
}

export interface LetterOutcome {
  /**
   * `unfinished`: the time ended. `left`: a later try may succeed. `stuck`: every try fails until the code
   * changes or a repair has run.
   */
  readonly kind: 'committed' | 'unfinished' | 'left' | 'stuck';
  /** Why it is not committed, without user ids. */
  readonly reason: string;
  /** Some records of the dead letter's range had already left the stream. */
  readonly isExpired: boolean;
  readonly writeUnits: number;
}

/** Never throws because of the content of a dead letter or an error of AWS. */
export async function redriveLetter(body: string, context: RedriveLetterContext): Promise<LetterOutcome> {
  const counters = newBatchCounters();
  const poison: DeadLetter[] = [];
  let isExpired = false;

  const outcome = (kind: LetterOutcome['kind'], reason = ''): LetterOutcome => ({
    kind,
    reason,
    isExpired,
    writeUnits: counters.writeUnits,
  });

  const content = readRedrivable(body);
  if (content.kind === 'unreadable') return outcome('stuck', content.detail);
  try {
    if (content.kind === 'record') {
      await apply([content.record]);
      const [rejection] = poison;
      return rejection === undefined
        ? outcome('committed')
        : outcome('stuck', `it still cannot be applied: ${rejection.reason}, ${rejection.detail}`);
    }
    await applyRange(content.range);
    if (isExpired && !context.isLossRepaired) {
      return outcome(
        'stuck',
        'some of its records have left the stream; start a run with mode repair, which corrects the counts',
      );
    }
    await keepPoison();
    return outcome('committed');
  } catch (thrown) {
    if (context.clock.nowMs() >= context.deadlineMs) return outcome('unfinished', 'the time ended');
    return outcome('left', thrown instanceof Error ? thrown.message : String(thrown));
  }

  async function applyRange(range: DeadLetterRange): Promise<void> {
    const signal = context.clock.timeout(context.deadlineMs - context.clock.nowMs());
    try {
      for await (const page of context.stream.read(range, { signal })) {
        isExpired ||= page.isExpired;
        await apply(page.records);
      }
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
      isExpired = true;
    }
  }

  /** @throws the first failure once every record is settled, so that nothing is still under way. */
  async function apply(records: readonly unknown[]): Promise<void> {
    if (records.length === 0) return;
    const batch = aggregateBatch(records.length, { ...context, counters, deadLetters: collectInto(poison) });
    const settled = await Promise.allSettled(records.map((record) => batch.add(record)));
    const failure = settled.find((one) => one.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /**
   * Sends the poison records to the queue, once the rest of the range is committed: otherwise every retry of
   * the range would send them again.
   */
  async function keepPoison(): Promise<void> {
    const confirmations = await context.deadLetters.send(poison, { deadlineMs: context.deadlineMs });
    const failure = confirmations.find(({ kind }) => kind === 'failed');
    if (failure?.kind === 'failed') {
      throw new Error(`the queue did not confirm the dead letter of a poison record: ${failure.detail}`);
    }
  }
}

function collectInto(poison: DeadLetter[]): DeadLetters {
  return {
    send: (letters) => {
      poison.push(...letters);
      return Promise.resolve(letters.map(() => ({ kind: 'kept' as const })));
    },
  };
}

/** The shard or stream no longer exists: its last record is older than a day. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'ResourceNotFoundException';
}
