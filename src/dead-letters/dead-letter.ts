/**
 * A dead letter: a stream record that can never be applied, kept whole with its reason (I5). The body is
 * base64(gzip(JSON)), because SQS refuses some characters that a record may hold; a record that outgrows a message
 * is cut down to what identifies it, and marked.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RejectionReason } from '../counting/favourite-event.ts';

export interface DeadLetter {
  readonly reason: RejectionReason;
  readonly detail: string;
  /** As it was delivered; undefined when `truncated`. */
  readonly record?: unknown;
  readonly truncated?: true;
  /** Of a truncated record, as far as they are readable and short. */
  readonly eventID?: unknown;
  readonly eventSourceARN?: unknown;
  readonly sequenceNumber?: unknown;
  readonly keys?: unknown;
}

/** The largest message that SQS takes, in bytes: 1 MiB (SQS quotas, "Message size"). */
export const MESSAGE_BYTES_MAX = 1_048_576;
/** What identifies a record is kept up to this size of its JSON; a DynamoDB key is at most 3 KB. */
const IDENTITY_BYTES_MAX = 16_384;

/** The message body of a letter, truncated when it would be larger than `bytesMax`. */
export function encodeDeadLetter(letter: DeadLetter, bytesMax = MESSAGE_BYTES_MAX): string {
  const whole = pack(letter);
  return whole.length <= bytesMax ? whole : pack(truncate(letter));
}

/** @throws {SyntaxError} when `body` is not one that {@link encodeDeadLetter} wrote. */
export function decodeDeadLetter(body: string): DeadLetter {
  try {
    return JSON.parse(gunzipSync(Buffer.from(body, 'base64')).toString('utf8')) as DeadLetter;
  } catch (cause) {
    throw new SyntaxError('the body is not base64(gzip(JSON)): not a dead letter of the aggregator', {
      cause,
    });
  }
}

function pack(letter: DeadLetter): string {
  return gzipSync(JSON.stringify(letter)).toString('base64');
}

function truncate({ reason, detail, record }: DeadLetter): DeadLetter {
  const change = member(record, 'dynamodb');
  const identity = {
    eventID: member(record, 'eventID'),
    eventSourceARN: member(record, 'eventSourceARN'),
    sequenceNumber: member(change, 'SequenceNumber'),
    keys: member(change, 'Keys'),
  };
  const short = Object.entries(identity).filter(
    ([, value]) => value !== undefined && Buffer.byteLength(JSON.stringify(value)) <= IDENTITY_BYTES_MAX,
  );
  return { reason, detail, truncated: true, ...Object.fromEntries(short) };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
