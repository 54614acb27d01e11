/**
 * What the audit reads and writes (I4). The port tells apart what DynamoDB tells apart: a scan may be stale, a
 * Query is not isolated from a transaction that is being committed, a GetItem is, and so is every write here.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CountRow, CountSettings, Revision, RowCorrection } from '../counting/drift-audit.ts';
import type { RestaurantId } from '../counting/favourite-event.ts';
import type { CreatedAt } from '../counting/time-window.ts';
import { writeTransaction } from './audit-write.ts';
import { correctionActions, holdAction, releaseAction } from './count-corrections.ts';
import { countedRegisterOf, countRowOf, readGuard } from './count-rows.ts';
import { queryPage } from './dynamodb/query.ts';
import { type Item, type ScannedPage, scanPage, type ScanPosition } from './dynamodb/scan.ts';
import { aggregatedFavouritesTable, countedFavouritesTable } from './schema.ts';

export interface AuditStore {
  /** Eventually consistent. */
  scanRegisters(position: ScanPosition): Promise<ScannedPage<CountedRegister>>;
  /** Eventually consistent. */
  scanCountRows(position: ScanPosition): Promise<ScannedPage<CountRow>>;
  queryRegisters(restaurantId: RestaurantId, o: RestaurantQuery): Promise<ScannedPage<CountedRegister>>;
  queryCountRows(restaurantId: RestaurantId, o: RestaurantQuery): Promise<ScannedPage<CountRow>>;
  /** The revision of the ALL_TIME row, by a consistent GetItem: serializable with all transactions. */
  readGuard(restaurantId: RestaurantId): Promise<GuardRead>;
  correct(correction: RestaurantCorrection, o: { readonly nowMs: number }): Promise<AuditWriteAnswer>;
  /** Asks the aggregator to leave the restaurant alone until then; refused while another hold lasts. */
  hold(restaurantId: RestaurantId, o: HoldTerm): Promise<AuditWriteAnswer>;
  /** Ends one's own hold before its time; overtaken when it is over or another's. */
  release(restaurantId: RestaurantId, o: { readonly untilMs: number }): Promise<AuditWriteAnswer>;
}

export interface RestaurantQuery {
  readonly consistent: boolean;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface GuardRead {
  readonly revision: Revision;
  readonly readUnits: number;
}

export interface CountedRegister {
  readonly restaurantId: RestaurantId;
  /** Undefined: not counted. */
  readonly createdAt: CreatedAt | undefined;
}

/** One transaction: all of it, on condition that no row has moved and the restaurant's guard has not. */
export interface RestaurantCorrection {
  readonly restaurantId: RestaurantId;
  /** The revision of the ALL_TIME row. */
  readonly guard: Revision;
  /** At most {@link CORRECTIONS_MAX}. */
  readonly rows: readonly RowCorrection[];
}

/** The actions of a transaction but for the check of the guard. */
export const CORRECTIONS_MAX = 99;

export interface HoldTerm {
  readonly untilMs: number;
  readonly nowMs: number;
}

export type AuditWriteAnswer =
  | { readonly kind: 'committed'; readonly writeUnits: number }
  /** A condition did not hold, or another transaction was under way: nothing is written. */
  | { readonly kind: 'overtaken' }
  /** DynamoDB would never take it, as when damage left an attribute of another type. */
  | { readonly kind: 'refused' }
  /** Whether it committed is not known. */
  | { readonly kind: 'unknown' };

export interface AuditTables extends CountSettings {
  readonly countedFavouritesTable: string;
  readonly aggregatedFavouritesTable: string;
}

/** Rows of one scan page: some 300 KB, so that memory stays flat and a step can stop within a second. */
const PAGE_ROWS = 2_000;

const registerKeys = [countedFavouritesTable.partitionKey, countedFavouritesTable.sortKey];
const registerAttributes = [...registerKeys, countedFavouritesTable.createdAt];
const rowKeys = [aggregatedFavouritesTable.partitionKey, aggregatedFavouritesTable.sortKey];

export function createAuditStore(client: DynamoDBClient, tables: AuditTables): AuditStore {
  const registers = {
    tableName: tables.countedFavouritesTable,
    keyNames: registerKeys,
    rowsMax: PAGE_ROWS,
    attributes: registerAttributes,
  };
  const counts = { tableName: tables.aggregatedFavouritesTable, keyNames: rowKeys, rowsMax: PAGE_ROWS };
  const { tableName } = counts;
  return {
    scanRegisters: async (position) => pageOf(await scanPage(client, registers, position), countedRegisterOf),
    scanCountRows: async (position) => pageOf(await scanPage(client, counts, position), countRowOf),
    queryRegisters: async (restaurantId, o) =>
      pageOf(await queryPage(client, registers, { partition: restaurantId, ...o }), countedRegisterOf),
    queryCountRows: async (restaurantId, o) =>
      pageOf(await queryPage(client, counts, { partition: restaurantId, ...o }), countRowOf),
    readGuard: (restaurantId) => readGuard(client, { tableName, restaurantId }),
    correct: (correction, { nowMs }) =>
      writeTransaction(client, { tableName, actions: correctionActions(correction, { tableName, nowMs }) }),
    hold: (restaurantId, term) =>
      writeTransaction(client, { tableName, actions: [holdAction(restaurantId, { tableName, ...term })] }),
    release: (restaurantId, { untilMs }) =>
      writeTransaction(client, {
        tableName,
        actions: [releaseAction(restaurantId, { tableName, untilMs })],
      }),
  };
}

function pageOf<T>(page: ScannedPage<Item>, read: (item: Item) => T): ScannedPage<T> {
  return { ...page, items: page.items.map(read) };
}
