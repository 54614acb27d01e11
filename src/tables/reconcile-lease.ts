/**
 * The lease of the reconcile: one item that says who runs and until when. It keeps a second run from wasting the
 * first one's work; no promise depends on it. A run that was aborted blocks the next until its lease expires.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { reconcileLeaseTable as schema } from './schema.ts';

export interface ReconcileLease {
  /** Taken when nobody has it, when it has expired, and when `owner` has it already: then it is extended. */
  take(o: {
    readonly owner: string;
    readonly nowMs: number;
    readonly lengthMs: number;
  }): Promise<LeaseAnswer>;
  /** Gives it back; nothing happens when somebody else has it by now, or nobody. */
  release(owner: string): Promise<void>;
}

export type LeaseAnswer =
  | { readonly kind: 'taken' }
  /** Undefined: whatever it was, it has gone since. */
  | { readonly kind: 'held'; readonly owner: string | undefined; readonly expiresAtMs: number | undefined };

/** The one item of the table. */
const LEASE = 'reconcile';

const conditions = {
  nobodyHasIt: 'attribute_not_exists(#lease)',
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
      // Whole seconds, for the TTL; never longer than asked for.
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
            ConditionExpression: `${conditions.nobodyHasIt} OR ${conditions.expired} OR ${conditions.own}`,
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
