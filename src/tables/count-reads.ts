/** Counts of one restaurant, and its place in the ranking's shards, as the API reads them: eventually consistent. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../counting/favourite-event.ts';
import { type RankedRestaurant, rankingKeyOfShard, type ShardRange } from '../counting/ranking.ts';
import type { TimeWindow } from '../counting/time-window.ts';
import { batchGet, type Pauses } from './dynamodb/batch-get.ts';
import { queryIndex } from './dynamodb/query-index.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

export interface StoredCount {
  readonly window: TimeWindow;
  readonly favouriteCount: number;
  readonly updatedAt: string | undefined;
}

/** The rows that exist, in any order. @throws {TableReadError} */
export async function getCounts(
  client: DynamoDBClient,
  {
    tableName,
    restaurantId,
    windows,
  }: {
    readonly tableName: string;
    readonly restaurantId: RestaurantId;
    /** Each once. */
    readonly windows: readonly TimeWindow[];
  },
  pauses: Pauses,
): Promise<readonly StoredCount[]> {
  const { items } = await batchGet(
    client,
    {
      tableName,
      keys: windows.map((window) => ({
        [schema.partitionKey]: { S: restaurantId },
        [schema.sortKey]: { S: window },
      })),
      consistent: false,
      attributes: [schema.sortKey, schema.favouriteCount, schema.updatedAt],
    },
    pauses,
  );
  return items.map((item) => ({
    window: (item[schema.sortKey]?.S ?? '') as TimeWindow,
    favouriteCount: Number(item[schema.favouriteCount]?.N ?? 0),
    updatedAt: item[schema.updatedAt]?.S,
  }));
}

/** The first `rowsMax` rows of the range, highest count first. @throws {TableReadError} */
export async function queryRankingShard(
  client: DynamoDBClient,
  {
    tableName,
    window,
    range: { shard, highestCount, after },
    rowsMax,
  }: {
    readonly tableName: string;
    readonly window: TimeWindow;
    readonly range: ShardRange;
    readonly rowsMax: number;
  },
): Promise<readonly RankedRestaurant[]> {
  const { name, partitionKey, sortKey } = schema.rankingIndex;
  const rankingKey = { S: rankingKeyOfShard(window, shard) };
  const items = await queryIndex(client, {
    tableName,
    indexName: name,
    // A count of 0 is no place in the ranking.
    condition: '#key = :key AND #count BETWEEN :lowest AND :highest',
    names: { '#key': partitionKey, '#count': sortKey },
    values: { ':key': rankingKey, ':lowest': { N: '1' }, ':highest': { N: String(highestCount) } },
    rowsMax,
    ...(after && {
      after: {
        [partitionKey]: rankingKey,
        [sortKey]: { N: String(after.favouriteCount) },
        [schema.partitionKey]: { S: after.restaurantId },
        [schema.sortKey]: { S: window },
      },
    }),
  });
  return items.map((item) => ({
    restaurantId: (item[schema.partitionKey]?.S ?? '') as RestaurantId,
    favouriteCount: Number(item[sortKey]?.N ?? 0),
  }));
}
