/**
 * The stack in operation: deployed repeatedly beside the same tables, with streams lost and tables restored.
 * The embedded engine cannot lose a stream or restore a table as DynamoDB does, so this file changes the
 * engine's database.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateScan,
  type StreamViewType,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { type LocalRun, type LocalRunOptions, startLocalRun } from '../../infra/local/local-run.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface OperatedStack {
  /** Replaces the previous deployment. Tables, streams, dead letters and checkpoints stay. */
  deploy(options: Omit<LocalRunOptions, 'directory' | 'seed' | 'engine'>): Promise<LocalRun>;
  /**
   * Removes the oldest records of a table's stream, as DynamoDB does after 24 hours. The newest record stays,
   * because it has the last assigned sequence number.
   */
  trimStream(table: string, options: { readonly share: number }): void;
  /**
   * Empties a table's stream, like a new stream. Otherwise the engine would still return the records of the
   * previous stream.
   */
  emptyStream(table: string): void;
  stop(): Promise<void>;
}

/** How long a statement waits for the engine, which keeps the file open and may be writing. */
const BUSY_TIMEOUT_MS = 5_000;

export function operatedStack(): OperatedStack {
  const directory = temporaryDirectory();
  let deployed: LocalRun | undefined;
  const withStream = (change: (records: DatabaseSync) => void): void => {
    const path = join(directory.path, 'dynamodb.sqlite');
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      change(database);
    } finally {
      database.close();
    }
  };
  return {
    async deploy(options) {
      await deployed?.stop();
      // Only the embedded engine keeps its streams in a file that we can change.
      deployed = await startLocalRun({ ...options, engine: 'embedded', directory: directory.path, seed: 1 });
      return deployed;
    },
    trimStream: (table, { share }) =>
      withStream((database) => {
        const ofTable =
          'SELECT min(id) AS oldest, max(id) AS newest FROM _stream_records WHERE table_name = ?';
        const { oldest, newest } = database.prepare(ofTable).get(table) as Record<
          'oldest' | 'newest',
          number
        >;
        const before = Math.min(newest, oldest + Math.ceil((newest - oldest + 1) * share));
        database.prepare('DELETE FROM _stream_records WHERE table_name = ? AND id < ?').run(table, before);
      }),
    emptyStream: (table) =>
      withStream((database) => {
        database.prepare('DELETE FROM _stream_records WHERE table_name = ?').run(table);
      }),
    async stop() {
      await deployed?.stop();
      directory[Symbol.dispose]();
    },
  };
}

export type Item = Record<string, AttributeValue>;

/** All items of a table, as a backup. */
export async function itemsOf(client: DynamoDBClient, table: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    items.push(...(page.Items ?? []));
  }
  return items;
}

/**
 * Creates a new table with the same name, keys and indexes and the items of a backup, but without a stream,
 * as DynamoDB restores a table.
 */
export async function restoreTable(
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  await client.send(new DeleteTableCommand({ TableName: table }));
  const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection,
  }));
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Table?.AttributeDefinitions,
      KeySchema: Table?.KeySchema,
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    }),
  );
  for (let from = 0; from < items.length; from += BATCH_ITEMS_MAX) {
    const puts = items.slice(from, from + BATCH_ITEMS_MAX).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
  }
}

/** Items in one BatchWriteItem (DynamoDB quotas). */
const BATCH_ITEMS_MAX = 25;

export async function disableStream(client: DynamoDBClient, table: string): Promise<void> {
  await client.send(
    new UpdateTableCommand({ TableName: table, StreamSpecification: { StreamEnabled: false } }),
  );
}

export async function enableStream(
  client: DynamoDBClient,
  table: string,
  StreamViewType: StreamViewType = 'NEW_AND_OLD_IMAGES',
): Promise<void> {
  const stream = { StreamEnabled: true, StreamViewType };
  await client.send(new UpdateTableCommand({ TableName: table, StreamSpecification: stream }));
}

/** The label of the table's latest stream. The label of a later stream sorts later. */
export async function streamLabel(client: DynamoDBClient, table: string): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  return Table?.LatestStreamLabel ?? '';
}
