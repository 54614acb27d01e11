/** A read that DynamoDB or the network did not answer, without what its error carries along: keys, and in them user ids. */
export class TableReadError extends Error {
  readonly code = 'table-read';
  readonly retryable: boolean;
  /** The name of the error that was answered. */
  override readonly cause: string;

  constructor(
    operation: string,
    { tableName, thrown }: { readonly tableName: string; readonly thrown: unknown },
  ) {
    const cause = thrown instanceof Error ? thrown.name : typeof thrown;
    super(
      `${operation} of table ${tableName} failed: ${cause}. What was throttled or cut off succeeds when it is ` +
        'called again; what is denied or not found needs the role or the table mended.',
    );
    this.cause = cause;
    this.retryable = !isFinal(cause);
    // The workflow knows an error by its name, and calls again for the first.
    this.name = this.retryable ? 'TableReadError' : 'TableDeniedError';
  }
}

/** Errors that calling again cannot mend (DynamoDB API reference, common errors). */
const FINAL = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
]);

export function isFinal(cause: string): boolean {
  return FINAL.has(cause);
}
