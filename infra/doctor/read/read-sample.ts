/**
 * Reads a sample of rows from all over a table, with a bounded number of read units. Scan begins each segment
 * at another place of the table, so pages of random segments show more than the first partitions would.
 */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Connection } from '../../command-line/dynamodb/connect.ts';
import { readError } from '../../command-line/dynamodb/read-errors.ts';
import type { Item } from '../profile/sample.ts';
import { remedies } from './actions.ts';

export interface SampleRead {
  readonly items: readonly Item[];
  readonly readUnits: number;
  /** Whether these are all the rows of the table. */
  readonly isWhole: boolean;
}

export interface SampleOptions {
  readonly tableName: string;
  /** The number of rows to read. */
  readonly rows: number;
  /** As DynamoDB says; it may be hours old. */
  readonly itemsInTable: number;
  /** Draws the segments, from [0, 1). */
  readonly random: () => number;
  /** Called when `rows` are read, and again each time their number has doubled. False: read on. */
  readonly isEnough: (items: readonly Item[]) => boolean;
  readonly onPage: (items: number) => void;
}

/** Many short pages, because the rows of one partition key, such as a user, are side by side. */
const PAGES = 100;
/** DynamoDB allows a million segments. These are enough for random places, and empty ones cost a request. */
const SEGMENTS = { min: 16, max: 4_096 } as const;
/** Half a read unit reads 4 KB, so this is at most 16 MB. */
const READ_UNITS_MAX = 2_000;
/** If the favourites are rare among other kinds of item, the sample grows to this many times its size. */
const GROWTH_MAX = 10;

/** @throws {InputError} */
export async function readSample(connection: Connection, options: SampleOptions): Promise<SampleRead> {
  const { tableName, rows, itemsInTable, random } = options;
  const page = Math.ceil(rows / PAGES);
  const total = Math.min(SEGMENTS.max, Math.max(SEGMENTS.min, Math.ceil(itemsInTable / page)));
  const waiting = shuffled(total, random).map((segment): Position => ({ segment, after: undefined }));
  const items: Item[] = [];
  let [readUnits, askAt] = [0, rows];
  while (waiting.length > 0 && readUnits < READ_UNITS_MAX && items.length < rows * GROWTH_MAX) {
    if (items.length >= askAt) {
      if (options.isEnough(items)) break;
      askAt *= 2;
    }
    const position = waiting.shift() ?? { segment: 0, after: undefined };
    const read = await readPage(connection, { tableName, page, total, position });
    items.push(...read.items);
    readUnits += read.readUnits;
    // A segment with more rows comes again after all the others.
    if (read.after !== undefined) waiting.push({ ...position, after: read.after });
    options.onPage(items.length);
  }
  return { items, readUnits, isWhole: waiting.length === 0 };
}

interface Position {
  readonly segment: number;
  readonly after: Record<string, AttributeValue> | undefined;
}

async function readPage(
  { dynamoDb, endpoint }: Connection,
  options: {
    readonly tableName: string;
    readonly page: number;
    readonly total: number;
    readonly position: Position;
  },
) {
  const { tableName, page, total, position } = options;
  const command = new ScanCommand({
    TableName: tableName,
    Limit: page,
    Segment: position.segment,
    TotalSegments: total,
    ReturnConsumedCapacity: 'TOTAL',
    ...(position.after && { ExclusiveStartKey: position.after }),
  });
  try {
    const { Items = [], LastEvaluatedKey: after, ConsumedCapacity } = await dynamoDb.send(command);
    return { items: Items as readonly Item[], after, readUnits: ConsumedCapacity?.CapacityUnits ?? 0 };
  } catch (thrown) {
    throw readError(thrown, { action: 'dynamodb:Scan', tableName, endpoint, remedies });
  }
}

/** The numbers below `count` in random order. */
function shuffled(count: number, random: () => number): readonly number[] {
  const numbers = Array.from({ length: count }, (_, at) => ({ at, place: random() }));
  return numbers.toSorted((a, b) => a.place - b.place).map(({ at }) => at);
}
