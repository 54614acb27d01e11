/**
 * Errors of requests to DynamoDB. Each keeps only the name of the SDK's error, as its `cause`: the rest of an
 * SDK error carries keys and items, and with them user ids.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/**
 * Errors that a retry cannot fix (DynamoDB API reference, common errors and TransactWriteItems). `refused`:
 * only this request fails. `denied`: every request fails, because a table or a permission is missing. All
 * other errors are transient.
 */
const finalErrors: ReadonlyMap<string, 'refused' | 'denied'> = new Map([
  ['ValidationException', 'refused'],
  ['ItemCollectionSizeLimitExceededException', 'refused'],
  ['AccessDeniedException', 'denied'],
  ['ResourceNotFoundException', 'denied'],
  ['UnrecognizedClientException', 'denied'],
]);

export function severityOf(errorName: string): 'transient' | 'refused' | 'denied' {
  return finalErrors.get(errorName) ?? 'transient';
}

function errorNameOf(thrown: unknown): string {
  if (thrown instanceof TransactionError) return thrown.cause;
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

interface FailedRequest {
  readonly tableName: string;
  readonly thrown: unknown;
}

abstract class TableError extends Error {
  abstract readonly code: string;
  readonly retryable: boolean;
  override readonly cause: string;

  constructor(operation: string, { tableName, thrown }: FailedRequest) {
    const cause = errorNameOf(thrown);
    super(
      `${operation} in table ${tableName} failed: ${cause}. If it was throttled or timed out, retry it; a ` +
        'write that timed out may have succeeded. If it was denied or not found, fix the role or the table.',
    );
    this.cause = cause;
    this.retryable = severityOf(cause) === 'transient';
  }
}

export class TableReadError extends TableError {
  readonly code = 'table-read';
  /** The state machine matches errors by name, and retries only the first of these two. */
  override readonly name = this.retryable ? 'TableReadError' : 'TableDeniedError';
}

/**
 * Lets a long step end here and keep what it has done: undefined if the read failed, but may succeed later.
 * @throws every other error, and any error if the step has done nothing yet
 */
export async function orStopHere<T>(read: Promise<T>, hasDone: boolean): Promise<T | undefined> {
  try {
    return await read;
  } catch (thrown) {
    if (hasDone && thrown instanceof TableReadError && thrown.retryable) return undefined;
    throw thrown;
  }
}

export class TableWriteError extends TableError {
  readonly code = 'table-write';
  override readonly name = 'TableWriteError';
}

/** A transaction did not commit, or may not have. The message names the cancellation reasons, each once. */
export class TransactionError extends Error {
  readonly code = 'transaction';
  override readonly name = 'TransactionError';
  override readonly cause: string;

  constructor(thrown: unknown) {
    const cause = errorNameOf(thrown);
    const reasons = thrown instanceof TransactionCanceledException ? (thrown.CancellationReasons ?? []) : [];
    const codes = new Set(reasons.map(({ Code }) => Code ?? 'None'));
    super(codes.size === 0 ? cause : `${cause} (${[...codes].join(', ')})`);
    this.cause = cause;
  }
}

/** @throws {TableReadError} for every error of the request. */
export async function orReadError<T>(
  operation: string,
  tableName: string,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    throw new TableReadError(operation, { tableName, thrown });
  }
}
