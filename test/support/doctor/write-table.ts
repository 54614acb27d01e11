/** Writes a table with rows to an engine. */
import {
  type AttributeValue,
  CreateTableCommand,
  type DynamoDBClient,
  type ScalarAttributeType,
  type StreamViewType,
  TransactWriteItemsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import type { ShapeTable } from './shape-tables.ts';

/** In one transaction, which is faster than single writes. DynamoDB allows at most 100 actions. */
const ACTIONS_MAX = 100;

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
    }),
  );
  for (let from = 0; from < items.length; from += ACTIONS_MAX) {
    const puts = items.slice(from, from + ACTIONS_MAX).map((item) => ({
      Put: { TableName: tableName, Item: item as unknown as Record<string, AttributeValue> },
    }));
    await client.send(new TransactWriteItemsCommand({ TransactItems: puts }));
  }
  if (viewType === undefined) return;
  // Enabled last, because DynamoDB Local gets slower with each record in its streams.
  const StreamSpecification = { StreamEnabled: true, StreamViewType: viewType };
  await client.send(new UpdateTableCommand({ TableName: tableName, StreamSpecification }));
}
