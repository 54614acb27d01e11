import type { InvocationOutcome } from '../function/invocation.ts';
import { isObject } from '../json.ts';

/** One record on its way through a lane to the target. */
export interface Delivery {
  /** What the target receives. Unknown, because faults put malformed records among the real ones. */
  readonly record: unknown;
  /** Absent only in malformed records: an answer cannot name these. */
  readonly eventID: string | undefined;
  /** Of the stream record, for checkpoints and dead-letter ranges; of its neighbour for an injected one. */
  readonly sequenceNumber: string;
  readonly createdAtMs: number;
  readonly arrivedAtMs: number;
  /** As JSON. */
  readonly sizeBytes: number;
  /** In reading order of the shard. */
  readonly order: number;
  /** The position in the low-water mark that waits for this delivery. */
  readonly heldPosition: number;
  readonly isDuplicate: boolean;
  /** Injected: the stream does not hold it. */
  readonly isPoison: boolean;
}

/**
 * The deliveries that failed, as EventBridge Pipes reads the target's answer for DynamoDB sources:
 * - `batchItemFailures: []`, and also null, {} or no such list: success;
 * - `batchItemFailures: [{ itemIdentifier: <eventID> }]`: these failed, the others are done;
 * - a list that is not an array, an entry without `itemIdentifier`, an identifier that is not in the batch, a
 *   throw, a timeout, a crash: the whole batch failed.
 */
export function failedDeliveries(
  batch: readonly Delivery[],
  outcome: InvocationOutcome,
): readonly Delivery[] {
  const named = outcome.kind === 'answer' ? namedFailures(outcome.payload) : undefined;
  const known = new Set(batch.map(({ eventID }) => eventID));
  if (named === undefined || !named.isSubsetOf(known)) return batch;
  return batch.filter(({ eventID }) => named.has(eventID));
}

/** Undefined: unreadable. */
function namedFailures(payload: unknown): Set<unknown> | undefined {
  if (payload !== null && payload !== undefined && !isObject(payload)) return undefined;
  const list: unknown = payload?.['batchItemFailures'] ?? [];
  if (!Array.isArray(list)) return undefined;
  const identifiers = list.map((entry: unknown) => (isObject(entry) ? entry['itemIdentifier'] : undefined));
  return identifiers.every((it) => typeof it === 'string' && it !== '') ? new Set(identifiers) : undefined;
}

export type GivenUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export type DeadLetterRange = ReturnType<typeof deadLetterRange>;

/**
 * The message that a pipe sends to its dead-letter queue when it gives records up: it holds no records, only
 * where in the stream they are. The range can contain records that were answered, or that the filter dropped.
 */
export function deadLetterRange(options: {
  readonly pipeArn: string;
  readonly streamArn: string;
  readonly shardId: string;
  readonly condition: GivenUpCondition;
  /** At least one. */
  readonly deliveries: readonly Delivery[];
  readonly nowMs: number;
}) {
  const { pipeArn, streamArn, shardId, condition, deliveries, nowMs } = options;
  const inOrder = deliveries.toSorted((a, b) => a.order - b.order);
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  if (first === undefined || last === undefined) {
    throw new Error('A dead-letter range needs at least one record');
  }
  return {
    context: { partnerResourceArn: pipeArn, condition },
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(first.createdAtMs).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.createdAtMs).toISOString(),
      batchSize: inOrder.length,
      streamArn,
    },
  };
}
