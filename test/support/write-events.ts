/** Events as an application writes them to Favourites: all, in order, as fast as the engine takes them. */
import type { LocalRun } from '../../infra/local/local-run.ts';
import { fullSpeed, Gate } from '../../infra/local/replay/pace.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-file.ts';
import { writeFavourites } from '../../infra/local/replay/write-favourites.ts';

/** Resolves when all are written, not when they are counted. */
export function writeEvents(
  { dynamoDb, tables }: Pick<LocalRun, 'dynamoDb' | 'tables'>,
  events: readonly ReplayEvent[],
): Promise<void> {
  return writeFavourites({
    dynamoDb,
    table: tables.favourites,
    events,
    from: 0,
    pace: fullSpeed,
    gate: new Gate(),
    onWritten: () => {},
    signal: new AbortController().signal,
  });
}
