/**
 * Powertools Batch as EventBridge Pipes needs it: a bare array comes in, and what failed is named by
 * `eventID` (Powertools names sequence numbers, which a Lambda event source mapping expects and a pipe does
 * not know).
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
 * @throws {UnexpectedEventError} for anything but a JSON array: the pipe takes that as a whole batch failed.
 */
export function parsePipeBatch(event: unknown): readonly unknown[] {
  if (Array.isArray(event)) return event;
  throw new UnexpectedEventError(event === null ? 'null' : typeof event);
}

/**
 * Hands every record to `handle` at once and waits for all.
 *
 * @returns the failed ones, with the errors beside them; the list is empty, never missing, when none failed.
 * @throws {UnnameableRecordError} when a record failed that has no eventID: the whole batch must come again.
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
   * The answer names failures only. Powertools would keep the successes too, and read the environment for
   * each.
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
