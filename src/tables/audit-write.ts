/** One transaction of the audit, and its answer as a value. */
import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { AuditWriteAnswer } from './audit-store.ts';

/** The audit may not write: a table or a permission is missing, and no other transaction would be taken. */
export class AuditWriteError extends Error {
  readonly code = 'audit-write';
  readonly retryable = false;
  /** The name of the error that was answered. */
  override readonly cause: string;

  constructor({ tableName, cause }: { readonly tableName: string; readonly cause: string }) {
    super(
      `A correction of table ${tableName} was denied: ${cause}. The table, and a role that may write it in ` +
        'transactions, were expected: deploy the stack again.',
    );
    this.name = 'AuditWriteError';
    this.cause = cause;
  }
}

/** Errors that sending again cannot mend (DynamoDB API reference, TransactWriteItems); all others are transient. */
const DENIED = new Set(['AccessDeniedException', 'ResourceNotFoundException', 'UnrecognizedClientException']);
/** Cancellation reasons of which the next reading may be free. */
const PASSING = new Set([
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** @throws {AuditWriteError} when no transaction would be taken. */
export async function writeTransaction(
  client: DynamoDBClient,
  { tableName, actions }: { readonly tableName: string; readonly actions: TransactWriteItem[] },
): Promise<AuditWriteAnswer> {
  try {
    const output = await client.send(
      new TransactWriteItemsCommand({ TransactItems: actions, ReturnConsumedCapacity: 'TOTAL' }),
    );
    const units = (output.ConsumedCapacity ?? []).map(({ CapacityUnits = 0 }) => CapacityUnits);
    return { kind: 'committed', writeUnits: units.reduce((sum, some) => sum + some, 0) };
  } catch (thrown) {
    if (thrown instanceof TransactionCanceledException) return cancelledFor(thrown);
    const cause = thrown instanceof Error ? thrown.name : typeof thrown;
    if (DENIED.has(cause)) throw new AuditWriteError({ tableName, cause });
    return { kind: cause === 'ValidationException' ? 'refused' : 'unknown' };
  }
}

/** Cancelled for reasons that are not told, it is worth another try: nothing was written. */
function cancelledFor({ CancellationReasons: reasons = [] }: TransactionCanceledException): AuditWriteAnswer {
  const codes = reasons.map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
  return { kind: codes.every((code) => PASSING.has(code)) ? 'overtaken' : 'refused' };
}
