/** The rows of the input files on disk, in the order in which they were read, each as a text. */
import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ReplayWrite, WriteSequence } from '../replay-write.ts';
import { DiskNumbers } from './disk-numbers.ts';

/** Where a row starts. */
export interface Place {
  /** Number of the file, from 0. */
  readonly file: number;
  readonly line: number;
}

/** More lines than any file has. A whole number is then exact for up to 130,000 files. */
const LINES_MAX = 2 ** 36;

export class StagedRows {
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #places: DiskNumbers;

  constructor(database: DatabaseSync) {
    database.exec('CREATE TABLE staged_rows (row INTEGER PRIMARY KEY, text TEXT NOT NULL)');
    this.#insert = database.prepare('INSERT INTO staged_rows (row, text) VALUES (?, ?)');
    this.#select = database.prepare('SELECT text FROM staged_rows WHERE row = ?');
    this.#places = new DiskNumbers(database, 'row_places');
  }

  get length(): number {
    return this.#places.length;
  }

  /** @returns the number of the row, from 0 */
  add(text: string, { file, line }: Place): number {
    const row = this.length;
    this.#insert.run(row, text);
    this.#places.append(file * LINES_MAX + line);
    return row;
  }

  textOf(row: number): string {
    return (this.#select.get(row) as { readonly text: string }).text;
  }

  placeOf(row: number): Place {
    const place = this.#places.at(row) ?? 0;
    return { file: Math.floor(place / LINES_MAX), line: place % LINES_MAX };
  }
}

/** Every row is one write, in the order of the rows. */
export function writesInOrder(rows: StagedRows, writeOf: (text: string) => ReplayWrite): WriteSequence {
  return {
    length: rows.length,
    *from(index) {
      for (let row = index; row < rows.length; row += 1) yield writeOf(rows.textOf(row));
    },
  };
}

/** The writes of the rows that `order` lists. */
export function writesOrderedBy(order: DiskNumbers, writeOf: (entry: number) => ReplayWrite): WriteSequence {
  return {
    length: order.length,
    *from(index) {
      const cursor = order.cursor(index);
      for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) yield writeOf(entry);
    },
  };
}

/** 96 bits of a hash, as two whole numbers: enough that different texts do not collide. */
export function hashOf(text: string): readonly [number, number] {
  const bytes = hash('sha256', text, 'buffer');
  return [bytes.readUIntBE(0, 6), bytes.readUIntBE(6, 6)];
}
