/**
 * Contender (b): the net change of each count in the batch, in transactions of at most 100 updates. This is
 * Deliveroo's design ("Real-Time Data Aggregation Using DynamoDB Streams",
 * https://deliveroo.engineering/2022/06/21/dynamodb-aggregation.html, "Transactional Updates" and "Lambda
 * Retry Strategy"): a batch that fails is delivered again as a whole. Their batches fit into one transaction;
 * for larger ones we send four at once, as ours does.
 */
import { DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { changeOf, inParallel } from './favourite-change.ts';

const ACTIONS_MAX = 100;
const TRANSACTIONS_AT_ONCE = 4;

const client = new DynamoDBClient({});
const TableName = process.env['COUNTS_TABLE'];

export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const deltas = new Map<string, { restaurantId: string; window: string; delta: number }>();
  for (const record of Records) {
    const { restaurantId, delta, windows } = changeOf(record);
    for (const window of windows) {
      const id = `${restaurantId} ${window}`;
      const sum = deltas.get(id);
      if (sum === undefined) deltas.set(id, { restaurantId, window, delta });
      else sum.delta += delta;
    }
  }
  const now = { S: new Date().toISOString() };
  const updates = [...deltas.values()]
    .filter(({ delta }) => delta !== 0)
    .map(({ restaurantId, window, delta }) => ({
      Update: {
        TableName,
        Key: { restaurant_id: { S: restaurantId }, time_window: { S: window } },
        UpdateExpression: 'SET updated_at = :now, ranking_key = :window ADD favourite_count :delta',
        ExpressionAttributeValues: { ':now': now, ':window': { S: window }, ':delta': { N: String(delta) } },
      },
    }));
  const transactions = Array.from({ length: Math.ceil(updates.length / ACTIONS_MAX) }, (_, index) =>
    updates.slice(index * ACTIONS_MAX, (index + 1) * ACTIONS_MAX),
  );
  await inParallel(transactions, TRANSACTIONS_AT_ONCE, async (TransactItems) => {
    await client.send(new TransactWriteItemsCommand({ TransactItems }));
  });
}
