/** Sends one TransactWriteItems. An error of DynamoDB or the network is returned, not thrown. */
import { randomUUID } from 'node:crypto';
import {
  type CancellationReason,
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { severityOf, TransactionError } from './errors.ts';
import type { Item } from './scan.ts';

/** `Was` is the item whose condition failed, or what the caller parses from it. */
export type TransactionAnswer<Was = Item> =
  | { readonly kind: 'committed'; readonly writeUnits: number }
  /** Nothing is written. One reason per action, in order; empty if DynamoDB gives none. */
  | { readonly kind: 'cancelled'; readonly reasons: readonly ActionReason<Was>[]; readonly error: Error }
  /** Throttled, in progress, or of unknown outcome: the same transaction may be sent again. */
  | { readonly kind: 'transient'; readonly error: Error }
  /** Rejected as a whole. The same transaction would be rejected again; a part of it might succeed. */
  | { readonly kind: 'refused'; readonly error: Error }
  /** Every transaction would be rejected: a table or a permission is missing. */
  | { readonly kind: 'denied'; readonly error: Error };

export type ActionReason<Was> =
  | { readonly kind: 'none' }
  /** Undefined if there is no item, or if the action does not return it. */
  | { readonly kind: 'condition-failed'; readonly was: Was | undefined }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'throttled' }
  /** This action fails however often it is sent, such as an ADD to a damaged count. */
  | { readonly kind: 'refused' };

/**
 * The attempts of the SDK share one ClientRequestToken.
 * @param signal aborts the request; as after any lost answer, the transaction may or may not have committed.
 */
export async function transact(
  client: DynamoDBClient,
  actions: TransactWriteItem[],
  signal?: AbortSignal,
): Promise<TransactionAnswer> {
  const command = new TransactWriteItemsCommand({
    TransactItems: actions,
    ClientRequestToken: randomUUID(),
    ReturnConsumedCapacity: 'TOTAL',
  });
  try {
    const { ConsumedCapacity = [] } = await client.send(command, signal ? { abortSignal: signal } : {});
    const writeUnits = ConsumedCapacity.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    return { kind: 'committed', writeUnits };
  } catch (thrown) {
    const error = new TransactionError(thrown);
    if (!(thrown instanceof TransactionCanceledException)) return { kind: severityOf(error.cause), error };
    return { kind: 'cancelled', reasons: (thrown.CancellationReasons ?? []).map(reasonOf), error };
  }
}

function reasonOf({ Code, Item }: CancellationReason): ActionReason<Item> {
  switch (Code) {
    case undefined:
    case 'None':
      return { kind: 'none' };
    case 'ConditionalCheckFailed':
      return { kind: 'condition-failed', was: isEmpty(Item) ? undefined : Item };
    case 'TransactionConflict':
      return { kind: 'conflict' };
    case 'ThrottlingError':
    case 'ProvisionedThroughputExceeded':
      return { kind: 'throttled' };
    default:
      return { kind: 'refused' };
  }
}

function isEmpty(item: object | undefined): boolean {
  return item === undefined || Object.keys(item).length === 0;
}
