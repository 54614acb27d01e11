/** What DynamoDB says about a table: its key, its stream, its size, and which table it is. */
import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';

export interface TableFacts {
  readonly tableName: string;
  /** Stays the same while the table lives, and differs for another table of the same name. */
  readonly id: string;
  /** Partition key, then the sort key if there is one. */
  readonly key: readonly { readonly name: string; readonly type: string }[];
  /** Undefined if no stream is enabled. */
  readonly stream: { readonly arn: string; readonly viewType: string } | undefined;
  /** In bytes; 0 until DynamoDB has measured a new table, which it does about every six hours. */
  readonly sizeBytes: number;
  /** As old as the size. */
  readonly items: number;
}

export type DescribeTable = (tableName: string) => Promise<TableFacts>;

export function createDescribeTable(client: DynamoDBClient): DescribeTable {
  return async (tableName) => {
    const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return {
      tableName,
      id: idOf(Table),
      key: keyOf(Table),
      stream: streamOf(Table),
      sizeBytes: Table.TableSizeBytes ?? 0,
      items: Table.ItemCount ?? 0,
    };
  };
}

/** DynamoDB Local has no TableId. */
function idOf({ TableId, TableArn, CreationDateTime }: TableDescription): string {
  return TableId ?? `${TableArn} of ${CreationDateTime?.toISOString()}`;
}

/** The partition key comes first, in whatever order DynamoDB lists the two. */
export function keyOf({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): TableFacts['key'] {
  const types = new Map(AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]));
  const partitionFirst = KeySchema.toSorted(
    (a, b) => Number(a.KeyType === 'RANGE') - Number(b.KeyType === 'RANGE'),
  );
  return partitionFirst.map(({ AttributeName: name = '' }) => ({ name, type: types.get(name) ?? '' }));
}

export function streamOf({
  StreamSpecification: stream,
  LatestStreamArn: arn,
}: TableDescription): TableFacts['stream'] {
  // DynamoDB names the latest stream also while no stream is enabled.
  if (stream?.StreamEnabled !== true || arn === undefined) return undefined;
  return { arn, viewType: stream.StreamViewType ?? '' };
}
