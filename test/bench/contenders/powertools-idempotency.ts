/**
 * Contender (c): Powertools Idempotency for each record, then one `ADD` for each window. This is what people
 * do who want their counts exact: Powertools for AWS Lambda (TypeScript), "Idempotency", "Batch integration"
 * (https://docs.powertools.aws.dev/lambda/typescript/latest/features/idempotency/), with its DynamoDB table
 * and its batch processor, which runs all records of a batch in parallel. `eventID` is the same for every
 * delivery of a record.
 */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { changeOf } from './favourite-change.ts';

const client = new DynamoDBClient({});
const TableName = process.env['COUNTS_TABLE'];

const processor = new BatchProcessor(EventType.DynamoDBStreams);
const config = new IdempotencyConfig({ eventKeyJmesPath: 'eventID' });
const countOnce = makeIdempotent(count, {
  persistenceStore: new DynamoDBPersistenceLayer({ tableName: process.env['IDEMPOTENCY_TABLE'] ?? '' }),
  config,
});

export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  config.registerLambdaContext(context);
  return processPartialResponse(event, countOnce, processor, { context });
}

async function count(record: DynamoDBRecord): Promise<boolean> {
  const { restaurantId, delta, windows } = changeOf(record);
  await Promise.all(
    windows.map((window) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { restaurant_id: { S: restaurantId }, time_window: { S: window } },
          UpdateExpression: 'SET updated_at = :now, ranking_key = :window ADD favourite_count :delta',
          ExpressionAttributeValues: {
            ':now': { S: new Date().toISOString() },
            ':window': { S: window },
            ':delta': { N: String(delta) },
          },
        }),
      ),
    ),
  );
  return true;
}
