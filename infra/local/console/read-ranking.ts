/**
 * The first restaurants of a window, from the `ranking` index: one query a shard, merged. Where counts are equal
 * the index has an order of its own, so a shard is read until its counts fall below the last place.
 */
import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../../../src/counting/favourite-event.ts';
import { mergeShards, type RankedRestaurant, rankingKeysOf } from '../../../src/counting/ranking.ts';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import { aggregatedFavouritesTable as names } from '../../../src/tables/schema.ts';

/** Pages of one shard, each of `limit` rows and more: a window in which very many share one count ends here. */
const PAGES_MAX = 20;
const PAGE_ROWS_MIN = 25;

export interface RankingQuery {
  readonly dynamoDb: DynamoDBClient;
  readonly table: string;
  readonly window: TimeWindow;
  readonly shards: number;
  readonly limit: number;
}

export async function readRanking(query: RankingQuery): Promise<readonly RankedRestaurant[]> {
  const keys = rankingKeysOf(query.window, query.shards);
  const shards = await Promise.all(keys.map((key) => readShard(query, key)));
  return mergeShards(shards, query.limit);
}

async function readShard(query: RankingQuery, rankingKey: string): Promise<readonly RankedRestaurant[]> {
  const rows: RankedRestaurant[] = [];
  let from: QueryCommandOutput['LastEvaluatedKey'];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const output: QueryCommandOutput = await query.dynamoDb.send(
      new QueryCommand({
        TableName: query.table,
        IndexName: names.rankingIndex.name,
        KeyConditionExpression: '#key = :key AND #count > :none',
        ExpressionAttributeNames: { '#key': names.rankingKey, '#count': names.favouriteCount },
        ExpressionAttributeValues: { ':key': { S: rankingKey }, ':none': { N: '0' } },
        ScanIndexForward: false,
        Limit: Math.max(PAGE_ROWS_MIN, query.limit),
        ...(from && { ExclusiveStartKey: from }),
      }),
    );
    for (const item of output.Items ?? []) {
      const restaurantId = (item[names.partitionKey]?.S ?? '') as RestaurantId;
      rows.push({ restaurantId, favouriteCount: Number(item[names.favouriteCount]?.N) });
    }
    from = output.LastEvaluatedKey;
    const lastPlace = rows[query.limit - 1];
    if (!from || (lastPlace && (rows.at(-1)?.favouriteCount ?? 0) < lastPlace.favouriteCount)) break;
  }
  return rows;
}
