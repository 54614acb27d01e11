/**
 * Context (e): no stream. The request that marks a favourite writes its row and its counts in one
 * transaction, 16 requests at a time. The counts are exact; but every request pays for the transaction, and a
 * conflict on a count hits a user. A request that conflicts is tried three times, with a pause.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { changeOf, inParallel } from './favourite-change.ts';

const REQUESTS_AT_ONCE = 16;
const ATTEMPTS_MAX = 3;
const PAUSE_MAX_MS = 100;

const client = new DynamoDBClient({});
const TableName = process.env['COUNTS_TABLE'];

/** Each record stands for one request of a user. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const failed: string[] = [];
  // A user waits for the answer before pressing the heart again.
  const byFavourite = Map.groupBy(Records, ({ dynamodb }) => JSON.stringify(dynamodb?.Keys));
  await inParallel([...byFavourite.values()], REQUESTS_AT_ONCE, async (ofFavourite) => {
    for (const [index, record] of ofFavourite.entries()) {
      if (await serve(record).catch(() => false)) continue;
      failed.push(...ofFavourite.slice(index).map(({ dynamodb }) => dynamodb?.SequenceNumber ?? ''));
      return;
    }
  });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function serve(record: DynamoDBRecord): Promise<boolean> {
  const TransactItems = [favouriteWrite(record), ...countWrites(record)];
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      // The favourite is marked already, or un-marked.
      if (error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed') return true;
      await pause(Math.random() * PAUSE_MAX_MS);
    }
  }
  return false;
}

function favouriteWrite({ eventName, dynamodb }: DynamoDBRecord): TransactWriteItem {
  const table = { TableName: process.env['FAVOURITES_TABLE'] };
  const key = 'restaurant_id_user_id';
  if (eventName === 'INSERT') {
    const Item = dynamodb?.NewImage as Record<string, { S: string }>;
    return { Put: { ...table, Item, ConditionExpression: `attribute_not_exists(${key})` } };
  }
  const Key = dynamodb?.Keys as Record<string, { S: string }>;
  return { Delete: { ...table, Key, ConditionExpression: `attribute_exists(${key})` } };
}

function countWrites(record: DynamoDBRecord): readonly TransactWriteItem[] {
  const { restaurantId, delta, windows } = changeOf(record);
  return windows.map((window) => ({
    Update: {
      TableName,
      Key: { restaurant_id: { S: restaurantId }, time_window: { S: window } },
      UpdateExpression: 'SET updated_at = :now, ranking_key = :window ADD favourite_count :delta',
      ExpressionAttributeValues: {
        ':now': { S: new Date().toISOString() },
        ':window': { S: window },
        ':delta': { N: String(delta) },
      },
    },
  }));
}
