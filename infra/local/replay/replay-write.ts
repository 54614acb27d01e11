/** The writes of a replay to Favourites: marks and un-marks of the default table, or rows of any shape. */
import type { AttributeValue, Put, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Mapping } from '../../../src/counting/mapping.ts';
import { favouritesTable } from '../../../src/tables/schema.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** A mark or an un-mark in the default table. A mark leaves a row that exists as it is. */
export interface ReplayEvent {
  readonly kind: 'mark' | 'un-mark';
  readonly restaurantId: string;
  readonly userId: string;
  /** `created_at` of the favourite in milliseconds. An un-mark has it too. */
  readonly createdAt: string;
}

/** A write to a table of any shape. A put replaces a row that exists, unless it says otherwise. */
export type RowWrite = {
  /** The same text for every write of the row, and for no other row. */
  readonly row: string;
  /** An upper bound of its size. */
  readonly bytes: number;
} & (
  | {
      readonly kind: 'put';
      readonly item: Item;
      /** The name of the partition key, if a row that exists should stay as it is. */
      readonly unlessExists?: string;
    }
  | { readonly kind: 'delete'; readonly key: Item }
);

export type ReplayWrite = ReplayEvent | RowWrite;

/** Writes in the order of the replay. They may be on disk, and more than fit into memory. */
export interface WriteSequence {
  readonly length: number;
  /** The writes from that index on. Iterate it once. */
  readonly from: (index: number) => Iterable<ReplayWrite>;
}

/** The row that it writes, as text. Writes of the same row must stay in order. */
export function rowOf(write: ReplayWrite): string {
  return 'row' in write ? write.row : favouriteKey(write);
}

/** Since when the written row counts; undefined if it does not count. */
export function createdAtOf(write: ReplayWrite, mapping: Mapping): string | undefined {
  const item = write.kind === 'mark' ? favouriteItem(write) : write.kind === 'put' ? write.item : undefined;
  const row = item && mapping.readRow(item);
  return row?.kind === 'countable' ? row.createdAt : undefined;
}

export function writeAction(write: ReplayWrite, TableName: string): TransactWriteItem {
  const { partitionKey } = favouritesTable;
  switch (write.kind) {
    case 'put':
      return { Put: { TableName, Item: write.item, ...unlessExists(write.unlessExists) } };
    case 'delete':
      return { Delete: { TableName, Key: write.key } };
    case 'un-mark':
      return { Delete: { TableName, Key: { [partitionKey]: { S: favouriteKey(write) } } } };
    case 'mark':
      return { Put: { TableName, Item: favouriteItem(write), ...unlessExists(partitionKey) } };
  }
}

function unlessExists(partitionKey: string | undefined): Partial<Put> {
  if (partitionKey === undefined) return {};
  return {
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': partitionKey },
  };
}

export function favouriteKey({ restaurantId, userId }: Pick<ReplayEvent, 'restaurantId' | 'userId'>): string {
  return `${restaurantId}#${userId}`;
}

export function favouriteItem(event: Omit<ReplayEvent, 'kind'>): Item {
  return {
    [favouritesTable.partitionKey]: { S: favouriteKey(event) },
    [favouritesTable.restaurantId]: { S: event.restaurantId },
    [favouritesTable.userId]: { S: event.userId },
    [favouritesTable.createdAt]: { S: event.createdAt },
  };
}
