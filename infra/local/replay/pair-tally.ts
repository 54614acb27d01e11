/**
 * Adds up what is expected and what is counted for each pair of restaurant and window. The newest pairs are
 * in memory and the others in a scratch database, so that memory is bounded.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { openScratchDatabase } from '../scratch-database.ts';

export interface Pair {
  readonly restaurantId: string;
  readonly timeWindow: string;
  /** Favourites of the pair. */
  readonly expected: number;
  /** Its count in the table of counts; 0 if it has none. */
  readonly actual: number;
}

interface Sums {
  expected: number;
  actual: number;
}

/** They take 10 MB if restaurants have many windows, and up to 35 MB if they have few. */
const PAIRS_IN_MEMORY_MAX = 100_000;

// The sums are REAL, because every number of JavaScript fits into it.
const SCHEMA = `
  CREATE TABLE pair (
    restaurant BLOB NOT NULL, time_window TEXT NOT NULL, expected REAL NOT NULL, actual REAL NOT NULL,
    PRIMARY KEY (restaurant, time_window)
  ) STRICT, WITHOUT ROWID`;
const ADD = `
  INSERT INTO pair VALUES (?, ?, ?, ?) ON CONFLICT (restaurant, time_window) DO UPDATE SET
    expected = expected + excluded.expected, actual = actual + excluded.actual`;
/** The primary key orders by the UTF-8 bytes of restaurant and window. */
const ORDER = 'ORDER BY restaurant, time_window';

/** Dispose of it when it is no longer needed. */
export class PairTally implements Disposable {
  readonly #database: DatabaseSync;
  readonly #add: StatementSync;
  readonly #pairsInMemoryMax: number;
  /** By restaurant, then by window. */
  readonly #newest = new Map<string, Map<string, Sums>>();
  #newestPairs = 0;

  constructor(pairsInMemoryMax = PAIRS_IN_MEMORY_MAX) {
    this.#pairsInMemoryMax = pairsInMemoryMax;
    this.#database = openScratchDatabase();
    // One transaction that never ends: nobody else reads this database.
    this.#database.exec(`${SCHEMA}; BEGIN`);
    this.#add = this.#database.prepare(ADD);
  }

  add({ restaurantId, timeWindow, expected, actual }: Pair): void {
    let windows = this.#newest.get(restaurantId);
    if (windows === undefined) this.#newest.set(restaurantId, (windows = new Map<string, Sums>()));
    const sums = windows.get(timeWindow);
    if (sums !== undefined) {
      sums.expected += expected;
      sums.actual += actual;
      return;
    }
    windows.set(timeWindow, { expected, actual });
    this.#newestPairs += 1;
    if (this.#newestPairs >= this.#pairsInMemoryMax) this.#flush();
  }

  /** Number of pairs whose count is not the expected one. */
  driftCount(): number {
    this.#flush();
    const row = this.#database.prepare('SELECT count(*) AS drift FROM pair WHERE expected <> actual').get();
    return Number(row?.['drift']);
  }

  /** Pairs whose count is not the expected one, ordered by the UTF-8 bytes of restaurant and window. */
  drift(): Generator<Pair> {
    return this.#read('expected <> actual');
  }

  /** Pairs with a count above 0, in the same order. */
  counts(window?: string): Generator<Pair> {
    return window === undefined
      ? this.#read('actual > 0')
      : this.#read('actual > 0 AND time_window = ?', window);
  }

  [Symbol.dispose](): void {
    this.#newest.clear();
    this.#database.close();
  }

  *#read(condition: string, ...values: readonly string[]): Generator<Pair> {
    this.#flush();
    const query = this.#database.prepare(`SELECT * FROM pair WHERE ${condition} ${ORDER}`);
    for (const { restaurant, time_window: timeWindow, expected, actual } of query.iterate(...values)) {
      yield {
        restaurantId: Buffer.from(restaurant as Uint8Array).toString('utf8'),
        timeWindow: String(timeWindow),
        expected: Number(expected),
        actual: Number(actual),
      };
    }
  }

  #flush(): void {
    // Sorted, so that neighbours are on the same page of the database.
    for (const restaurantId of [...this.#newest.keys()].toSorted()) {
      const restaurant = Buffer.from(restaurantId);
      for (const [timeWindow, { expected, actual }] of this.#newest.get(restaurantId) ?? []) {
        this.#add.run(restaurant, timeWindow, expected, actual);
      }
    }
    this.#newest.clear();
    this.#newestPairs = 0;
  }
}
