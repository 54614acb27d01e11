import type { LocalRun } from '../../infra/local/local-run.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { writeFavourites } from '../../infra/local/replay/write-favourites.ts';

/**
 * Writes events to Favourites as an application does. Resolves when all are written, which is before they are
 * counted.
 */
export function writeEvents(
  run: Pick<LocalRun, 'dynamoDb' | 'tables'>,
  events: readonly ReplayEvent[],
): Promise<void> {
  return writeFavourites(run, { events });
}
