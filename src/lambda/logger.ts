/** The structured logger of every handler. At INFO and above a line never carries a user id. */
import { Logger } from '@aws-lambda-powertools/logger';

/** Level and service name come from POWERTOOLS_LOG_LEVEL and POWERTOOLS_SERVICE_NAME. */
export function createLogger(): Logger {
  return new Logger();
}
