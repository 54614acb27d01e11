/** Errors that make the pipe redeliver records. Their messages never contain user ids. */

export class DeadLetterFailedError extends Error {
  readonly code = 'dead-letter-failed';
  override readonly name = 'DeadLetterFailedError';

  constructor(detail: string, cause?: unknown) {
    super(`The dead-letter queue did not confirm a poison record: ${detail}. The pipe delivers it again.`, {
      cause,
    });
  }
}

export class UnexpectedEventError extends Error {
  readonly code = 'unexpected-event';
  override readonly name = 'UnexpectedEventError';

  constructor(found: string) {
    super(
      `Expected the array of records that EventBridge Pipes sends, found ${found}. Invoke through the pipe.`,
    );
  }
}

export class UnnameableRecordError extends Error {
  readonly code = 'unnameable-record';
  override readonly name = 'UnnameableRecordError';

  constructor(cause: unknown) {
    super(
      'A failed record has no eventID, so the response cannot name it; the pipe redelivers the whole batch.',
      { cause },
    );
  }
}
