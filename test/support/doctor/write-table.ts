/** Writes a table with rows to an engine. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type DynamoDBClient,
  type ScalarAttributeType,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb';
import type { ShapeTable } from './shape-tables.ts';

/** A request takes at most 25 writes (Service quotas, "BatchWriteItem"). */
const BATCH_MAX = 25;

export async function writeTable(
  client: DynamoDBClient,
  tableName: string,
  { key, items }: ShapeTable,
  { viewType }: { readonly viewType?: StreamViewType } = { viewType: 'NEW_AND_OLD_IMAGES' },
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      AttributeDefinitions: key.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type as ScalarAttributeType,
      })),
      KeySchema: key.map(({ name }, at) => ({ AttributeName: name, KeyType: at === 0 ? 'HASH' : 'RANGE' })),
      BillingMode: 'PAY_PER_REQUEST',
      ...(viewType && { StreamSpecification: { StreamEnabled: true, StreamViewType: viewType } }),
    }),
  );
  for (let from = 0; from < items.length; from += BATCH_MAX) {
    const puts = items.slice(from, from + BATCH_MAX).map((item) => ({
      PutRequest: { Item: item as unknown as Record<string, AttributeValue> },
    }));
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }),
    );
    if (Object.keys(UnprocessedItems).length > 0) throw new Error('the engine left writes out');
  }
}
