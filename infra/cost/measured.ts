/**
 * What we measured or assume for the estimate. `measured` has a run of this repository behind each number,
 * `assumed` has none: nothing was measured on AWS. docs/benchmarks.md says how we measured.
 */

export const measured = {
  /**
   * Milliseconds of a whole CPU for one invocation: a part for each batch, and a part for each event. Ours is
   * the bundle, warm, against a stub: 0.9 ms with 1 record, 2.9 with 100, 39 with 1,000. The others are as
   * many times ours as in one run of `npm run bench` (the trace in batches of 1,000, 5 ms a request).
   */
  cpuMs: {
    ours: { batch: 0.9, event: 0.035 },
    add: { batch: 0.9, event: 0.035 * 14.3 },
    netDeltas: { batch: 0.9, event: 0.035 * 0.74 },
    idempotency: { batch: 0.9, event: 0.035 * 21.7 },
  },
  /** Bytes that an invocation of the aggregator logs: its metrics, as one line. */
  metricsLineBytes: 1_100,
} as const;

export const assumed = {
  /** A stream record with both images, as the pipe hands it over. 1,000 of them are about 1 MB. */
  recordBytes: 1_000,
  /** Bytes of START, END and REPORT, which Lambda logs for each invocation. */
  platformLogBytes: 300,
  /** Lambda gives a function this much of a CPU for each MB: 1,769 MB are one (Lambda guide, "Memory"). */
  memoryOfOneCpuMb: 1_769,
  /** A TransactWriteItems in the region: a part for the request, and a part for each action. */
  transactionMs: { request: 20, action: 0.4 },
  /** An UpdateItem, PutItem or BatchGetItem in the region. */
  requestMs: 5,
  /** How many requests the tutorials’ handlers have under way. */
  requestsAtOnce: 16,
  /** Without a batching window, a batch holds what came between two polls: four a second. */
  secondsBetweenPolls: 0.25,
  /** Transactions and batches that are sent again, after a conflict, a throttle or a lost answer. */
  retriedShare: 0.01,
  /** Guesses about a floor that are wrong, because the count crosses it between the read and the commit. */
  wrongGuessShare: 0.0001,
  /** The used share of provisioned capacity. Auto scaling aims at 70 % and lags behind the hours of a day. */
  utilization: 0.5,
  /** Half the bytes of kept logs are left after compression, at least. */
  logCompression: 0.5,
  /** Milliseconds of a whole CPU for a row of a full scan. */
  scanCpuMsARow: 0.02,
  /** Favourites a second that a verify compares: the goal of `npm run bench:reconcile`. */
  verifiedASecond: 25_000,
  /** A function of redrive that finds nothing to do. */
  idleFunctionMs: 150,
} as const;

/** Limits of AWS, from the guides of DynamoDB, Lambda and EventBridge Pipes. */
export const limits = {
  partitionWriteUnits: 1_000,
  partitionBytes: 10 * 2 ** 30,
  /** A new table on demand takes 4,000 write units a second: four partitions, and four stream shards. */
  partitionsOfNewTable: 4,
  tableWriteUnits: 40_000,
  /** A change of a count moves its index entry, which takes two of the 1,000 units of a partition. */
  indexChangesASecond: 500,
  lambdaConcurrency: 1_000,
  pipeConcurrency: 3_000,
  payloadBytes: 6 * 2 ** 20,
} as const;

/** Overhead that DynamoDB adds to the size of each item and each index entry when it bills storage. */
export const STORAGE_OVERHEAD_BYTES = 100;
