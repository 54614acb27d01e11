/** Counters of one pipe since it was created. */
export type PipeMeter = ReturnType<typeof createPipeMeter>;

export function createPipeMeter() {
  return {
    /** Read from the stream. */
    recordsRead: 0,
    /** Read, but dropped by the filter. */
    recordsFiltered: 0,
    /** Deliveries to the target. A record that is delivered twice counts twice. */
    recordsDelivered: 0,
    /** Deliveries that the target has processed without a failure. */
    recordsAnswered: 0,
    /** Delivered to the target again: retries and duplicates. */
    recordsRedelivered: 0,
    /** Invocations of the target. */
    batches: 0,
    /** Invocations in which at least one record failed. */
    batchesFailed: 0,
    /** Batches that are not retries. `firstDeliveryRecords` counts their records. */
    firstDeliveries: 0,
    firstDeliveryRecords: 0,
    bisects: 0,
    deadLetterRanges: 0,
    /** Records in running invocations. */
    recordsInFlight: 0,
    /** Read or injected, and not yet answered. */
    recordsPending: 0,
  };
}

export type PipeCounters = Readonly<Omit<PipeMeter, 'firstDeliveries' | 'firstDeliveryRecords'>> & {
  /** Mean share of `batchSize` that the batches fill, 0..1. Retries are not included. */
  readonly batchFill: number;
  /** Age of the oldest unanswered record; 0 when all are answered. */
  readonly lagMs: number;
};

export function countersOf(meter: PipeMeter, batchSize: number, lagMs: number): PipeCounters {
  const { firstDeliveries, firstDeliveryRecords, ...counters } = meter;
  const batchFill = firstDeliveries === 0 ? 0 : firstDeliveryRecords / (firstDeliveries * batchSize);
  return { ...counters, batchFill, lagMs };
}
