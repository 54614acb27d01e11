/** Logs a row that can never be counted as it is. */
import { logger } from '../lambda/logger.ts';
import type { UncountableRow } from './rows-seen.ts';

/** Restaurant ids at WARN; ids of rows, which may name users, only at DEBUG. */
export function logUncountable({ key, rejection }: UncountableRow): void {
  logger.warn('A row of Favourites can never be counted', {
    restaurantId: key?.restaurantId,
    reason: rejection.reason,
    detail: rejection.detail,
  });
  logger.debug('The id of that row', { rowId: key?.rowId });
}
