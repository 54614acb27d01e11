/** Tables for a test on an engine, empty before each case. */
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Drops tables that already exist. @param tables the partition key, and the sort key if there is one, of each
 * table by its name; all keys are text.
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
