/** What the tables hold, read by scan, straight from the engine: for the counts out and for the recount. */
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  aggregatedFavouritesTable,
  countedFavouritesTable,
  favouritesTable,
} from '../../../src/tables/schema.ts';

export interface CountRow {
  readonly restaurantId: string;
  readonly timeWindow: string;
  readonly count: number;
}

export interface StoredFavourite {
  /** `<restaurant>#<user>`. */
  readonly key: string;
  readonly restaurantId: string;
  readonly createdAt: string;
}

export interface StoredRegister {
  readonly restaurantId: string;
  readonly userId: string;
  readonly position: string;
  /** Undefined: a tombstone. */
  readonly createdAt: string | undefined;
}

export interface TableReader {
  readonly dynamoDb: DynamoDBClient;
  readonly tables: { readonly favourites: string; readonly aggregatedFavourites: string };
}

/** Every row, in no order; also those whose count is 0. */
export async function* readCounts({ dynamoDb, tables }: TableReader): AsyncGenerator<CountRow> {
  const { partitionKey, sortKey, favouriteCount } = aggregatedFavouritesTable;
  const names = { '#r': partitionKey, '#w': sortKey, '#c': favouriteCount };
  for await (const item of scan(dynamoDb, tables.aggregatedFavourites, names)) {
    const count = Number(item[favouriteCount]?.N ?? 0);
    yield { restaurantId: text(item, partitionKey), timeWindow: text(item, sortKey), count };
  }
}

export async function* readFavourites({ dynamoDb, tables }: TableReader): AsyncGenerator<StoredFavourite> {
  const { partitionKey, restaurantId, createdAt } = favouritesTable;
  const names = { '#k': partitionKey, '#r': restaurantId, '#c': createdAt };
  for await (const item of scan(dynamoDb, tables.favourites, names)) {
    yield {
      key: text(item, partitionKey),
      restaurantId: text(item, restaurantId),
      createdAt: text(item, createdAt),
    };
  }
}

export async function* readRegisters({
  dynamoDb,
  tables,
}: {
  readonly dynamoDb: DynamoDBClient;
  readonly tables: { readonly countedFavourites: string };
}): AsyncGenerator<StoredRegister> {
  const { partitionKey, sortKey, streamPosition, createdAt } = countedFavouritesTable;
  const names = { '#r': partitionKey, '#u': sortKey, '#p': streamPosition, '#c': createdAt };
  for await (const item of scan(dynamoDb, tables.countedFavourites, names)) {
    yield {
      restaurantId: text(item, partitionKey),
      userId: text(item, sortKey),
      position: text(item, streamPosition),
      createdAt: item[createdAt]?.S,
    };
  }
}

async function* scan(
  client: DynamoDBClient,
  table: string,
  names: Readonly<Record<string, string>>,
): AsyncGenerator<Record<string, AttributeValue>> {
  const input = {
    TableName: table,
    ConsistentRead: true,
    ProjectionExpression: Object.keys(names).join(', '),
    ExpressionAttributeNames: { ...names },
  };
  for await (const page of paginateScan({ client }, input)) yield* page.Items ?? [];
}

function text(item: Record<string, AttributeValue>, name: string): string {
  return item[name]?.S ?? '';
}
