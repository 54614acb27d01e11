/** A write that DynamoDB or the network did not answer, without what its error carries along: keys, and in them user ids. */
import { isFinal } from './table-read-error.ts';

export class TableWriteError extends Error {
  readonly code = 'table-write';
  readonly retryable: boolean;
  /** The name of the error that was answered. */
  override readonly cause: string;

  constructor(
    operation: string,
    { tableName, thrown }: { readonly tableName: string; readonly thrown: unknown },
  ) {
    const cause = thrown instanceof Error ? thrown.name : typeof thrown;
    super(
      `${operation} in table ${tableName} failed: ${cause}. It may have been done all the same. What was throttled or ` +
        'cut off succeeds when it is sent again; what is denied or not found needs the role or the table mended.',
    );
    this.cause = cause;
    this.retryable = !isFinal(cause);
    this.name = 'TableWriteError';
  }
}
