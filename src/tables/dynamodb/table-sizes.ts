/**
 * How large a table is, as DynamoDB last measured it: about every six hours (API reference,
 * TableDescription).
 */
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** In bytes; a table that is younger than its first measurement says 0. */
export type TableSizeOf = (tableName: string) => Promise<number>;

export function createTableSizes(client: DynamoDBClient): TableSizeOf {
  return async (tableName) => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return Table?.TableSizeBytes ?? 0;
  };
}
