/** Queries one partition: a table page by page, or the first rows of an index. */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { orReadError } from './errors.ts';
import { type Item, pageOf, pageRequest, type RowsOfTable, type ScannedPage } from './scan.ts';

export interface PartitionQuery {
  readonly partition: string;
  readonly consistent: boolean;
  /** `next` of the previous page. */
  readonly after?: string;
}

/**
 * One page of a partition. Even a consistent Query is not isolated from transactions that are being
 * committed.
 * @throws {TableReadError}
 */
export async function queryPage<T>(
  client: DynamoDBClient,
  rows: RowsOfTable<T>,
  { partition, consistent, after }: PartitionQuery,
): Promise<ScannedPage<T>> {
  const page = pageRequest(rows, after);
  const output = await send(client, {
    ...page,
    ConsistentRead: consistent,
    KeyConditionExpression: '#partition = :partition',
    ExpressionAttributeNames: { '#partition': rows.keyNames[0] ?? '', ...page.ExpressionAttributeNames },
    ExpressionAttributeValues: { ':partition': { S: partition } },
  });
  return pageOf(rows, output);
}

/**
 * The first rows of one partition of an index, in descending order of its sort key; fewer than `rowsMax` only
 * at the end of the partition. `query.ExclusiveStartKey` holds the index and table keys of the row to start
 * after; that row may be gone. Eventually consistent, like every global index.
 * @throws {TableReadError}
 */
export async function queryIndex(
  client: DynamoDBClient,
  query: QueryCommandInput,
  rowsMax: number,
): Promise<readonly Item[]> {
  const rows: Item[] = [];
  let after = query.ExclusiveStartKey;
  // A page ends at 1 MB but has at least one row, so `rowsMax` pages are enough.
  for (let page = 0; page < rowsMax && rows.length < rowsMax; page += 1) {
    const { Items, LastEvaluatedKey } = await send(client, {
      ...query,
      ScanIndexForward: false,
      Limit: rowsMax - rows.length,
      ExclusiveStartKey: after,
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
