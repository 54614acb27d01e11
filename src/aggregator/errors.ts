/** Why records of a batch are delivered again. Messages never name users. */

export class DeadLetterFailedError extends Error {
  readonly code = 'dead-letter-failed';

  constructor(detail: string, cause?: unknown) {
    super(`The dead-letter queue did not confirm a poison record: ${detail}. The pipe delivers it again.`, {
      cause,
    });
    this.name = 'DeadLetterFailedError';
  }
}

export class UnexpectedEventError extends Error {
  readonly code = 'unexpected-event';

  constructor(found: string) {
    super(
      `Expected the JSON array of records that EventBridge Pipes sends, found ${found}. Invoke through the pipe.`,
    );
    this.name = 'UnexpectedEventError';
  }
}

export class UnnameableRecordError extends Error {
  readonly code = 'unnameable-record';

  constructor(cause: unknown) {
    super(
      'A record failed that has no eventID, so the answer cannot name it; the whole batch is delivered again.',
      { cause },
    );
    this.name = 'UnnameableRecordError';
  }
}
