/** Tables of a test on an engine, empty before each of its cases. */
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Drops those that are there. @param tables by name, the partition key and where there is one the sort key,
 * all text.
 */
export async function recreateTables(
  client: DynamoDBClient,
  tables: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const [name, keys] of Object.entries(tables)) {
    await client.send(new DeleteTableCommand({ TableName: name })).catch(() => undefined);
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
        KeySchema: keys.map((key, index) => ({
          AttributeName: key,
          KeyType: index === 0 ? 'HASH' : 'RANGE',
        })),
      }),
    );
  }
}
