/** A plan as the TransactWriteItems that carries it out: registers first, then count rows. */
import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import type { TransactionPlan } from './plan.ts';
import type { TimeWindowSettings } from '../counting/time-window.ts';
import { countUpdate } from '../tables/aggregated-favourites.ts';
import { registerPut } from '../tables/counted-favourites.ts';

export interface CommitSettings {
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
  readonly timeWindows: TimeWindowSettings;
  readonly rankingShards: number;
}

/** The SDK adds a ClientRequestToken of its own and keeps it over its retries. */
export function commitRequest(
  plan: TransactionPlan,
  settings: CommitSettings & { readonly nowMs: number },
): TransactWriteItemsCommandInput {
  return {
    TransactItems: [
      ...plan.changes.map((change) => ({
        Put: registerPut(change, { tableName: settings.countedFavouritesTable, nowMs: settings.nowMs }),
      })),
      ...plan.counts.map((count) => ({
        Update: countUpdate(count, { ...settings, tableName: settings.aggregatedFavouritesTable }),
      })),
    ],
    ReturnConsumedCapacity: 'TOTAL',
  };
}
