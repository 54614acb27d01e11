/**
 * What DynamoDB or the network answered, by the name of its error, the `cause` of each error here. The SDK's errors
 * carry keys and items, and in them user ids: none of that is kept.
 */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/**
 * Errors that sending again cannot mend (DynamoDB API reference, common errors and TransactWriteItems): `refused`
 * is this request, `denied` is every request, for a table or a permission is missing. All others are transient.
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

/** The name of the error that DynamoDB or the network answered. */
function errorNameOf(thrown: unknown): string {
  if (thrown instanceof TransactionError) return thrown.cause;
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

interface FailedRequest {
  readonly tableName: string;
  readonly thrown: unknown;
}

const ADVICE =
  'Send it again if it was throttled or cut off; mend the role or the table if it was denied or not found.';

export class TableReadError extends Error {
  readonly code = 'table-read';
  readonly retryable: boolean;
  override readonly cause: string;

  constructor(operation: string, { tableName, thrown }: FailedRequest) {
    const cause = errorNameOf(thrown);
    super(`${operation} of table ${tableName} failed: ${cause}. ${ADVICE}`);
    this.cause = cause;
    this.retryable = severityOf(cause) === 'transient';
    // The state machine knows an error by its name, and calls again after the first.
    this.name = this.retryable ? 'TableReadError' : 'TableDeniedError';
  }
}

export class TableWriteError extends Error {
  readonly code = 'table-write';
  readonly retryable: boolean;
  override readonly cause: string;

  constructor(operation: string, { tableName, thrown }: FailedRequest) {
    const cause = errorNameOf(thrown);
    super(
      `${operation} in table ${tableName} failed: ${cause}. It may have succeeded all the same. ${ADVICE}`,
    );
    this.cause = cause;
    this.retryable = severityOf(cause) === 'transient';
    this.name = 'TableWriteError';
  }
}

/** Why a transaction did not commit, or may not have. Its message names the cancellation reasons, each once. */
export class TransactionError extends Error {
  readonly code = 'transaction';
  override readonly cause: string;

  constructor(thrown: unknown) {
    const cause = errorNameOf(thrown);
    const reasons =
      thrown instanceof TransactionCanceledException
        ? [...new Set(thrown.CancellationReasons?.map(({ Code }) => Code ?? 'None'))].join(', ')
        : '';
    super(reasons === '' ? cause : `${cause} (${reasons})`);
    this.name = 'TransactionError';
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
