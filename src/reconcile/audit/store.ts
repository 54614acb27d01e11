/**
 * The reads and writes of the audit (I4), as a port. Its test version serves stale and torn reads. Its
 * methods have the isolation of DynamoDB's operations: a scan may be stale; a Query may see half of a
 * transaction; a GetItem and every write here are serializable with transactions.
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CountRow } from '../../counting/drift.ts';
import type { RestaurantId } from '../../counting/register-key.ts';
import {
  correctionActions,
  countRows,
  type GuardRead,
  holdAction,
  readGuard,
  releaseAction,
  type RestaurantCorrection,
} from '../../tables/aggregated-favourites-audit.ts';
import { type CountedRegister, countedRegisters } from '../../tables/counted-favourites.ts';
import { TableWriteError } from '../../tables/dynamodb/errors.ts';
import { type PartitionQuery, queryPage } from '../../tables/dynamodb/query.ts';
import { type ScannedPage, scanPage, type ScanPosition } from '../../tables/dynamodb/scan.ts';
import { transact } from '../../tables/dynamodb/transact.ts';

export interface AuditStore {
  /** Eventually consistent. */
  scanRegisters(position: ScanPosition): Promise<ScannedPage<CountedRegister>>;
  /** Eventually consistent. */
  scanCountRows(position: ScanPosition): Promise<ScannedPage<CountRow>>;
  queryRegisters(restaurantId: RestaurantId, query: RestaurantQuery): Promise<ScannedPage<CountedRegister>>;
  queryCountRows(restaurantId: RestaurantId, query: RestaurantQuery): Promise<ScannedPage<CountRow>>;
  /** The revision of the ALL_TIME row, by a consistent GetItem: serializable with all transactions. */
  readGuard(restaurantId: RestaurantId): Promise<GuardRead>;
  /** `correct`, `hold` and `release` throw a TableWriteError if every transaction would be denied. */
  correct(correction: RestaurantCorrection, at: { readonly nowMs: number }): Promise<AuditWriteAnswer>;
  /**
   * Blocks commits of events for the restaurant until `untilMs`; `overtaken` while another hold is active.
   */
  hold(restaurantId: RestaurantId, term: HoldTerm): Promise<AuditWriteAnswer>;
  /** Ends the hold that lasts until `untilMs`; `overtaken` if the row no longer has that hold. */
  release(restaurantId: RestaurantId, hold: { readonly untilMs: number }): Promise<AuditWriteAnswer>;
}

export type RestaurantQuery = Omit<PartitionQuery, 'partition'>;

export interface HoldTerm {
  readonly untilMs: number;
  readonly nowMs: number;
}

export type AuditWriteAnswer =
  | { readonly kind: 'committed'; readonly writeUnits: number }
  /** A condition failed, or another transaction was under way: nothing is written. */
  | { readonly kind: 'overtaken' }
  /** DynamoDB rejects it every time, for example because a damaged attribute has another type. */
  | { readonly kind: 'refused' }
  /** It may or may not have committed. */
  | { readonly kind: 'unknown' };

export function createAuditStore(
  client: DynamoDBClient,
  tables: { readonly countedFavouritesTable: string; readonly aggregatedFavouritesTable: string },
): AuditStore {
  const tableName = tables.aggregatedFavouritesTable;
  const registers = { tableName: tables.countedFavouritesTable, ...countedRegisters };
  const counts = { tableName, ...countRows };
  return {
    scanRegisters: (position) => scanPage(client, registers, position),
    scanCountRows: (position) => scanPage(client, counts, position),
    queryRegisters: (restaurantId, query) =>
      queryPage(client, registers, { partition: restaurantId, ...query }),
    queryCountRows: (restaurantId, query) => queryPage(client, counts, { partition: restaurantId, ...query }),
    readGuard: (restaurantId) => readGuard(client, tableName, restaurantId),
    correct: (correction, { nowMs }) => write(correctionActions(correction, { tableName, nowMs })),
    hold: (restaurantId, term) => write([holdAction(restaurantId, { tableName, ...term })]),
    release: (restaurantId, { untilMs }) => write([releaseAction(restaurantId, { tableName, untilMs })]),
  };

  async function write(actions: TransactWriteItem[]): Promise<AuditWriteAnswer> {
    const answer = await transact(client, actions);
    switch (answer.kind) {
      case 'cancelled':
        return { kind: answer.reasons.some(({ kind }) => kind === 'refused') ? 'refused' : 'overtaken' };
      case 'transient':
        return { kind: 'unknown' };
      case 'denied':
        throw new TableWriteError('TransactWriteItems', { tableName, thrown: answer.error });
      case 'refused':
        return { kind: 'refused' };
      case 'committed':
        return answer;
    }
  }
}
