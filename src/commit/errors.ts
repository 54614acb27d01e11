/** Errors of changes that did not commit. Messages contain restaurant ids, never the ids of rows or users. */
import type { RegisterKey } from '../counting/register-key.ts';

export class OutOfTimeError extends Error {
  readonly code = 'out-of-time';
  override readonly name = 'OutOfTimeError';

  constructor() {
    super('The invocation ran out of time before this favourite committed; the next invocation retries it.');
  }
}

export class CommitFailedError extends Error {
  readonly code = 'commit-failed';
  override readonly name = 'CommitFailedError';

  constructor({ restaurantId }: RegisterKey, { cause }: { readonly cause: Error }) {
    super(
      `The counts of restaurant ${restaurantId} could not be committed: ${cause.message}. ` +
        'If it fails every time, a row is damaged: run reconcile with mode repair.',
      { cause },
    );
  }
}
