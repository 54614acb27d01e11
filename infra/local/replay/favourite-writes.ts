/** Writes marks and un-marks to Favourites as an application does. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { favouritesTable } from '../../../src/tables/schema.ts';
import type { RunTables } from '../local-run.ts';
import type { ReplayEvent } from './replay-file.ts';

/** Maximum of one TransactWriteItems (DynamoDB quotas). */
export const TRANSACTION_ACTIONS_MAX = 100;
/** About 20 s with the delays below. If the engine rejects writes for longer, retries do not help. */
const ATTEMPTS_MAX = 12;
const RETRY_DELAY_FIRST_MS = 20;
const RETRY_DELAY_MAX_MS = 3_000;

/** The part of a local run that a writer needs. */
export interface FavouritesWriter {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly tables: Pick<RunTables, 'favourites'>;
}

/**
 * Writes events of different favourites in one transaction, because a local engine flushes its disk once per
 * transaction, but once per item of a BatchWriteItem. An existing mark stays unchanged, because `created_at`
 * of a row never changes.
 * @param events at most 100
 * @returns the events without the marks that already existed
 */
export async function writeTransaction(
  { dynamoDb, tables: { favourites: table } }: FavouritesWriter,
  events: readonly ReplayEvent[],
): Promise<readonly ReplayEvent[]> {
  let rest = events;
  for (let failures = 0; rest.length > 0; ) {
    const TransactItems = rest.map((event) => writeAction(event, table));
    try {
      await dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }));
      return rest;
    } catch (cause) {
      // The SDK retries all other errors, also when the whole request is throttled.
      if (!(cause instanceof TransactionCanceledException)) throw cause;
      const { CancellationReasons: reasons = [] } = cause;
      const others = rest.filter((_, index) => reasons[index]?.Code !== 'ConditionalCheckFailed');
      if (others.length === rest.length) {
        failures += 1;
        if (failures === ATTEMPTS_MAX) throw tooManyFailures(table, cause);
        await delay(Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_FIRST_MS * 2 ** failures));
      }
      rest = others;
    }
  }
  return rest;
}

function tooManyFailures(table: string, cause: unknown): Error {
  const remedy = 'give the table more write capacity or write fewer events a second';
  return new Error(`DynamoDB cancelled a write to ${table} ${ATTEMPTS_MAX} times in a row; ${remedy}.`, {
    cause,
  });
}

export function favouriteKey({ restaurantId, userId }: Pick<ReplayEvent, 'restaurantId' | 'userId'>): string {
  return `${restaurantId}#${userId}`;
}

export function favouriteItem(event: Omit<ReplayEvent, 'kind'>): Record<string, AttributeValue> {
  return {
    [favouritesTable.partitionKey]: { S: favouriteKey(event) },
    [favouritesTable.restaurantId]: { S: event.restaurantId },
    [favouritesTable.userId]: { S: event.userId },
    [favouritesTable.createdAt]: { S: event.createdAt },
  };
}

function writeAction(event: ReplayEvent, TableName: string): TransactWriteItem {
  const { partitionKey } = favouritesTable;
  if (event.kind === 'un-mark') {
    return { Delete: { TableName, Key: { [partitionKey]: { S: favouriteKey(event) } } } };
  }
  return {
    Put: {
      TableName,
      Item: favouriteItem(event),
      ConditionExpression: 'attribute_not_exists(#key)',
      ExpressionAttributeNames: { '#key': partitionKey },
    },
  };
}
