/** Running totals of one pipe since it was created. */
export interface PipeCounters {
  /** Records read from the stream, and those of them that the filter dropped. */
  readonly recordsRead: number;
  readonly recordsFiltered: number;
  /** Records handed to the target, each time it was. */
  readonly recordsDelivered: number;
  /** Deliveries that the target answered as done. */
  readonly recordsAnswered: number;
  /** Records handed to the target again: retries and duplicates. */
  readonly recordsRedelivered: number;
  /** Invocations of the target. */
  readonly batches: number;
  /** Those of which at least one record failed. */
  readonly batchesFailed: number;
  /** Mean of records ÷ batchSize over first deliveries (not retries), 0..1. */
  readonly batchFill: number;
  readonly bisects: number;
  readonly deadLetterRanges: number;
  /** Records with the target now. */
  readonly recordsInFlight: number;
  /** Deliveries read or injected, and not yet answered. */
  readonly recordsPending: number;
  /** Age of the oldest record that is not answered; 0 when there is none. */
  readonly lagMs: number;
}

/** What the parts of the pipe count. */
export interface PipeMeter {
  recordsRead: number;
  recordsFiltered: number;
  recordsDelivered: number;
  recordsAnswered: number;
  recordsRedelivered: number;
  batches: number;
  batchesFailed: number;
  firstDeliveries: number;
  firstDeliveryRecords: number;
  bisects: number;
  deadLetterRanges: number;
  recordsInFlight: number;
  recordsPending: number;
}

export function createPipeMeter(): PipeMeter {
  return {
    recordsRead: 0,
    recordsFiltered: 0,
    recordsDelivered: 0,
    recordsAnswered: 0,
    recordsRedelivered: 0,
    batches: 0,
    batchesFailed: 0,
    firstDeliveries: 0,
    firstDeliveryRecords: 0,
    bisects: 0,
    deadLetterRanges: 0,
    recordsInFlight: 0,
    recordsPending: 0,
  };
}

export function countersOf(
  counters: PipeMeter,
  o: { readonly batchSize: number; readonly lagMs: number },
): PipeCounters {
  const { firstDeliveries, firstDeliveryRecords, ...figures } = counters;
  const batchFill = firstDeliveries === 0 ? 0 : firstDeliveryRecords / (firstDeliveries * o.batchSize);
  return { ...figures, batchFill, lagMs: o.lagMs };
}
