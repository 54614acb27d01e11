/** Running totals of one pipe since it was created. */
export interface PipeFigures {
  /** Records read from the stream, and those of them that the filter dropped. */
  readonly recordsRead: number;
  readonly recordsFiltered: number;
  /** Records handed to the target, each time it was. */
  readonly recordsDelivered: number;
  /** Records answered as done. */
  readonly recordsAnswered: number;
  /** Records handed to the target again: retries and duplicates. */
  readonly recordsRedelivered: number;
  readonly batches: number;
  /** Batches of which at least one record failed. */
  readonly batchesFailed: number;
  /** Mean of records ÷ batchSize over first deliveries (not retries), 0..1. */
  readonly batchFill: number;
  readonly bisects: number;
  readonly deadLetterRanges: number;
  /** Records with the target now. */
  readonly recordsInFlight: number;
  /** Records read and not yet answered. */
  readonly recordsPending: number;
  /** Age of the oldest record that is not answered; 0 when there is none. */
  readonly lagMs: number;
}
