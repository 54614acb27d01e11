/** Queries of one partition: page by page of a table, and the first rows of an index. */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { orReadError } from './errors.ts';
import { type Item, pageOf, pageRequest, type ScannedPage, type ScannedTable } from './scan.ts';

export interface PartitionQuery {
  readonly partition: string;
  readonly consistent: boolean;
  /** `next` of the page before. */
  readonly after?: string;
}

/**
 * One page of a partition. Even a consistent one is not isolated from transactions that are being committed.
 * @throws {TableReadError}
 */
export async function queryPage<T>(
  client: DynamoDBClient,
  table: ScannedTable,
  { partition, consistent, after }: PartitionQuery,
  read: (item: Item) => T,
): Promise<ScannedPage<T>> {
  const page = pageRequest(table, after);
  const output = await send(client, {
    ...page,
    ConsistentRead: consistent,
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': table.keyNames[0] ?? '', ...page.ExpressionAttributeNames },
    ExpressionAttributeValues: { ':partition': { S: partition } },
  });
  return pageOf(table, output, read);
}

export interface IndexQuery {
  readonly tableName: string;
  readonly indexName: string;
  readonly condition: string;
  /** Placeholders to the names that `condition` and `projection` use. */
  readonly names: Record<string, string>;
  readonly values: Item;
  /** The placeholders of the attributes to return; absent for all that the index holds. */
  readonly projection?: string;
  readonly rowsMax: number;
  /** The keys of index and table of the row to begin after. That row may be gone: they only name a place. */
  readonly after?: Item;
}

/**
 * The first rows of one partition of an index, in descending order of its sort key; fewer than `rowsMax` only at the
 * end of the partition. Eventually consistent, as every index. @throws {TableReadError}
 */
export async function queryIndex(client: DynamoDBClient, query: IndexQuery): Promise<readonly Item[]> {
  const rows: Item[] = [];
  let after: QueryCommandInput['ExclusiveStartKey'] = query.after;
  // DynamoDB ends a page at 1 MB, but not before its first row.
  for (let page = 0; page < query.rowsMax && rows.length < query.rowsMax; page += 1) {
    const { Items, LastEvaluatedKey } = await send(client, {
      TableName: query.tableName,
      IndexName: query.indexName,
      KeyConditionExpression: query.condition,
      ExpressionAttributeNames: query.names,
      ExpressionAttributeValues: query.values,
      ScanIndexForward: false,
      Limit: query.rowsMax - rows.length,
      ...(query.projection !== undefined && { ProjectionExpression: query.projection }),
      ...(after && { ExclusiveStartKey: after }),
    });
    rows.push(...(Items ?? []));
    if (LastEvaluatedKey === undefined) break;
    after = LastEvaluatedKey;
  }
  return rows;
}

function send(client: DynamoDBClient, input: QueryCommandInput) {
  return orReadError('Query', input.TableName ?? '', () => client.send(new QueryCommand(input)));
}
