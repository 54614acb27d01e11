/**
 * Context (f): every night a job scans all favourites, counts them and writes every count. The counts are as
 * old as the last night, and the scan grows with the table, not with the events.
 */
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateScan,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { itemSize } from '../../../infra/cost/item-size.ts';
import { readUnitsOf, writeUnitsOfItems } from '../../../infra/cost/write-units.ts';
import { createPlainTable, definitionsOf } from './engine-tables.ts';
import { inParallel, plainWindows } from './favourite-change.ts';
import { cut, type LoadEvent } from './loads.ts';

/** Items in one BatchWriteItem (DynamoDB service quotas). */
const ITEMS_MAX = 25;
const REQUESTS_AT_ONCE = 4;

export interface NightlyScan {
  readonly favourites: number;
  readonly counts: number;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly requests: number;
  readonly readUnits: number;
  /** Of the first night, when every count row is new. A changed row costs two units more later. */
  readonly writeUnits: number;
}

/** @param events the marks whose favourites are in the table */
export async function nightlyScan(
  client: DynamoDBClient,
  events: readonly LoadEvent[],
): Promise<NightlyScan> {
  const favourites = await createPlainTable(client, 'nightly', 'Favourites');
  const countsTable = await createPlainTable(client, 'nightly', 'AggregatedFavourites');
  const definitions = await definitionsOf(client, [countsTable]);
  const marks = events.filter(({ isMark }) => isMark);
  await putAll(client, favourites, marks.map(favouriteItem));

  const sum = { requests: 0, readUnits: 0, writeUnits: 0 };
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  const counts = new Map<string, number>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName: favourites })) {
    sum.requests += 1;
    sum.readUnits += readUnitsOf(Items.reduce((bytes, item) => bytes + itemSize(item), 0));
    for (const item of Items) {
      for (const window of plainWindows(item['created_at']?.S ?? '')) {
        const id = JSON.stringify([item['restaurant_id']?.S, window]);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
  }
  const rows = [...counts].map(([id, count]) => countItem(id, count));
  sum.requests += await putAll(client, countsTable, rows);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  for (const after of rows) {
    const definition = definitions[countsTable];
    if (definition === undefined) continue;
    sum.writeUnits += writeUnitsOfItems({ before: undefined, after }, definition, { isTransactional: false });
  }
  return { favourites: marks.length, counts: rows.length, seconds, cpuMs: (user + system) / 1000, ...sum };
}

/** @returns the number of requests */
async function putAll(
  client: DynamoDBClient,
  tableName: string,
  items: readonly Readonly<Record<string, { S: string } | { N: string }>>[],
): Promise<number> {
  const batches = cut(
    items.map((Item): WriteRequest => ({ PutRequest: { Item: { ...Item } } })),
    ITEMS_MAX,
  );
  await inParallel(batches, REQUESTS_AT_ONCE, async (batch) => {
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tableName]: [...batch] } }),
    );
    if (Object.keys(UnprocessedItems).length > 0) throw new Error(`${tableName} did not take all items`);
  });
  return batches.length;
}

function favouriteItem({ restaurantId, userId, createdAt }: LoadEvent) {
  return {
    restaurant_id_user_id: { S: `${restaurantId}#${userId}` },
    restaurant_id: { S: restaurantId },
    user_id: { S: userId },
    created_at: { S: createdAt },
  };
}

function countItem(id: string, count: number) {
  const [restaurantId = '', window = ''] = JSON.parse(id) as readonly string[];
  return {
    restaurant_id: { S: restaurantId },
    time_window: { S: window },
    favourite_count: { N: String(count) },
    ranking_key: { S: window },
    updated_at: { S: new Date().toISOString() },
  };
}
