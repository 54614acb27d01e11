/** A list of numbers in a scratch database, for more numbers than fit into memory. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** 32 KiB, so that hundreds of readers fit into memory. */
const BLOCK_LENGTH = 4_096;

export class DiskNumbers {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #tail = new Float64Array(BLOCK_LENGTH);
  #length = 0;

  /** @param table a name that no other list of the database has */
  constructor(database: DatabaseSync, table: string) {
    database.exec(`CREATE TABLE ${table} (block INTEGER PRIMARY KEY, numbers BLOB NOT NULL)`);
    this.#insert = database.prepare(`INSERT INTO ${table} (block, numbers) VALUES (?, ?)`);
    this.#select = database.prepare(`SELECT numbers FROM ${table} WHERE block = ?`);
  }

  get length(): number {
    return this.#length;
  }

  append(number: number): void {
    const place = this.#length % BLOCK_LENGTH;
    this.#tail[place] = number;
    this.#length += 1;
    if (place < BLOCK_LENGTH - 1) return;
    this.#insert.run(this.#length / BLOCK_LENGTH - 1, new Uint8Array(this.#tail.buffer));
  }

  at(index: number): number | undefined {
    if (index >= this.#length) return undefined;
    return this.#block(index)[index % BLOCK_LENGTH];
  }

  /** Reads in order, one block at a time. */
  cursor(from: number): NumberCursor {
    let at = from;
    let block: Float64Array | undefined;
    return {
      next: () => {
        if (at >= this.#length) return undefined;
        if (block === undefined || at % BLOCK_LENGTH === 0) block = this.#block(at);
        const number = block[at % BLOCK_LENGTH];
        at += 1;
        return number;
      },
    };
  }

  /** The block that holds the number at `index`. */
  #block(index: number): Float64Array {
    const block = Math.floor(index / BLOCK_LENGTH);
    if (block === Math.floor(this.#length / BLOCK_LENGTH)) return this.#tail;
    const { numbers } = this.#select.get(block) as { readonly numbers: Uint8Array };
    return new Float64Array(numbers.buffer, numbers.byteOffset, BLOCK_LENGTH);
  }
}

export interface NumberCursor {
  /** Undefined at the end of the list. */
  next(): number | undefined;
}
