/** One page of a parallel scan, eventually consistent, and where the next one begins. */
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { orReadError } from './errors.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

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

export interface ScannedTable {
  readonly tableName: string;
  /** Partition key, and sort key if there is one. Both are text. */
  readonly keyNames: readonly string[];
  /** The only attributes to return; it saves transfer, not read units. */
  readonly attributes?: readonly string[];
}

/** Rows of one page: about 300 KB, so that memory stays flat and a step can stop within a second. */
const PAGE_ROWS = 2_000;

/** @throws {TableReadError} */
export async function scanPage<T>(
  client: DynamoDBClient,
  table: ScannedTable,
  { segment, totalSegments, after }: ScanPosition,
  read: (item: Item) => T,
): Promise<ScannedPage<T>> {
  const command = new ScanCommand({
    ...pageRequest(table, after),
    // A scan of one segment is a whole scan: the engine need not ask of each row whether it is in the segment.
    ...(totalSegments > 1 && { Segment: segment, TotalSegments: totalSegments }),
  });
  return pageOf(table, await orReadError('Scan', table.tableName, () => client.send(command)), read);
}

export function pageRequest({ tableName, keyNames, attributes }: ScannedTable, after: string | undefined) {
  return {
    TableName: tableName,
    Limit: PAGE_ROWS,
    ReturnConsumedCapacity: 'TOTAL' as const,
    ...(after !== undefined && { ExclusiveStartKey: decodeKey(after, keyNames) }),
    ...(attributes && projectionOf(attributes)),
  };
}

export function pageOf<T>(
  { keyNames }: ScannedTable,
  output: {
    readonly Items?: readonly Item[] | undefined;
    readonly LastEvaluatedKey?: Item | undefined;
    readonly ConsumedCapacity?: { readonly CapacityUnits?: number | undefined } | undefined;
  },
  read: (item: Item) => T,
): ScannedPage<T> {
  return {
    items: (output.Items ?? []).map(read),
    next: output.LastEvaluatedKey && encodeKey(output.LastEvaluatedKey, keyNames),
    readUnits: output.ConsumedCapacity?.CapacityUnits ?? 0,
  };
}

/** By placeholders, for some names are reserved words. */
export function projectionOf(attributes: readonly string[]) {
  const names = attributes.map((name, index) => [`#a${index}`, name] as const);
  return {
    ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names),
  };
}

/** Base64 bounds its length: JSON would make six characters of a control character. */
function encodeKey(key: Item, keyNames: readonly string[]): string {
  return keyNames.map((name) => Buffer.from(key[name]?.S ?? '', 'utf8').toString('base64url')).join('.');
}

function decodeKey(text: string, keyNames: readonly string[]): Record<string, AttributeValue> {
  const parts = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  if (parts.length !== keyNames.length || parts.includes('')) {
    throw new Error('cursor belongs to another table; start the segment anew, without a cursor');
  }
  return Object.fromEntries(keyNames.map((name, index) => [name, { S: parts[index] ?? '' }]));
}
