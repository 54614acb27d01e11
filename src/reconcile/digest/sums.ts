/**
 * The sums of one table, or of a part of it: a 64-bit sum for each cell, and in the first round the counters
 * of ±1. They are sums and not XOR: a scan may return an item twice, which would cancel itself in an XOR.
 */
import { countedBy, isDamaged } from '../../counting/counted-favourite.ts';
import type { FavouriteRow } from '../../counting/mapping.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import type { CreatedAt } from '../../counting/time-window.ts';
import type { KeyedRegister } from '../../tables/counted-favourites.ts';
import { COUNTERS, DAMAGED, type Hashing, placeOf, valueOf } from './cells.ts';

const CELL_BYTES = 8;
const COUNTER_BYTES = 4;

export class Sums {
  readonly #hashing: Hashing;
  readonly cells: BigUint64Array;
  /** Empty after the first round. */
  readonly counters: Int32Array;

  /** @param bytes what {@link toBytes} returned; without it, all sums are 0 */
  constructor(hashing: Hashing, bytes?: Uint8Array) {
    const counters = hashing.round === 1 ? COUNTERS : 0;
    const length = hashing.cells * CELL_BYTES + counters * COUNTER_BYTES;
    if (bytes !== undefined && bytes.length !== length) {
      throw new Error(`the sums have ${bytes.length} bytes, expected ${length}: start the run again`);
    }
    // A copy, which begins at a multiple of eight.
    const buffer = bytes === undefined ? new ArrayBuffer(length) : Uint8Array.from(bytes).buffer;
    this.#hashing = hashing;
    this.cells = new BigUint64Array(buffer, 0, hashing.cells);
    this.counters = new Int32Array(buffer, hashing.cells * CELL_BYTES, counters);
  }

  /** In the byte order of the machine, which is the same for all steps of a run. */
  toBytes(): Uint8Array {
    return new Uint8Array(this.cells.buffer);
  }

  /** A row adds what it wants its register to count. */
  addRow(row: FavouriteRow): void {
    if (row.kind === 'countable') this.#addCounted(row.key, row.createdAt);
  }

  /**
   * A register adds the `created_at` that it counts, even if that is no date. A tombstone adds nothing.
   * Nothing is left out for its age: what is new, or dated in the future, may be what was lost.
   */
  addRegister({ key, register }: KeyedRegister): void {
    const createdAt = countedBy(register);
    if (createdAt !== undefined) this.#addCounted(key, createdAt);
    if (isDamaged(register)) this.#add(placeOf(key, this.#hashing).cell, key, DAMAGED);
  }

  /** Subtracts the sums of the other table. */
  plus(other: Sums, sign: 1 | -1): void {
    const factor = BigInt(sign);
    other.cells.forEach((sum, cell) => (this.cells[cell] = (this.cells[cell] ?? 0n) + factor * sum));
    other.counters.forEach((sum, at) => (this.counters[at] = (this.counters[at] ?? 0) + sign * sum));
  }

  #addCounted(key: RegisterKey, createdAt: CreatedAt): void {
    const { cell, counter, sign } = placeOf(key, this.#hashing);
    this.#add(cell, key, createdAt);
    // Whatever the date: a favourite that has another date in the other table is on both sides.
    if (this.counters.length > 0) this.counters[counter] = (this.counters[counter] ?? 0) + sign;
  }

  #add(cell: number, key: RegisterKey, createdAt: CreatedAt | typeof DAMAGED): void {
    // A BigUint64Array keeps the lowest 64 bits.
    this.cells[cell] = (this.cells[cell] ?? 0n) + valueOf(key, createdAt, this.#hashing);
  }
}
