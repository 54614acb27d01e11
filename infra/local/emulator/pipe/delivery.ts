/** One record on its way through a lane to the target. */
export interface Delivery {
  /** What the target receives. Unknown, because faults put malformed records among the real ones. */
  readonly record: unknown;
  /** Absent only in malformed records: these cannot be named in an answer. */
  readonly eventID: string | undefined;
  /** Of the stream record, for checkpoints and dead-letter ranges; of its neighbour for an injected one. */
  readonly sequenceNumber: string;
  readonly createdAtMs: number;
  readonly arrivedAtMs: number;
  /** As JSON. */
  readonly sizeBytes: number;
  /** In reading order of the shard. */
  readonly order: number;
  /** The place in the low-water mark that waits for this delivery. */
  readonly heldPosition: number;
  readonly isDuplicate: boolean;
  /** Injected, and not in the stream. */
  readonly isPoison: boolean;
}
