/**
 * The structured logger. Its level and service name come from POWERTOOLS_LOG_LEVEL and
 * POWERTOOLS_SERVICE_NAME.
 */
import { Logger } from '@aws-lambda-powertools/logger';

/** At INFO and above, a line never holds a user id. */
export const logger = new Logger();

/** How many notices one step logs; its totals count all of them. */
const NOTICES_MAX = 20;

/** Writes the first notices of an invocation and drops the others, so that damage cannot flood the log. */
export function firstNotices<T>(write: (notice: T) => void): (notice: T) => void {
  let left = NOTICES_MAX;
  return (notice) => {
    left -= 1;
    if (left >= 0) write(notice);
  };
}
