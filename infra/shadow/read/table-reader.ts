/** Reads a live table: all of it, one partition, or rows by their keys. It adds up the read units. */
import {
  type AttributeValue,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchGet } from '../../../src/tables/dynamodb/batch-get.ts';
import { keyOf } from '../../../src/tables/dynamodb/describe-table.ts';
import { TableReadError } from '../../../src/tables/dynamodb/errors.ts';
import { projectionOf } from '../../../src/tables/dynamodb/scan.ts';
import type { Connection } from '../../command-line/dynamodb/connect.ts';
import { describeTable } from '../../command-line/dynamodb/describe-table.ts';
import { readError, type Remedies } from '../../command-line/dynamodb/read-errors.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

export interface KeyAttribute {
  readonly name: string;
  readonly type: string;
}

/** The actions that the command needs. */
export const actions = ['DescribeTable', 'Scan', 'Query', 'BatchGetItem'].map((name) => `dynamodb:${name}`);

const remedies: Remedies = {
  denied: `Use credentials whose policy allows ${actions.join(', ')} on the table. It is only read.`,
  throttled: 'Try again at a quieter time, or raise its read capacity.',
};

/** A scan runs in parallel segments: one for each of these bytes of the table, up to SEGMENTS_MAX. */
const SEGMENT_BYTES = 64 * 1024 ** 2;
const SEGMENTS_MAX = 4;
/** An eventually consistent scan reads this many bytes for a read unit. */
const BYTES_PER_UNIT = 8_192;

export interface Selection {
  /** The attributes to return, those of the key included. */
  readonly attributes: readonly string[];
  /** Only rows that have this attribute, with this text if it is given. */
  readonly having?: { readonly attribute: string; readonly text?: string };
  readonly consistent?: boolean;
}

export interface OpenOptions {
  /** The option that names the table, such as `--counter-table`. */
  readonly option: string;
  /** Gets the number of rows that a scan has read so far. */
  readonly onRows: (rows: number) => void;
}

type Page = Pick<
  ScanCommandOutput & QueryCommandOutput,
  'Items' | 'ScannedCount' | 'LastEvaluatedKey' | 'ConsumedCapacity'
>;
type After = Record<string, AttributeValue> | undefined;

export class TableReader {
  readonly tableName: string;
  /** The partition key, then the sort key if there is one. */
  readonly key: readonly KeyAttribute[];
  readonly #connection: Connection;
  readonly #sizeBytes: number;
  readonly #onRows: (rows: number) => void;
  #rowsRead = 0;
  /** Read units used so far. */
  readUnits = 0;

  private constructor(
    connection: Connection,
    table: {
      readonly tableName: string;
      readonly key: readonly KeyAttribute[];
      readonly sizeBytes: number;
      readonly onRows: (rows: number) => void;
    },
  ) {
    this.#connection = connection;
    this.tableName = table.tableName;
    this.key = table.key;
    this.#sizeBytes = table.sizeBytes;
    this.#onRows = table.onRows;
  }

  /** @throws {InputError} */
  static async open(
    connection: Connection,
    tableName: string,
    { option, onRows }: OpenOptions,
  ): Promise<TableReader> {
    const table = await describeTable(connection, { tableName, option, remedies });
    // A request by ARN gets answers by name.
    const name = table.TableName ?? tableName;
    const sizeBytes = table.TableSizeBytes ?? 0;
    return new TableReader(connection, { tableName: name, key: keyOf(table), sizeBytes, onRows });
  }

