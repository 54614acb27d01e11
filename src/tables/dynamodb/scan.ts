/** One page of a parallel scan, eventually consistent, and where the next one begins. */
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { TableReadError } from './table-read-error.ts';

export interface ScanPosition {
  readonly segment: number;
  readonly totalSegments: number;
  /** `next` of the page before; absent at the start of the segment. */
  readonly after?: string;
}

export interface ScannedPage<T> {
  readonly items: readonly T[];
  /** Opaque text of at most 4.2 KB; undefined at the end of the segment. */
  readonly next: string | undefined;
  readonly readUnits: number;
}

export type Item = Readonly<Record<string, AttributeValue>>;

export interface ScannedTable {
  readonly tableName: string;
  /** Partition key, and sort key where there is one. Both are text. */
  readonly keyNames: readonly string[];
  /** Of a page; DynamoDB ends it at 1 MB in any case. */
  readonly rowsMax: number;
  /** The only attributes to return; it saves transfer, no read units. */
  readonly attributes?: readonly string[];
}

/** @throws {TableReadError} */
export async function scanPage(
  client: DynamoDBClient,
  table: ScannedTable,
  { segment, totalSegments, after }: ScanPosition,
): Promise<ScannedPage<Item>> {
  const start = after === undefined ? undefined : decodeKey(after, table.keyNames);
  const names = table.attributes?.map((name, index) => [`#a${index}`, name] as const);
  try {
    const output = await client.send(
      new ScanCommand({
        TableName: table.tableName,
        // The whole table is no segment of it: an engine need not ask each row where it belongs.
        ...(totalSegments > 1 && { Segment: segment, TotalSegments: totalSegments }),
        Limit: table.rowsMax,
        ReturnConsumedCapacity: 'TOTAL',
        ...(start && { ExclusiveStartKey: start }),
        ...(names && {
          ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
          ExpressionAttributeNames: Object.fromEntries(names),
        }),
      }),
    );
    return {
      items: output.Items ?? [],
      next: output.LastEvaluatedKey && encodeKey(output.LastEvaluatedKey, table.keyNames),
      readUnits: output.ConsumedCapacity?.CapacityUnits ?? 0,
    };
  } catch (thrown) {
    throw new TableReadError('Scan', { tableName: table.tableName, thrown });
  }
}

/** Base64 keeps it short whatever the ids hold: JSON would make six characters of a control character. */
export function encodeKey(key: Item, keyNames: readonly string[]): string {
  return keyNames.map((name) => Buffer.from(key[name]?.S ?? '', 'utf8').toString('base64url')).join('.');
}

export function decodeKey(text: string, keyNames: readonly string[]): Record<string, AttributeValue> {
  const parts = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  if (parts.length !== keyNames.length || parts.includes('')) {
    throw new Error(
      'The cursor of this step is none that a step of the same table returned: start the segment anew.',
    );
  }
  return Object.fromEntries(keyNames.map((name, index) => [name, { S: parts[index] ?? '' }]));
}
