/** The tables of the other contenders, and what the rules of billing need to know of any table. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  type KeyType,
} from '@aws-sdk/client-dynamodb';
import type { TableDefinition } from '../../../infra/cost/write-units.ts';

interface Keys {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

const plainTables = {
  AggregatedFavourites: {
    keys: { partitionKey: 'restaurant_id', sortKey: 'time_window' },
    index: { name: 'ranking', partitionKey: 'ranking_key', sortKey: 'favourite_count', isKeysOnly: true },
  },
  Idempotency: { keys: { partitionKey: 'id' }, index: undefined },
  Favourites: {
    keys: { partitionKey: 'restaurant_id_user_id' },
    index: { name: 'by_user', partitionKey: 'user_id', sortKey: 'created_at', isKeysOnly: false },
  },
} as const;

export type PlainTable = keyof typeof plainTables;

/** @returns the name of the table */
export async function createPlainTable(
  client: DynamoDBClient,
  prefix: string,
  table: PlainTable,
): Promise<string> {
  const TableName = `${prefix}-${table}`;
  const { keys, index } = plainTables[table];
  const attributes = new Set([...Object.values(keys), ...(index ? [index.partitionKey, index.sortKey] : [])]);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...attributes].map((AttributeName) => ({
        AttributeName,
        AttributeType: AttributeName === 'favourite_count' ? 'N' : 'S',
      })),
      KeySchema: keySchemaOf(keys),
      ...(index && {
        GlobalSecondaryIndexes: [
          {
            IndexName: index.name,
            KeySchema: keySchemaOf(index),
            Projection: { ProjectionType: index.isKeysOnly ? 'KEYS_ONLY' : 'ALL' },
          },
        ],
      }),
    }),
  );
  return TableName;
}

/** Asks the engine for the keys and indexes of these tables. */
export async function definitionsOf(
  client: DynamoDBClient,
  tableNames: readonly string[],
): Promise<Readonly<Record<string, TableDefinition>>> {
  const described = await Promise.all(
    tableNames.map(async (TableName): Promise<readonly [string, TableDefinition]> => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ KeySchema, Projection }) => ({
        keys: namesOf(KeySchema),
        projected:
          Projection?.ProjectionType === 'ALL' ? ('all' as const) : (Projection?.NonKeyAttributes ?? []),
      }));
      return [TableName, { keys: namesOf(Table?.KeySchema), indexes }];
    }),
  );
  return Object.fromEntries(described);
}

function keySchemaOf({ partitionKey, sortKey }: Keys): KeySchemaElement[] {
  const element = (AttributeName: string, KeyType: KeyType): KeySchemaElement => ({ AttributeName, KeyType });
  return [element(partitionKey, 'HASH'), ...(sortKey === undefined ? [] : [element(sortKey, 'RANGE')])];
}

function namesOf(schema: readonly KeySchemaElement[] = []): readonly string[] {
  return schema.flatMap(({ AttributeName }) => AttributeName ?? []);
}
