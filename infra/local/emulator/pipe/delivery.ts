import type { InvocationOutcome } from '../function/invocation.ts';
import { isObject } from '../json.ts';

/** One record on its way through a lane to the target. */
export interface Delivery {
  /** The target receives this. Its type is `unknown`, because faults inject malformed records. */
  readonly record: unknown;
  /** Undefined only for malformed records, so a list of failures cannot name them. */
  readonly eventID: string | undefined;
  /** For checkpoints and dead-letter ranges. A poison record has the sequence number of its neighbour. */
  readonly sequenceNumber: string;
  readonly createdAtMs: number;
  readonly arrivedAtMs: number;
  /** Size of the record as JSON. */
  readonly sizeBytes: number;
  /** Position of the record in the order in which the pipe read the shard. */
  readonly order: number;
  /** The low-water mark cannot pass this position until the delivery is answered. */
  readonly heldPosition: number;
  readonly isDuplicate: boolean;
  /** True for an injected record, which is not in the stream. */
  readonly isPoison: boolean;
}

/**
 * Returns the deliveries that failed. EventBridge Pipes reads a target's response to DynamoDB records like
 * this:
 * - `batchItemFailures` is [], null, {} or missing: all succeeded;
 * - `batchItemFailures` is `[{ itemIdentifier: <eventID> }]`: these failed, the others succeeded;
 * - a list that is not an array, an entry without `itemIdentifier`, an identifier that is not in the batch,
 *   an error, a timeout, a crash: the whole batch failed.
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

/** Undefined when the list of failures is not valid. */
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
 * The message that a pipe sends to its dead-letter queue when it gives up on records. It contains no records,
 * only their range in the stream. The range may include records that were answered or filtered out.
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
