/** Tables for a test on an engine, empty before each case. */
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/**
 * Creates the tables, after dropping those that exist. @param tables maps each table's name to its partition
 * key and, if it has one, its sort key. All keys are strings.
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
