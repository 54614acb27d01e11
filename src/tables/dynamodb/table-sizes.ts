/** How large a table is. DynamoDB measures it about every six hours (API reference, TableDescription). */
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** In bytes; 0 until DynamoDB has measured a new table for the first time. */
export type TableSizeOf = (tableName: string) => Promise<number>;

export function createTableSizes(client: DynamoDBClient): TableSizeOf {
  return async (tableName) => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return Table?.TableSizeBytes ?? 0;
  };
}
