/**
 * One dead letter: what it holds is applied through the aggregator's own code path, in the stream's order or not
 * (I2). `committed` is said only when every record of it is in the registers, was stale, or has a letter of its own.
 */
import { aggregateBatch, type BatchContext, newBatchCounters } from '../../aggregator/aggregate-batch.ts';
import type { DeadLetter } from '../../dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../dead-letters/dead-letter-queue.ts';
import { type DeadLetterRange, readRedrivable } from '../../dead-letters/redrivable.ts';
import type { FavouritesStream } from '../../tables/favourites-stream.ts';

export interface RedriveLetterContext extends Omit<BatchContext, 'counters'> {
  readonly stream: FavouritesStream;
  /**
   * Whether a letter goes whose range has partly left the stream: only when the rest of this run repairs what
   * nobody can read again.
   */
  readonly isLossRepaired: boolean;
}

export interface LetterOutcome {
  /** `unfinished`: time was up. `left`: it failed, and may succeed another time. `stuck`: not without other code. */
  readonly kind: 'committed' | 'unfinished' | 'left' | 'stuck';
  /** Why it is not committed; no user id. */
  readonly reason: string;
  /** The stream no longer held all of its range. */
  readonly isExpired: boolean;
  readonly writeUnits: number;
}

/** Never throws for what a letter holds, nor for what AWS answers. */
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
        : outcome('stuck', `it can still not be applied: ${rejection.reason}, ${rejection.detail}`);
    }
    await applyRange(content.range);
    if (isExpired && !context.isLossRepaired) {
      return outcome(
        'stuck',
        'its range has left the stream, in part or whole: a run of mode repair restores it',
      );
    }
    await keepPoison();
    return outcome('committed');
  } catch (thrown) {
    if (context.clock.nowMs() >= context.deadlineMs) return outcome('unfinished', 'time was up');
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

  /** @throws the first failure, when all is settled: nothing may be under way when the letter's fate is decided. */
  async function apply(records: readonly unknown[]): Promise<void> {
    if (records.length === 0) return;
    const batch = aggregateBatch(records.length, { ...context, counters, deadLetters: collectInto(poison) });
    const settled = await Promise.allSettled(records.map((record) => batch.add(record)));
    const failure = settled.find((one) => one.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /**
   * Records of the range that can never be applied get letters of their own, once all else is committed: a range
   * that is tried again and again would fill the queue with them.
   */
  async function keepPoison(): Promise<void> {
    const confirmations = await context.deadLetters.send(poison, { deadlineMs: context.deadlineMs });
    const failure = confirmations.find(({ kind }) => kind === 'failed');
    if (failure?.kind === 'failed') {
      throw new Error(`A poison record of the range was not confirmed by the queue: ${failure.detail}`);
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

/** A shard or stream that is not there any more: its last record is older than a day. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'ResourceNotFoundException';
}
