/**
 * What the audit reads and writes (I4). The port tells apart what DynamoDB tells apart: a scan may be stale, a
 * Query is not isolated from a transaction that is being committed, a GetItem is, and so is every write here.
 */
import type { CountRow, Revision, RowCorrection } from '../counting/drift-audit.ts';
import type { RestaurantId } from '../counting/favourite-event.ts';
import type { CreatedAt } from '../counting/time-window.ts';

export interface AuditStore {
  /** Eventually consistent. */
  scanRegisters(o: SegmentScan): Promise<Page<CountedRegister>>;
  /** Eventually consistent. */
  scanCountRows(o: SegmentScan): Promise<Page<CountRow>>;
  queryRegisters(restaurantId: RestaurantId, o: RestaurantQuery): Promise<Page<CountedRegister>>;
  queryCountRows(restaurantId: RestaurantId, o: RestaurantQuery): Promise<Page<CountRow>>;
  /** The revision of the ALL_TIME row, by a consistent GetItem: serializable with all transactions. */
  readGuard(restaurantId: RestaurantId): Promise<{ readonly revision: Revision; readonly readUnits: number }>;
  correct(correction: RestaurantCorrection, o: { readonly nowMs: number }): Promise<AuditWriteAnswer>;
  /** Asks the aggregator to leave the restaurant alone until then; refused while another hold lasts. */
  hold(
    restaurantId: RestaurantId,
    o: { readonly untilMs: number; readonly nowMs: number },
  ): Promise<AuditWriteAnswer>;
  /** Ends one's own hold before its time; changes nothing when it is over. */
  release(restaurantId: RestaurantId, o: { readonly untilMs: number }): Promise<AuditWriteAnswer>;
}

export interface SegmentScan {
  readonly segment: number;
  readonly totalSegments: number;
  readonly from?: PageKey | undefined;
}

export interface RestaurantQuery {
  readonly consistent: boolean;
  readonly from?: PageKey | undefined;
}

/** Where a page ended: partition key and sort key. */
export type PageKey = readonly [partition: string, sort: string];

export interface Page<T> {
  readonly items: readonly T[];
  /** Undefined after the last page. */
  readonly next: PageKey | undefined;
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
  readonly guard: Revision;
  /** At most 99: with the guard they are one transaction. */
  readonly rows: readonly RowCorrection[];
}

export type AuditWriteAnswer =
  | { readonly kind: 'committed'; readonly writeUnits: number }
  /** A condition did not hold, or another transaction was under way: nothing is written. */
  | { readonly kind: 'overtaken' }
  /** Whether it committed is not known. */
  | { readonly kind: 'unknown' };
