/**
 * The units that AWS bills for writes and reads of DynamoDB. All rules are in `writeUnitsOf` and
 * `readUnitsOf`; the rest of this file finds out what a write changes. A test compares the write units with
 * those that the embedded engine reports.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Item, itemSize } from './item-size.ts';

/** Bytes of one write unit, and of one read unit (Developer Guide, "Read and write operations"). */
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;
/** A transaction prepares and commits each of its actions ("Capacity management for transactions"). */
const TRANSACTION_FACTOR = 2;

/** What a write does to the entry of its item in one index. */
export type IndexChange =
  /** The item was not in the index before, or is not in it afterwards, or a projected attribute changes. */
  | { readonly kind: 'put' | 'delete' | 'update'; readonly bytes: number }
  /** The key of the entry changes: the old entry is deleted, and a new one is put. */
  | { readonly kind: 'move'; readonly bytesBefore: number; readonly bytes: number }
  /** The item is not in the index, neither before nor afterwards, or its entry stays as it is. */
  | { readonly kind: 'none' };

export interface ItemWrite {
  /** Bytes of the item before and after the write; undefined if there is no item. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly isTransactional: boolean;
  /**
   * A condition of the write was false, or its transaction was cancelled, so nothing was written. `after` is
   * the size that the item would have.
   */
  readonly isRefused?: boolean;
  /** One for each index of the table. */
  readonly indexes: readonly IndexChange[];
}

/**
 * Write units of one action. "Guide" is https://docs.aws.amazon.com/amazondynamodb/latest/developerguide.
 *
 * - One unit for each started KB of the larger item, before or after; at least one. A delete of a missing
 *   item and an update that changes nothing cost a unit too (guide, read-write-operations.html).
 * - A false condition costs as much as a write (guide, WorkingWithItems.html, "Capacity units consumed by
 *   conditional writes").
 * - Twice that in a transaction: one write to prepare it, one to commit it (guide, transaction-apis.html,
 *   "Capacity management for transactions").
 * - Every action of a cancelled transaction is billed as if it had committed. This is the upper bound: the
 *   guide only says that the preparation is billed, and the answer to a cancelled request reports no
 *   capacity (tests against the real service: https://github.com/paritysuite/dynamodb-conformance/pull/67).
 * - Index entries: one write to put or delete an entry or to change a projected attribute, two if the key of
 *   the entry changes, none if the entry stays as it is. Each is rounded up to 1 KB (guide, GSI.html,
 *   "Provisioned throughput considerations").
 * - A transaction does not double index entries (compared with the real service in August 2026:
 *   https://github.com/nubo-db/dynoxide/pull/188). A refused write changes none.
 */
export function writeUnitsOf({ before, after, isTransactional, isRefused, indexes }: ItemWrite): number {
  const table = writesOf(Math.max(before ?? 0, after ?? 0)) * (isTransactional ? TRANSACTION_FACTOR : 1);
  if (isRefused === true) return table;
  return indexes.reduce((sum, change) => {
    if (change.kind === 'none') return sum;
    const deleted = change.kind === 'move' ? writesOf(change.bytesBefore) : 0;
    return sum + deleted + writesOf(change.bytes);
  }, table);
}

/**
 * Read units of one item, or of all items of one page of a Query or a Scan, which are rounded up together.
 * Eventually consistent reads cost half, transactional reads twice. A missing item costs as much as a small
 * one (guide, read-write-operations.html).
 */
export function readUnitsOf(
  bytes: number,
  consistency: 'eventual' | 'consistent' | 'transactional' = 'eventual',
): number {
  const units = Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
  return units * { eventual: 0.5, consistent: 1, transactional: TRANSACTION_FACTOR }[consistency];
}

/** What the rules need to know about an index. */
export interface IndexDefinition {
  /** The attributes of its key: an item that lacks one of them is not in the index. */
  readonly keys: readonly string[];
  /** The other attributes that it holds. The keys of the table are always in it. */
  readonly projected: 'all' | readonly string[];
}

export interface TableDefinition {
  readonly keys: readonly string[];
  readonly indexes: readonly IndexDefinition[];
}

/** Write units of one action from the items before and after it; undefined if there is no item. */
export function writeUnitsOfItems(
  items: { readonly before: Item | undefined; readonly after: Item | undefined },
  table: TableDefinition,
  how: Pick<ItemWrite, 'isTransactional' | 'isRefused'>,
): number {
  const { before, after } = items;
  return writeUnitsOf({
    ...how,
    before: before && itemSize(before),
    after: after && itemSize(after),
    indexes: table.indexes.map((index) => indexChangeOf(items, table, index)),
  });
}

function indexChangeOf(
  items: { readonly before: Item | undefined; readonly after: Item | undefined },
  table: TableDefinition,
  index: IndexDefinition,
): IndexChange {
  const [before, after] = [items.before, items.after].map((item) => entryOf(item, table, index));
  if (before === undefined && after === undefined) return { kind: 'none' };
  if (before === undefined || after === undefined) {
    const kind = before === undefined ? 'put' : 'delete';
    return { kind, bytes: itemSize(before ?? after ?? {}) };
  }
  if (isDeepStrictEqual(before, after)) return { kind: 'none' };
  const isMoved = index.keys.some((name) => !isDeepStrictEqual(before[name], after[name]));
  const [bytesBefore, bytes] = [itemSize(before), itemSize(after)];
  return isMoved
    ? { kind: 'move', bytesBefore, bytes }
    : { kind: 'update', bytes: Math.max(bytesBefore, bytes) };
}

function entryOf(
  item: Item | undefined,
  table: TableDefinition,
  { keys, projected }: IndexDefinition,
): Item | undefined {
  if (item === undefined || keys.some((name) => item[name] === undefined)) return undefined;
  const names = new Set([...table.keys, ...keys, ...(projected === 'all' ? Object.keys(item) : projected)]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}

function writesOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}
