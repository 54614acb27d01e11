/**
 * Sorts more rows of numbers than fit into memory. It sorts runs of rows in memory, keeps them on disk, and
 * merges them. SQLite could sort too, but it would block the process, so that progress and Ctrl-C stop.
 */
import type { DatabaseSync } from 'node:sqlite';
import { DiskNumbers, type NumberCursor } from './disk-numbers.ts';

/** A run of seven columns takes 11 MB. */
const RUN_ROWS = 200_000;

export interface DiskSorterOptions {
  /** A name that no other sorter or list of the database has. */
  readonly name: string;
  readonly columns: number;
  /** Rows that are sorted in memory. */
  readonly runRows?: number;
}

type Row = readonly number[];

export class DiskSorter {
  readonly #columns: number;
  readonly #runRows: number;
  readonly #sorted: DiskNumbers;
  /** The first row and the end of each run. */
  readonly #runs: { readonly from: number; readonly to: number }[] = [];
  #run: Float64Array | undefined;
  #length = 0;
  #flushed = 0;

  constructor(database: DatabaseSync, { name, columns, runRows = RUN_ROWS }: DiskSorterOptions) {
    this.#columns = columns;
    this.#runRows = runRows;
    this.#sorted = new DiskNumbers(database, name);
  }

  get length(): number {
    return this.#length;
  }

  add(row: Row): void {
    this.#run ??= new Float64Array(this.#runRows * this.#columns);
    this.#run.set(row, (this.#length - this.#flushed) * this.#columns);
    this.#length += 1;
    if (this.#length - this.#flushed === this.#runRows) this.#flush();
  }

  /** The rows by their first column, then by the next ones. Do not add rows afterwards. */
  *sorted(): Generator<Row> {
    this.#flush();
    this.#run = undefined;
    const heap: Head[] = [];
    for (const { from, to } of this.#runs) {
      const cursor = this.#sorted.cursor(from * this.#columns);
      push(heap, { row: this.#read(cursor), cursor, left: to - from - 1 });
    }
    for (let [head] = heap; head !== undefined; [head] = heap) {
      yield head.row;
      if (head.left === 0) {
        const last = heap.pop();
        if (last === undefined || heap.length === 0) return;
        heap[0] = last;
      } else {
        head.row = this.#read(head.cursor);
        head.left -= 1;
      }
      sink(heap);
    }
  }

  #read(cursor: NumberCursor): Row {
    const row: number[] = [];
    for (let column = 0; column < this.#columns; column += 1) row.push(cursor.next() ?? 0);
    return row;
  }

  #flush(): void {
    const rows = this.#length - this.#flushed;
    if (rows === 0 || this.#run === undefined) return;
    const [run, columns] = [this.#run, this.#columns];
    const order = Uint32Array.from({ length: rows }, (_, at) => at).sort((a, b) => {
      for (let column = 0; column < columns; column += 1) {
        const difference = (run[a * columns + column] ?? 0) - (run[b * columns + column] ?? 0);
        if (difference !== 0) return difference;
      }
      return 0;
    });
    for (const row of order) {
      const first = row * columns;
      for (let at = first; at < first + columns; at += 1) this.#sorted.append(run[at] ?? 0);
    }
    this.#runs.push({ from: this.#flushed, to: this.#length });
    this.#flushed = this.#length;
  }
}

/** The next row of a run, the smallest one first in the heap. */
interface Head {
  row: Row;
  readonly cursor: NumberCursor;
  left: number;
}

function push(heap: Head[], head: Head): void {
  heap.push(head);
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (!swapped(heap, parent, at)) return;
    at = parent;
  }
}

function sink(heap: Head[]): void {
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const [a, b] = [heap[left], heap[right]];
    if (a === undefined) return;
    const smaller = b !== undefined && compareRows(b.row, a.row) < 0 ? right : left;
    if (!swapped(heap, at, smaller)) return;
    at = smaller;
  }
}

/** Swaps the two if the child is smaller than its parent. */
function swapped(heap: Head[], parent: number, child: number): boolean {
  const [above, below] = [heap[parent], heap[child]];
  if (above === undefined || below === undefined || compareRows(below.row, above.row) >= 0) return false;
  [heap[parent], heap[child]] = [below, above];
  return true;
}

function compareRows(a: Row, b: Row): number {
  for (let column = 0; column < a.length; column += 1) {
    const difference = (a[column] ?? 0) - (b[column] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
