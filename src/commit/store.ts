/**
 * Sends a plan as one TransactWriteItems: the registers first, then the count rows. Aggregator, redrive and
 * heal use it as a port, so that a simulation can replace DynamoDB.
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { StoredRegister } from '../counting/counted-favourite.ts';
import type { CountSettings } from '../counting/drift.ts';
import { countUpdate } from '../tables/aggregated-favourites.ts';
import { readRegister, registerPut } from '../tables/counted-favourites.ts';
import { type ActionReason, transact, type TransactionAnswer } from '../tables/dynamodb/transact.ts';
import { actionsOf, type TransactionPlan } from './plan.ts';

export interface CommitStore {
  /**
   * Commits the whole plan or nothing. An error of DynamoDB or the network is returned, not thrown.
   * @param options.signal aborts the request; as after any lost answer, the plan may or may not have
   * committed.
   */
  commit(
    plan: TransactionPlan,
    options: { readonly nowMs: number; readonly signal?: AbortSignal },
  ): Promise<CommitAnswer>;
}

/** A cancelled plan has one reason per action: first those of its changes, then those of its counts. */
export type CommitAnswer = TransactionAnswer<StoredRegister>;
/** `was` is the register in the table; undefined if it is missing, and always for a count row. */
export type CancellationReason = ActionReason<StoredRegister>;

export interface CommitSettings extends CountSettings {
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
}

export function createCommitStore(client: DynamoDBClient, settings: CommitSettings): CommitStore {
  return {
    async commit(plan, { nowMs, signal }) {
      const answer = await transact(client, commitActions(plan, { ...settings, nowMs }), signal);
      if (answer.kind !== 'cancelled') return answer;
      const { reasons, error } = answer;
      const isNamed = reasons.length === actionsOf(plan) && reasons.some(({ kind }) => kind !== 'none');
      if (!isNamed) return { kind: 'transient', error };
      return {
        kind: 'cancelled',
        error,
        reasons: reasons.map((reason) =>
          reason.kind === 'condition-failed'
            ? { kind: reason.kind, was: reason.was && readRegister(reason.was) }
            : reason,
        ),
      };
    },
  };
}

export function commitActions(
  { changes, counts }: TransactionPlan,
  settings: CommitSettings & { readonly nowMs: number },
): TransactWriteItem[] {
  const registers = { tableName: settings.countedFavouritesTable, nowMs: settings.nowMs };
  const rows = {
    ...settings,
    tableName: settings.aggregatedFavouritesTable,
    updatedAt: new Date(settings.nowMs).toISOString(),
  };
  return [
    ...changes.map((change) => ({ Put: registerPut(change, registers) })),
    ...counts.map((count) => ({ Update: countUpdate(count, rows) })),
  ];
}
