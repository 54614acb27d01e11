/**
 * What a message of the dead-letter queue asks for: the aggregator's letter holds the record itself, the
 * pipe's only says where in which stream its records are (EventBridge Pipes user guide, "DLQ message of a
 * stream source").
 */
import { decodeDeadLetter } from './dead-letter.ts';

export type Redrivable =
  | { readonly kind: 'record'; readonly record: unknown }
  | { readonly kind: 'range'; readonly range: DeadLetterRange }
  /** Nothing that could be applied; `detail` holds nothing of the body. */
  | { readonly kind: 'unreadable'; readonly detail: string };

export interface DeadLetterRange {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly batchSize: number;
}

const STREAM_ARN = /^arn:[^:]+:dynamodb:[^:]+:[^:]*:table\/[^/]+\/stream\/[^/]+$/;
const SEQUENCE_NUMBER = /^\d{1,40}$/;

export function readRedrivable(body: string): Redrivable {
  return body.trimStart().startsWith('{') ? readRange(body) : readRecord(body);
}

function readRecord(body: string): Redrivable {
  try {
    const letter: unknown = decodeDeadLetter(body);
    if (!isObject(letter)) return unreadable('the letter is not an object');
    if (letter['truncated'] === true) {
      return unreadable('the record outgrew its message, and only what identifies it was kept');
    }
    return 'record' in letter
      ? { kind: 'record', record: letter['record'] }
      : unreadable('the letter holds no record');
  } catch (thrown) {
    return unreadable(thrown instanceof Error ? thrown.message : 'the body cannot be decoded');
  }
}

function readRange(body: string): Redrivable {
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return unreadable('the body begins like JSON and is none');
  }
  const batch = isObject(message) ? message['DDBStreamBatchInfo'] : undefined;
  if (!isObject(batch)) return unreadable('the message has no DDBStreamBatchInfo');
  const { streamArn, shardId, startSequenceNumber, endSequenceNumber, batchSize } = batch;
  if (!isMatch(streamArn, STREAM_ARN)) return unreadable('the message names no stream of a table');
  if (typeof shardId !== 'string' || shardId === '') return unreadable('the message names no shard');
  if (!isMatch(startSequenceNumber, SEQUENCE_NUMBER) || !isMatch(endSequenceNumber, SEQUENCE_NUMBER)) {
    return unreadable('the message names no range of sequence numbers');
  }
  if (BigInt(startSequenceNumber) > BigInt(endSequenceNumber)) {
    return unreadable('the range of the message ends before it starts');
  }
  return {
    kind: 'range',
    range: {
      streamArn,
      shardId,
      startSequenceNumber,
      endSequenceNumber,
      batchSize:
        typeof batchSize === 'number' && Number.isInteger(batchSize) && batchSize > 0 ? batchSize : 1,
    },
  };
}

function unreadable(detail: string): Redrivable {
  return { kind: 'unreadable', detail };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMatch(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}
