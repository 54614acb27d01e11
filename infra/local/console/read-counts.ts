/** Reads the counts of one restaurant for ids that the API cannot have in a path. */
import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import { aggregatedFavouritesTable as table } from '../../../src/tables/schema.ts';
import type { LocalRun } from '../local-run.ts';
import type { ConsoleCounts } from './protocol.ts';

/** The most keys of one BatchGetItem (DynamoDB quotas). */
export const COUNTS_MAX = 100;

/** @param windows at most 100, without duplicates. A window without a row counts 0, as in the API. */
export async function readCounts(
  { dynamoDb, tables: { aggregatedFavourites } }: Pick<LocalRun, 'dynamoDb' | 'tables'>,
  restaurant: string,
  windows: readonly TimeWindow[],
): Promise<ConsoleCounts> {
  const Keys = windows.map((window) => ({
    [table.partitionKey]: { S: restaurant },
    [table.sortKey]: { S: window },
  }));
  // A local engine answers every key, because 100 count rows are far below its limit of 16 MB.
  const { Responses } = await dynamoDb.send(
    new BatchGetItemCommand({ RequestItems: { [aggregatedFavourites]: { Keys } } }),
  );
  const rows = Responses?.[aggregatedFavourites] ?? [];
  const countOf = new Map(rows.map((row) => [row[table.sortKey]?.S, Number(row[table.favouriteCount]?.N)]));
  const updates = rows.flatMap((row) => row[table.updatedAt]?.S ?? []);
  return {
    counts: Object.fromEntries(windows.map((window) => [window, Math.max(0, countOf.get(window) ?? 0)])),
    updatedAt: updates.toSorted().at(-1) ?? null,
  };
}
