/** AggregatedFavourites, the counts: one row per restaurant and window, moved by differences only. */
import type { Update } from '@aws-sdk/client-dynamodb';
import type { CountChange } from '../commit/plan.ts';
import { rankingKeyOf } from '../counting/ranking.ts';
import { ALL_TIME, expiresAtOf, type TimeWindowSettings } from '../counting/time-window.ts';
import { aggregatedFavouritesTable as schema } from './schema.ts';

/** The longest that an audit may ask a restaurant to hold. */
export const HOLD_MAX_MS = 10_000;
/**
 * A hold further ahead than this is damage, and binds no one: without the bound it would stop a restaurant's
 * events for ever. Generous, for the clocks of two functions differ.
 */
const HOLD_HORIZON_MS = 60_000;

/** Whoever changes a restaurant's registers checks it on the ALL_TIME row: it says that no hold lasts. */
export function noHoldLasts(nowMs: number) {
  return {
    condition: 'attribute_not_exists(#heldUntil) OR NOT (#heldUntil BETWEEN :nowMs AND :horizonMs)',
    names: { '#heldUntil': schema.heldUntil },
    values: { ':nowMs': { N: String(nowMs + 1) }, ':horizonMs': { N: String(nowMs + HOLD_HORIZON_MS) } },
  };
}

/**
 * Adds the difference and raises the revision; what it derives from the settings is written anew each time. On
 * ALL_TIME it fails while the restaurant is held. It asks for no ALL_OLD: a count row is not a register.
 */
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
  const hold = window === ALL_TIME ? noHoldLasts(settings.nowMs) : undefined;
  const sets = ['#updatedAt = :now', '#rankingKey = :rankingKey'];
  if (expiresAt !== undefined) sets.push('#expiresAt = :expiresAt');
  return {
    TableName: settings.tableName,
    Key: { [schema.partitionKey]: { S: restaurantId }, [schema.sortKey]: { S: window } },
    UpdateExpression: `SET ${sets.join(', ')} ADD #count :delta, #revision :one`,
    ...(hold === undefined ? {} : { ConditionExpression: hold.condition }),
    ExpressionAttributeNames: {
      '#updatedAt': schema.updatedAt,
      '#rankingKey': schema.rankingKey,
      '#count': schema.favouriteCount,
      '#revision': schema.revision,
      ...(expiresAt === undefined ? {} : { '#expiresAt': schema.expiresAt }),
      ...hold?.names,
    },
    ExpressionAttributeValues: {
      ':now': { S: new Date(settings.nowMs).toISOString() },
      ':rankingKey': { S: rankingKeyOf(restaurantId, window, settings.rankingShards) },
      ':delta': { N: String(delta) },
      ':one': { N: '1' },
      ...(expiresAt === undefined ? {} : { ':expiresAt': { N: String(expiresAt) } }),
      ...hold?.values,
    },
  };
}
