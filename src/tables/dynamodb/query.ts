/** One page of all items of one partition, and where the next one begins. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { decodeKey, encodeKey, type Item, type ScannedPage, type ScannedTable } from './scan.ts';
import { TableReadError } from './table-read-error.ts';

export interface PartitionQuery {
  readonly partition: string;
  readonly consistent: boolean;
  readonly after?: string;
}

/** Not isolated from transactions that are being committed, also when it is consistent. @throws {TableReadError} */
export async function queryPage(
  client: DynamoDBClient,
  { tableName, keyNames, rowsMax, attributes }: ScannedTable,
  { partition, consistent, after }: PartitionQuery,
): Promise<ScannedPage<Item>> {
  const start = after === undefined ? undefined : decodeKey(after, keyNames);
  const names = attributes?.map((name, index) => [`#a${index}`, name] as const);
  try {
    const output = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: consistent,
        Limit: rowsMax,
        ReturnConsumedCapacity: 'TOTAL',
        KeyConditionExpression: '#partition = :partition',
        ExpressionAttributeNames: {
          '#partition': keyNames[0] ?? '',
          ...(names && Object.fromEntries(names)),
        },
        ExpressionAttributeValues: { ':partition': { S: partition } },
        ...(names && { ProjectionExpression: names.map(([placeholder]) => placeholder).join(', ') }),
        ...(start && { ExclusiveStartKey: start }),
      }),
    );
    return {
      items: output.Items ?? [],
      next: output.LastEvaluatedKey && encodeKey(output.LastEvaluatedKey, keyNames),
      readUnits: output.ConsumedCapacity?.CapacityUnits ?? 0,
    };
  } catch (thrown) {
    throw new TableReadError('Query', { tableName, thrown });
  }
}
