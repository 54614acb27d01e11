/**
 * Contender (a): one `ADD` for each record and window, 16 at a time. This is how the tutorials count from a
 * stream: AWS Database Blog, "Build aggregations for Amazon DynamoDB tables using Amazon DynamoDB Streams"
 * (https://aws.amazon.com/blogs/database/); A Cloud Guru, "Building aggregations with DynamoDB Streams"
 * (https://acloudguru.com/blog/engineering/building-aggregations-with-dynamodb-streams). Their loops wait for
 * each update; we send 16 at a time, and report only the failed records, which is in their favour.
 *
 * With a floor, an update asks for the new count, which is free. If the count has crossed the floor, a second
 * update puts the row into the index, or takes it out. We know no cheaper way for a counter that is updated
 * alone.
 */
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandOutput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { changeOf, inParallel } from './favourite-change.ts';
import { type Floors, floorsOf } from './ranking-setting.ts';

const UPDATES_AT_ONCE = 16;

/** The part of the SDK's client that it uses. */
interface Client {
  send(command: UpdateItemCommand): Promise<UpdateItemCommandOutput>;
}

interface Settings {
  readonly client: Client;
  readonly TableName: string | undefined;
  readonly floors: Floors;
}

interface CountUpdate {
  readonly record: string;
  readonly restaurantId: string;
  readonly window: string;
  readonly delta: 1 | -1;
  readonly floor: number | undefined;
}

export const handler = createHandler({
  client: new DynamoDBClient({}),
  TableName: process.env['COUNTS_TABLE'],
  floors: floorsOf(process.env['RANKING']),
});

export function createHandler(settings: Settings) {
  return (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => countAll(event, settings);
}

async function countAll(
  { Records }: DynamoDBStreamEvent,
  settings: Settings,
): Promise<DynamoDBBatchResponse> {
  const { floors } = settings;
  const failed = new Set<string>();
  const updates = Records.flatMap((record): readonly CountUpdate[] => {
    const { restaurantId, delta, windows } = changeOf(record);
    return windows.map((window, index) => ({
      record: record.dynamodb?.SequenceNumber ?? '',
      restaurantId,
      window,
      delta,
      floor: typeof floors === 'string' ? undefined : floors[index],
    }));
  });
  await inParallel(updates, UPDATES_AT_ONCE, async (update) => {
    try {
      await count(update, settings);
    } catch {
      failed.add(update.record);
    }
  });
  return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
}

async function count({ restaurantId, window, delta, floor }: CountUpdate, settings: Settings): Promise<void> {
  const { client, TableName, floors } = settings;
  const Key = { restaurant_id: { S: restaurantId }, time_window: { S: window } };
  const values = { ':now': { S: new Date().toISOString() }, ':delta': { N: String(delta) } };
  if (floors === 'on') {
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET updated_at = :now, ranking_key = :window ADD favourite_count :delta',
        ExpressionAttributeValues: { ...values, ':window': { S: window } },
      }),
    );
    return;
  }
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET updated_at = :now ADD favourite_count :delta',
      ExpressionAttributeValues: values,
      ...(floor !== undefined && { ReturnValues: 'UPDATED_NEW' }),
    }),
  );
  const reached = Number(Attributes?.['favourite_count']?.N);
  if (floor !== undefined && reached === (delta === 1 ? floor : floor - 1)) {
    await crossFloor(Key, { window, floor, isAbove: delta === 1 }, settings);
  }
}

async function crossFloor(
  Key: Record<string, { S: string }>,
  { window, floor, isAbove }: { readonly window: string; readonly floor: number; readonly isAbove: boolean },
  { client, TableName }: Settings,
): Promise<void> {
  const crossing = isAbove
    ? {
        UpdateExpression: 'SET ranking_key = :window',
        ConditionExpression: 'favourite_count >= :floor',
        ExpressionAttributeValues: { ':window': { S: window }, ':floor': { N: String(floor) } },
      }
    : {
        UpdateExpression: 'REMOVE ranking_key',
        ConditionExpression: 'favourite_count < :floor',
        ExpressionAttributeValues: { ':floor': { N: String(floor) } },
      };
  await client.send(new UpdateItemCommand({ TableName, Key, ...crossing })).catch((error: unknown) => {
    // Another update has crossed the floor the other way.
    if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
  });
}
