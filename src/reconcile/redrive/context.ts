/** Dependencies of redrive; tests replace all of them. */
import { type BatchContext, newBatchCounters } from '../../aggregator/aggregate-batch.ts';
import type { ReceivedLetters, ReceivedLetter } from '../../dead-letters/dead-letter-queue.ts';
import type { FavouritesStream } from '../../tables/favourites-stream.ts';
import type { LookReads } from '../look/reads.ts';

export interface RedriveContext extends Omit<BatchContext, 'counters'> {
  readonly letters: ReceivedLetters;
  readonly stream: FavouritesStream;
  readonly reads: LookReads;
  /** Records of other tables' streams are not applied. */
  readonly favouritesTableArn: string;
  /** Called for every dead letter that stays. */
  readonly onLeft: (letter: ReceivedLetter, reason: string) => void;
}

export interface RedriveLetterContext extends Omit<RedriveContext, 'letters' | 'onLeft'> {
  /**
   * True if this run also heals, which makes up for records that have left the stream. Otherwise a dead
   * letter of such records stays in the queue.
   */
  readonly isLossRepaired: boolean;
}

/** What one dead letter costs, and the outcomes of its records. */
export type LetterCounters = ReturnType<typeof newLetterCounters>;

export function newLetterCounters() {
  return { ...newBatchCounters(), readUnits: 0 };
}

/** For the work on one dead letter. */
export interface LookContext extends RedriveLetterContext {
  readonly counters: LetterCounters;
}
