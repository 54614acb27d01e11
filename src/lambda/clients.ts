/** The settings that every handler gives its SDK clients. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** To a service in the same region; a connection that takes longer is lost. */
const CONNECTION_TIMEOUT_MS = 1_000;

const ignore = (): void => undefined;
/**
 * The SDK copies every input and output, filtered, for its logger's `info` and `error`, even when the logger
 * drops them: a quarter of the CPU of a warm batch (npm run bench:bundle). Without these two methods it does
 * not.
 */
const logger = { trace: ignore, debug: ignore, warn: ignore } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;

export function clientSettings({
  attempts,
  requestTimeoutMs,
}: {
  /** The first one included. The SDK repeats a request after throttling or a broken connection. */
  readonly attempts: number;
  /** Of one attempt. */
  readonly requestTimeoutMs: number;
}) {
  return {
    logger,
    maxAttempts: attempts,
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}
