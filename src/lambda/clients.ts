/** How the handlers set up their SDK clients. */
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { PlainJsonProtocol } from './plain-json-protocol.ts';

/**
 * How often the SDK sends a request that is throttled or cut off, the first time included, and how long it
 * waits for each response. A response within the region takes far less, so one that is still missing is lost.
 */
const limits = {
  /** Only two, because a commit has its own retries, which know the conflicting restaurants. */
  commit: { attempts: 2, requestTimeoutMs: 3_000 },
  /** The pipe reads the same shards, so reads are throttled now and then; six attempts last over a second. */
  redrive: { attempts: 6, requestTimeoutMs: 3_000 },
  /** DescribeTable is throttled by account; four attempts outlast a burst of other callers. */
  single: { attempts: 4, requestTimeoutMs: 3_000 },
  /**
   * For a page of 2,000 rows or a transaction. A failed step starts again, so with few attempts a step of a
   * thousand requests would never end while a tenth of them is throttled. Ten attempts take half a minute.
   */
  step: { attempts: 10, requestTimeoutMs: 5_000 },
  /** A user is waiting: three attempts take five seconds at worst. */
  api: { attempts: 3, requestTimeoutMs: 1_500 },
} as const;

/** The service is in the same region, so a connection that takes longer will not succeed. */
const CONNECTION_TIMEOUT_MS = 1_000;

const ignore = (): void => undefined;
/**
 * For the `info` and `error` of its logger, the SDK copies and filters every input and output, even if the
 * logger discards them. That takes a quarter of the CPU of a warm batch (npm run bench:bundle). For a logger
 * without these two methods it copies nothing.
 */
const logger = { trace: ignore, debug: ignore, warn: ignore } as unknown as NonNullable<
  DynamoDBClientConfig['logger']
>;

export function createClient<Client>(
  Constructor: new (settings: ReturnType<typeof settingsOf>) => Client,
  purpose: keyof typeof limits,
  protocol?: typeof PlainJsonProtocol,
): Client {
  return new Constructor({ ...settingsOf(limits[purpose]), ...(protocol && { protocol }) });
}

function settingsOf({ attempts, requestTimeoutMs }: (typeof limits)[keyof typeof limits]) {
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
