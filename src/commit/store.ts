/**
 * Sends a plan as one TransactWriteItems: the registers first, then the count rows. Aggregator, redrive and
 * heal use it as a port, so that a simulation can replace DynamoDB.
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CountChange, StoredRegister } from '../counting/counted-favourite.ts';
import type { CountSettings } from '../counting/drift.ts';
import {
  countKeyOf,
  countUpdate,
  readSeenCount,
  type SeenCount,
  storedCounts,
} from '../tables/aggregated-favourites.ts';
import { batchGet, type Pauses } from '../tables/dynamodb/batch-get.ts';
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
  /**
   * The counts of rows in their order, 0 where there is no row; eventually consistent. Only windows with a
   * floor need it. @throws {TableReadError}
   */
  readCounts?(
    rows: readonly Pick<CountChange, 'restaurantId' | 'window'>[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly (number | undefined)[]>;
}

/** A cancelled plan has one reason per action: first those of its changes, then those of its counts. */
export type CommitAnswer =
  | Exclude<TransactionAnswer<StoredRegister>, { readonly kind: 'cancelled' }>
  | {
      readonly kind: 'cancelled';
      readonly reasons: readonly CancellationReason[];
      readonly error: Error;
    };
export type CancellationReason =
  | Exclude<ActionReason<StoredRegister>, { readonly kind: 'condition-failed' }>
  | {
      readonly kind: 'condition-failed';
      /** The register in the table; undefined if it is missing, and always for a count row. */
      readonly was: StoredRegister | undefined;
      /** The count row, if its window has a floor. */
      readonly row?: SeenCount;
    };

export interface CommitSettings extends CountSettings {
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
}

/** Guessing from 0 takes less time than waiting until counts can be read. */
const GUESS_ATTEMPTS_MAX = 2;

export function createCommitStore(
  client: DynamoDBClient,
  settings: CommitSettings,
  pauses: Pauses,
): CommitStore {
  const { aggregatedFavouritesTable: tableName } = settings;
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
        reasons: reasons.map((reason, index) => {
          if (reason.kind !== 'condition-failed') return reason;
          const { kind, was } = reason;
          if (index < plan.changes.length) return { kind, was: was && readRegister(was) };
          const hasSide = plan.counts[index - plan.changes.length]?.side !== undefined;
          return { kind, was: undefined, ...(hasSide && { row: readSeenCount(was) }) };
        }),
      };
    },
    async readCounts(rows, { signal }) {
      const keys = rows.map(({ restaurantId, window }) => countKeyOf(restaurantId, window));
      const read = { keys, consistent: false, signal, fruitlessAttemptsMax: GUESS_ATTEMPTS_MAX };
      const { items } = await batchGet(client, { tableName, ...storedCounts }, read, pauses);
      return items.map((item) => (item === undefined ? 0 : item.favouriteCount));
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
