/** What every handler tells its SDK clients: how often to send a request, and how long to wait for its answer. */

/** To a service of the same region: what takes longer is a connection that was lost. */
const CONNECTION_TIMEOUT_MS = 1_000;

export function sdkSettings({
  attempts,
  requestTimeoutMs,
}: {
  /** Sendings by the SDK of what was throttled or cut off, the first one included. */
  readonly attempts: number;
  /** Of one sending; then it fails, and is not waited for any longer. */
  readonly requestTimeoutMs: number;
}) {
  return {
    maxAttempts: attempts,
    requestHandler: {
      requestTimeout: requestTimeoutMs,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}
