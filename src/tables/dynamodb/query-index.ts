/** The first rows of one partition of an index, in descending order of its sort key. Indexes are eventually consistent. */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import type { Item } from './scan.ts';
import { TableReadError } from './table-read-error.ts';

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
  /** The keys of index and table of the row to begin behind. It need not be there any more: it only names a place. */
  readonly after?: Item;
}

/** Fewer than `rowsMax` only at the end of the partition. @throws {TableReadError} */
export async function queryIndex(client: DynamoDBClient, query: IndexQuery): Promise<readonly Item[]> {
  const rows: Item[] = [];
  let after: QueryCommandInput['ExclusiveStartKey'] = query.after;
  // DynamoDB ends a page at 1 MB, but not before its first row.
  for (let page = 0; page < query.rowsMax && rows.length < query.rowsMax; page += 1) {
    const { items, next } = await readPage(client, query, { after, rowsMax: query.rowsMax - rows.length });
    rows.push(...items);
    if (next === undefined) break;
    after = next;
  }
  return rows;
}

async function readPage(
  client: DynamoDBClient,
  query: IndexQuery,
  { after, rowsMax }: { readonly after: QueryCommandInput['ExclusiveStartKey']; readonly rowsMax: number },
) {
  try {
    const output = await client.send(
      new QueryCommand({
        TableName: query.tableName,
        IndexName: query.indexName,
        KeyConditionExpression: query.condition,
        ExpressionAttributeNames: query.names,
        ExpressionAttributeValues: query.values,
        ScanIndexForward: false,
        Limit: rowsMax,
        ...(query.projection !== undefined && { ProjectionExpression: query.projection }),
        ...(after && { ExclusiveStartKey: after }),
      }),
    );
    return { items: output.Items ?? [], next: output.LastEvaluatedKey };
  } catch (thrown) {
    throw new TableReadError('Query', { tableName: query.tableName, thrown });
  }
}
