/** AggregatedFavourites, the counts: one row per restaurant and window, moved by differences only. */
import type { Update } from '@aws-sdk/client-dynamodb';
import type { CountChange } from '../counting/commit-plan.ts';
import { rankingKeyOf } from '../counting/ranking.ts';
import { expiresAtOf, type TimeWindowSettings } from '../counting/time-window.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

/** Adds the difference and raises the revision; what it derives from the settings is written anew each time. */
export function countUpdate(
  { restaurantId, window, delta }: CountChange,
  settings: {
    readonly tableName: string;
    readonly timeWindows: TimeWindowSettings;
    readonly rankingShards: number;
    readonly nowMs: number;
  },
): Update {
  const expiresAt = expiresAtOf(window, settings.timeWindows);
  const sets = ['#updatedAt = :now', '#rankingKey = :rankingKey'];
  if (expiresAt !== undefined) sets.push('#expiresAt = :expiresAt');
  return {
    TableName: settings.tableName,
    Key: { [schema.partitionKey]: { S: restaurantId }, [schema.sortKey]: { S: window } },
    UpdateExpression: `SET ${sets.join(', ')} ADD #count :delta, #revision :one`,
    ExpressionAttributeNames: {
      '#updatedAt': schema.updatedAt,
      '#rankingKey': schema.rankingKey,
      '#count': schema.favouriteCount,
      '#revision': schema.revision,
      ...(expiresAt === undefined ? {} : { '#expiresAt': schema.expiresAt }),
    },
    ExpressionAttributeValues: {
      ':now': { S: new Date(settings.nowMs).toISOString() },
      ':rankingKey': { S: rankingKeyOf(restaurantId, window, settings.rankingShards) },
      ':delta': { N: String(delta) },
      ':one': { N: '1' },
      ...(expiresAt === undefined ? {} : { ':expiresAt': { N: String(expiresAt) } }),
    },
  };
}
