/** Why a record of a batch is delivered again. Messages and fields name restaurants, never users. */
import type { FavouriteKey, RestaurantId } from '../counting/favourite-event.ts';

abstract class AggregatorError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;
  readonly restaurantId: RestaurantId | undefined;

  constructor(message: string, o: { readonly restaurantId?: RestaurantId; readonly cause?: unknown } = {}) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause });
    this.name = new.target.name;
    this.restaurantId = o.restaurantId;
  }
}

export class OutOfTimeError extends AggregatorError {
  readonly code = 'out-of-time';
  readonly retryable = true;

  constructor({ restaurantId }: FavouriteKey) {
    super('The invocation ran out of time before this favourite committed; the pipe delivers it again.', {
      restaurantId,
    });
  }
}

export class CommitFailedError extends AggregatorError {
  readonly code = 'commit-failed';
  readonly retryable = true;

  constructor({ restaurantId }: FavouriteKey, { cause }: { readonly cause: Error }) {
    super(
      `The counts of restaurant ${restaurantId} could not be committed: ${cause.message}. The pipe delivers the record again and, ` +
        'if that never succeeds, keeps its range as a dead letter; reconcile repairs a damaged row.',
      { restaurantId, cause },
    );
  }
}

export class DeadLetterFailedError extends AggregatorError {
  readonly code = 'dead-letter-failed';
  readonly retryable = true;

  constructor(detail: string, cause?: unknown) {
    super(
      `A poison record was not confirmed by the dead-letter queue: ${detail}. The pipe delivers it again.`,
      {
        cause,
      },
    );
  }
}

export class UnexpectedEventError extends AggregatorError {
  readonly code = 'unexpected-event';
  readonly retryable = false;

  constructor(found: string) {
    super(
      `Expected the JSON array of records that EventBridge Pipes sends, found ${found}. Invoke through the pipe.`,
    );
  }
}

export class UnnameableRecordError extends AggregatorError {
  readonly code = 'unnameable-record';
  readonly retryable = true;

  constructor(cause: unknown) {
    super(
      'A record that failed has no eventID, so no answer can name it; the whole batch is delivered again.',
      {
        cause,
      },
    );
  }
}
