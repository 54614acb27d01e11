/**
 * Adapts Powertools Batch to EventBridge Pipes. A pipe sends a bare array and identifies failed records by
 * `eventID`. Powertools identifies them by sequence number, as a Lambda event source mapping does.
 */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type {
  BaseRecord,
  PartialItemFailureResponse,
  PartialItemFailures,
  SuccessResponse,
} from '@aws-lambda-powertools/batch/types';
import type { DynamoDBRecord } from 'aws-lambda';
import { UnexpectedEventError, UnnameableRecordError } from './errors.ts';

/**
 * @throws {UnexpectedEventError} if the event is not an array; the pipe then treats the whole batch as
 * failed.
 */
export function parsePipeBatch(event: unknown): readonly unknown[] {
  if (Array.isArray(event)) return event;
  throw new UnexpectedEventError(event === null ? 'null' : typeof event);
}

/**
 * Passes all records to `handle` at once and waits for all of them.
 *
 * @returns the failed records and their errors; `batchItemFailures` is always present, and empty if no record
 * failed.
 * @throws {UnnameableRecordError} when a failed record has no eventID: the pipe redelivers the whole batch.
 */
export async function processPipeBatch(
  records: readonly unknown[],
  handle: (record: unknown) => Promise<void>,
): Promise<{ readonly response: PartialItemFailureResponse; readonly errors: readonly Error[] }> {
  const processor = new PipeBatchProcessor(EventType.DynamoDBStreams);
  const response = await processPartialResponse(
    { Records: records as DynamoDBRecord[] },
    (record: DynamoDBRecord) => handle(record),
    processor,
    { throwOnFullBatchFailure: false },
  );
  return { response, errors: processor.errors };
}

class PipeBatchProcessor extends BatchProcessor {
  /**
   * The response needs only the failures. Powertools would also keep the successes, and read the environment
   * for each of them.
   */
  override successHandler(record: BaseRecord, result: unknown): SuccessResponse {
    return ['success', result, record] as unknown as SuccessResponse;
  }

  override collectDynamoDBFailures(): PartialItemFailures[] {
    return this.failureMessages.map((record: unknown) => {
      const eventId =
        typeof record === 'object' && record !== null && 'eventID' in record ? record.eventID : undefined;
      if (typeof eventId !== 'string' || eventId === '') throw new UnnameableRecordError(this.errors[0]);
      return { itemIdentifier: eventId };
    });
  }
}
