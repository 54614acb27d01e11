/**
 * What DynamoDB or the network answered, by the name of its error: the `cause` of each error here. Nothing
 * else of the SDK's errors is kept, because they carry keys and items, and in them user ids.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/**
 * Errors that sending again cannot mend (DynamoDB API reference, common errors and TransactWriteItems):
 * `refused` is this request, `denied` is every request, because a table or a permission is missing. All
 * others are transient.
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
      `${operation} in table ${tableName} failed: ${cause}. If it was throttled or cut off, send it again; ` +
        'a write that was cut off may have succeeded. If it was denied or not found, mend role or table.',
    );
    this.cause = cause;
    this.retryable = severityOf(cause) === 'transient';
  }
}

export class TableReadError extends TableError {
  readonly code = 'table-read';
  /** The state machine knows an error by its name, and calls again after the first. */
  override readonly name = this.retryable ? 'TableReadError' : 'TableDeniedError';
}

export class TableWriteError extends TableError {
  readonly code = 'table-write';
  override readonly name = 'TableWriteError';
}

/**
 * Why a transaction did not commit, or may not have. Its message names the cancellation reasons, each once.
 */
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

/** @throws {TableReadError} for whatever the request throws. */
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
