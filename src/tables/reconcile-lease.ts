/**
 * The lease of the reconcile: one item with the owner and the expiry of a run. It only avoids the wasted work
 * of two runs at once; no promise depends on it. An aborted run blocks the next one until its lease expires.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { reconcileLeaseTable as schema } from './schema.ts';

export interface ReconcileLease {
  /** Succeeds if the lease is free or has expired, and extends it if `owner` holds it already. */
  take(term: {
    readonly owner: string;
    readonly nowMs: number;
    readonly lengthMs: number;
  }): Promise<LeaseAnswer>;
  /** Does nothing if `owner` no longer holds it. */
  release(owner: string): Promise<void>;
}

export type LeaseAnswer =
  | { readonly kind: 'taken' }
  /** Another owner holds the lease. Undefined if the item lacks the attribute, or was deleted meanwhile. */
  | { readonly kind: 'held'; readonly owner: string | undefined; readonly expiresAtMs: number | undefined };

/** The one item of the table. */
const LEASE = 'reconcile';

const conditions = {
  free: 'attribute_not_exists(#lease)',
  expired: '#expiresAt <= :now',
  own: '#owner = :owner',
};

export function createReconcileLease(
  client: DynamoDBClient,
  { tableName }: { readonly tableName: string },
): ReconcileLease {
  const key = { [schema.partitionKey]: { S: LEASE } };
  return {
    async take({ owner, nowMs, lengthMs }) {
      // Whole seconds for the TTL, rounded down so that it never lasts longer than asked.
      const expiresAtSeconds = Math.floor((nowMs + lengthMs) / 1000);
      try {
        await client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: {
              ...key,
              [schema.owner]: { S: owner },
              [schema.expiresAt]: { N: String(expiresAtSeconds) },
            },
            ConditionExpression: `${conditions.free} OR ${conditions.expired} OR ${conditions.own}`,
            ExpressionAttributeNames: {
              '#lease': schema.partitionKey,
              '#expiresAt': schema.expiresAt,
              '#owner': schema.owner,
            },
            ExpressionAttributeValues: {
              ':now': { N: String(nowMs / 1000) },
              ':owner': { S: owner },
            },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { kind: 'taken' };
      } catch (thrown) {
        if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
        const expiresAt = thrown.Item?.[schema.expiresAt]?.N;
        return {
          kind: 'held',
          owner: thrown.Item?.[schema.owner]?.S,
          expiresAtMs: expiresAt === undefined ? undefined : Number(expiresAt) * 1000,
        };
      }
    },

    async release(owner) {
      try {
        await client.send(
          new DeleteItemCommand({
            TableName: tableName,
            Key: key,
            ConditionExpression: conditions.own,
            ExpressionAttributeNames: { '#owner': schema.owner },
            ExpressionAttributeValues: { ':owner': { S: owner } },
          }),
        );
      } catch (thrown) {
        if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
      }
    },
  };
}
