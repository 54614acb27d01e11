/** One page of a parallel scan, eventually consistent, and where the next one begins. */
import {
  type AttributeValue,
  type DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { plainNumber } from '../../counting/source/number-text.ts';
import { orReadError } from './errors.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** How the items of a table are read. */
export interface Rows<T> {
  /** Partition key, and sort key if there is one. Each is text or a number. */
  readonly keyNames: readonly string[];
  /** The attributes to return; if absent, all. Fewer attributes save transfer, not read units. */
  readonly attributes?: readonly string[];
  readonly read: (item: Item) => T;
}

export interface RowsOfTable<T> extends Rows<T> {
  readonly tableName: string;
}

export interface ScanPosition {
  readonly segment: number;
  readonly totalSegments: number;
  /** `next` of the previous page; absent at the start of the segment. */
  readonly after?: string;
}

export interface ScannedPage<T> {
  readonly items: readonly T[];
  /** Opaque text of at most 4.2 KB; undefined at the end of the segment. */
  readonly next: string | undefined;
  readonly readUnits: number;
}

/** Rows of one page: about 300 KB, so that memory stays flat and a step can stop within a second. */
const PAGE_ROWS = 2_000;

/** @throws {TableReadError} */
export async function scanPage<T>(
  client: DynamoDBClient,
  rows: RowsOfTable<T>,
  { segment, totalSegments, after }: ScanPosition,
): Promise<ScannedPage<T>> {
  const command = new ScanCommand({
    ...pageRequest(rows, after),
    // A single segment is the whole table: without these parameters DynamoDB need not compute the segment of
    // each row.
    ...(totalSegments > 1 && { Segment: segment, TotalSegments: totalSegments }),
  });
  return pageOf(rows, await orReadError('Scan', rows.tableName, () => client.send(command)));
}

export function pageRequest<T>(
  { tableName, keyNames, attributes }: RowsOfTable<T>,
  after: string | undefined,
) {
  return {
    TableName: tableName,
    Limit: PAGE_ROWS,
    ReturnConsumedCapacity: 'TOTAL' as const,
    ...(after !== undefined && { ExclusiveStartKey: decodeKey(after, keyNames) }),
    ...projectionOf(attributes),
  };
}

export function pageOf<T>(
  { keyNames, read }: Rows<T>,
  output: Pick<ScanCommandOutput, 'Items' | 'LastEvaluatedKey' | 'ConsumedCapacity'>,
): ScannedPage<T> {
  return {
    items: (output.Items ?? []).map(read),
    next: output.LastEvaluatedKey && encodeKey(output.LastEvaluatedKey, keyNames),
    readUnits: output.ConsumedCapacity?.CapacityUnits ?? 0,
  };
}

/** Uses placeholders, because some names are reserved words. */
export function projectionOf(attributes: readonly string[] | undefined) {
  const names = attributes?.map((name, index) => [`#a${index}`, name] as const);
  return (
    names && {
      ProjectionExpression: names.map(([placeholder]) => placeholder).join(', '),
      ExpressionAttributeNames: Object.fromEntries(names),
    }
  );
}

/** Marks a number among the parts of an encoded key; base64url has no such character. */
const NUMBER_MARK = '~';

/** In base64url, which is unambiguous and of bounded length; JSON writes a control character as six. */
export function encodeKey(key: Item, keyNames: readonly string[]): string {
  return keyNames
    .map((name) => {
      const { S: text, N: number } = key[name] ?? {};
      // Engines write equal numbers in different ways.
      const plain = number === undefined ? (text ?? '') : (plainNumber(number) ?? number);
      return (number === undefined ? '' : NUMBER_MARK) + Buffer.from(plain, 'utf8').toString('base64url');
    })
    .join('.');
}

function decodeKey(text: string, keyNames: readonly string[]): Record<string, AttributeValue> {
  const parts = text.split('.').map((part) => {
    const isNumber = part.startsWith(NUMBER_MARK);
    const value = Buffer.from(isNumber ? part.slice(1) : part, 'base64url').toString('utf8');
    return { value, attribute: isNumber ? { N: value } : { S: value } };
  });
  if (parts.length !== keyNames.length || parts.some(({ value }) => value === '')) {
    throw new Error('cursor belongs to another table; start the segment again without one');
  }
  return Object.fromEntries(keyNames.map((name, index) => [name, parts[index]?.attribute ?? { S: '' }]));
}
