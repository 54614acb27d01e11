/**
 * In which cell a favourite is summed, and as which number. Both tables are summed into the same cells by a
 * hash, so a cell whose two sums are equal holds the same favourites on both sides. Each run draws a key for
 * the hash, so nobody can choose ids that fall into one cell, or whose numbers cancel each other.
 */
import type { RegisterKey } from '../../counting/register-key.ts';
import type { CreatedAt } from '../../counting/time-window.ts';
import { sha256Bytes } from '../../lambda/sha256.ts';

/** The sums of ±1 that estimate how many favourites only one side has (compare.ts). */
export const COUNTERS = 4_096;

export interface Place {
  /** Below the number of cells, which is a power of two. */
  readonly cell: number;
  /** Below {@link COUNTERS}. */
  readonly counter: number;
  readonly sign: 1 | -1;
}

/** The hash of one round. Each round has another one, so two favourites rarely share a cell twice. */
export interface Hashing {
  readonly key: string;
  readonly round: number;
  readonly cells: number;
}

/** Depends on the favourite alone, so with another date it stays in its cell. */
export function placeOf({ restaurantId, rowId }: RegisterKey, { key, round, cells }: Hashing): Place {
  const bytes = sha256Bytes(JSON.stringify([key, round, restaurantId, rowId]));
  return {
    cell: bytes.readUInt32LE(0) & (cells - 1),
    counter: bytes.readUInt32LE(4) & (COUNTERS - 1),
    sign: (bytes.readUInt8(8) & 1) === 0 ? 1 : -1,
  };
}

/** What a damaged register adds. No row adds it, so its cell always differs. */
export const DAMAGED = null;

/** A number of 64 bits. @param createdAt what is counted, even if it is damaged text */
export function valueOf(
  { restaurantId, rowId }: RegisterKey,
  createdAt: CreatedAt | typeof DAMAGED,
  { key, round }: Hashing,
): bigint {
  return sha256Bytes(JSON.stringify([key, round, restaurantId, rowId, createdAt])).readBigUInt64LE(0);
}