  /** The read units of a scan, by the size that DynamoDB measured some hours ago. 0: not measured yet. */
  get scanUnits(): number {
    return Math.ceil(this.#sizeBytes / BYTES_PER_UNIT);
  }

  /** Passes each row on. @throws {InputError} */
  async scan(selection: Selection, onItem: (item: Item) => void): Promise<void> {
    const segments = Math.min(SEGMENTS_MAX, Math.ceil(this.#sizeBytes / SEGMENT_BYTES) || 1);
    const request = this.#request(selection);
    const scanSegment = async (segment: number): Promise<void> => {
      const part = segments > 1 ? { Segment: segment, TotalSegments: segments } : {};
      await this.#pages('dynamodb:Scan', onItem, (after) =>
        this.#connection.dynamoDb.send(new ScanCommand({ ...request, ...part, ExclusiveStartKey: after })),
      );
    };
    await Promise.all(Array.from({ length: segments }, (_, segment) => scanSegment(segment)));
  }

  /** At most this many rows from the start of the table. */
  async sample(rows: number): Promise<readonly Item[]> {
    const command = new ScanCommand({
      TableName: this.tableName,
      Limit: rows,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const page = await this.#read('dynamodb:Scan', () => this.#connection.dynamoDb.send(command));
    this.readUnits += page.ConsumedCapacity?.CapacityUnits ?? 0;
    return page.Items ?? [];
  }

  /** All rows of one partition, consistently. @throws {InputError} */
  async query(
    partition: { readonly name: string; readonly value: AttributeValue },
    selection: Selection,
  ): Promise<readonly Item[]> {
    const items: Item[] = [];
    const request = this.#request({ ...selection, consistent: true });
    const input = {
      ...request,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { ...request.ExpressionAttributeNames, '#partition': partition.name },
      ExpressionAttributeValues: { ...request.ExpressionAttributeValues, ':partition': partition.value },
    };
    await this.#pages(
      'dynamodb:Query',
      (item) => items.push(item),
      (after) => this.#connection.dynamoDb.send(new QueryCommand({ ...input, ExclusiveStartKey: after })),
    );
    return items;
  }

  /** In the order of the keys, consistently; undefined where there is no row. @throws {InputError} */
  async get(
    keys: readonly (Item | undefined)[],
    attributes: readonly string[],
  ): Promise<readonly (Item | undefined)[]> {
    const keyNames = this.key.map(({ name }) => name);
    const rows = {
      tableName: this.tableName,
      keyNames,
      attributes: [...new Set([...keyNames, ...attributes])],
      read: (item: Item) => item,
    };
    const pauses = { sleep: (ms: number) => sleep(ms), random: Math.random };
    const { items, readUnits } = await this.#read('dynamodb:BatchGetItem', () =>
      batchGet(this.#connection.dynamoDb, rows, { keys, consistent: true }, pauses),
    );
    this.readUnits += readUnits;
    return items;
  }

  #request({ attributes, having, consistent }: Selection) {
    const projection = projectionOf([...new Set([...this.key.map(({ name }) => name), ...attributes])]);
    const { attribute = '', text } = having ?? {};
    return {
      TableName: this.tableName,
      ReturnConsumedCapacity: 'TOTAL' as const,
      ...(consistent === true && { ConsistentRead: true }),
      ...projection,
      ...(having && {
        FilterExpression: text === undefined ? 'attribute_exists(#having)' : '#having = :having',
        ExpressionAttributeNames: { ...projection?.ExpressionAttributeNames, '#having': attribute },
        ...(text !== undefined && { ExpressionAttributeValues: { ':having': { S: text } } }),
      }),
    };
  }

  async #pages(
    action: string,
    onItem: (item: Item) => void,
    send: (after: After) => Promise<Page>,
  ): Promise<void> {
    let after: After;
    do {
      const from = after;
      const page = await this.#read(action, () => send(from));
      this.readUnits += page.ConsumedCapacity?.CapacityUnits ?? 0;
      this.#rowsRead += page.ScannedCount ?? 0;
      this.#onRows(this.#rowsRead);
      for (const item of page.Items ?? []) onItem(item);
      after = page.LastEvaluatedKey;
    } while (after !== undefined);
  }

  async #read<T>(action: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (thrown) {
      // This error keeps only the name of the SDK's error.
      const error =
        thrown instanceof TableReadError ? Object.assign(new Error(), { name: thrown.cause }) : thrown;
      const { endpoint } = this.#connection;
      throw readError(error, { action, tableName: this.tableName, endpoint, remedies });
    }
  }
}
