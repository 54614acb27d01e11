/**
 * The message that a pipe sends to its dead-letter queue when it gives records up: it holds no records, only where in the
 * stream they are. The range can contain records that were answered, or that the filter dropped.
 */
import type { Delivery } from './delivery.ts';

export type GivenUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface DeadLetterRange {
  readonly context: { readonly partnerResourceArn: string; readonly condition: GivenUpCondition };
  readonly version: '1.0';
  readonly timestamp: string;
  readonly DDBStreamBatchInfo: {
    readonly shardId: string;
    readonly startSequenceNumber: string;
    readonly endSequenceNumber: string;
    readonly approximateArrivalOfFirstRecord: string;
    readonly approximateArrivalOfLastRecord: string;
    readonly batchSize: number;
    readonly streamArn: string;
  };
}

export function deadLetterRange(options: {
  readonly pipeArn: string;
  readonly streamArn: string;
  readonly shardId: string;
  readonly condition: GivenUpCondition;
  /** At least one. */
  readonly deliveries: readonly Delivery[];
  readonly nowMs: number;
}): DeadLetterRange {
  const inOrder = options.deliveries.toSorted((a, b) => a.order - b.order);
  const first = inOrder[0];
  const last = inOrder.at(-1);
  if (first === undefined || last === undefined)
    throw new Error('A dead-letter range needs at least one record');
  return {
    context: { partnerResourceArn: options.pipeArn, condition: options.condition },
    version: '1.0',
    timestamp: new Date(options.nowMs).toISOString(),
    DDBStreamBatchInfo: {
      shardId: options.shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(first.createdAtMs).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.createdAtMs).toISOString(),
      batchSize: inOrder.length,
      streamArn: options.streamArn,
    },
  };
}
