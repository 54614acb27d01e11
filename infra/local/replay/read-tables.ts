/** Reads the rows of the tables directly from the engine, with consistent scans. */
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { aggregatedFavouritesTable, countedFavouritesTable } from '../../../src/tables/schema.ts';
import { createMapping, type FavouriteRow } from '../../../src/counting/mapping.ts';
import type { RegisterKey, RestaurantId, RowId } from '../../../src/counting/register-key.ts';
import type { CreatedAt } from '../../../src/counting/time-window.ts';
import type { LocalRun } from '../local-run.ts';

export interface CountRow {
  readonly restaurantId: string;
  readonly timeWindow: string;
  readonly count: number;
}

export interface StoredRegister extends RegisterKey {
  readonly position: string;
  /** Undefined in a tombstone. */
  readonly createdAt: CreatedAt | undefined;
}

interface Reader<Table extends string> {
  readonly dynamoDb: DynamoDBClient;
  readonly tables: Readonly<Record<Table, string>>;
}

/** Every row, including those whose count is 0. */
export function readCounts({ dynamoDb, tables }: Reader<'aggregatedFavourites'>): AsyncGenerator<CountRow> {
  const { partitionKey, sortKey, favouriteCount } = aggregatedFavouritesTable;
  return scan(
    { dynamoDb, table: tables.aggregatedFavourites, names: [partitionKey, sortKey, favouriteCount] },
    ([restaurantId, timeWindow, count]) => ({
      restaurantId: restaurantId?.S ?? '',
      timeWindow: timeWindow?.S ?? '',
      count: Number(count?.N ?? 0),
    }),
  );
}

/** Every item of Favourites, read as the run's source describes it. */
export function readFavourites({
  dynamoDb,
  tables,
  settings,
}: Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'>): AsyncGenerator<FavouriteRow> {
  const { attributes, readRow } = createMapping(settings.source, settings.timeZone);
  return scan({ dynamoDb, table: tables.favourites, names: attributes }, (values) =>
    readRow(
      Object.fromEntries(attributes.map((name, at) => [name, values[at]]).filter(([, value]) => value)),
    ),
  );
}

export function readRegisters({
  dynamoDb,
  tables,
}: Reader<'countedFavourites'>): AsyncGenerator<StoredRegister> {
  const { partitionKey, sortKey, streamPosition, createdAt: created } = countedFavouritesTable;
  return scan(
    { dynamoDb, table: tables.countedFavourites, names: [partitionKey, sortKey, streamPosition, created] },
    ([restaurantId, rowId, position, createdAt]) => ({
      restaurantId: (restaurantId?.S ?? '') as RestaurantId,
      rowId: (rowId?.S ?? '') as RowId,
      position: position?.S ?? '',
      createdAt: createdAt?.S as CreatedAt | undefined,
    }),
  );
}

/**
 * The embedded engine loads the whole rest of the table for a page without a limit, so a scan of a million
 * rows took minutes and hundreds of megabytes.
 */
const PAGE_ROWS = 2_000;

async function* scan<Row>(
  { dynamoDb, table, names }: { dynamoDb: DynamoDBClient; table: string; names: readonly string[] },
  rowOf: (values: readonly (AttributeValue | undefined)[]) => Row,
): AsyncGenerator<Row> {
  const input = {
    TableName: table,
    ConsistentRead: true,
    ProjectionExpression: names.map((_, i) => `#n${i}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
  };
  for await (const page of paginateScan({ client: dynamoDb, pageSize: PAGE_ROWS }, input)) {
    // An attribute may have the name of a member that every object inherits, such as `constructor`.
    for (const item of page.Items ?? []) {
      yield rowOf(names.map((name) => (Object.hasOwn(item, name) ? item[name] : undefined)));
    }
  }
}
