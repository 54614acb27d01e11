/** Every count against a recount of Favourites. */
import type { LocalRun } from '../local-run.ts';
import { findDrift } from '../replay/drift.ts';
import { readCounts, readFavourites } from '../replay/read-tables.ts';
import type { Recount } from './truth-meter.ts';

/** For tables that hold still. */
export async function countAnew(run: Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'>): Promise<Recount> {
  const atMs = Date.now();
  const [favourites, counts] = [tallied(readFavourites(run)), tallied(readCounts(run))];
  const calendar = { settings: run.settings.timeWindows, nowMs: atMs };
  const found = await findDrift({ favourites: favourites.rows, counts: counts.rows, calendar });
  return {
    drift: found.length,
    favourites: favourites.seen(),
    countsCompared: counts.seen(),
    atMs,
  };
}

function tallied<T>(rows: AsyncIterable<T>): {
  readonly rows: AsyncIterable<T>;
  readonly seen: () => number;
} {
  let seen = 0;
  async function* counted(): AsyncGenerator<T> {
    for await (const row of rows) {
      seen += 1;
      yield row;
    }
  }
  return { rows: counted(), seen: () => seen };
}
