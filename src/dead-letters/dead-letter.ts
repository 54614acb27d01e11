/**
 * A dead letter: a stream record that can never be applied, kept whole with its reason (I5). The body is
 * base64(gzip(JSON)), because SQS refuses some characters that a record may hold; a record that outgrows a
 * message is cut down to what identifies it, and marked.
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
/**
 * Bytes of JSON that a body may inflate to. The record came in an invocation of at most 6 MB (Lambda quotas),
 * so a larger body is damaged or hostile: inflated whole, it would take the memory of every redrive that
 * tries it.
 */
const JSON_BYTES_MAX = 8 * 1_048_576;
/** What identifies a record is kept up to this size of its JSON; a DynamoDB key is at most 3 KB. */
const IDENTITY_BYTES_MAX = 16_384;

/** The message body of a letter; a letter whose body would exceed `bytesMax` is truncated. */
export function encodeDeadLetter(letter: DeadLetter, bytesMax = MESSAGE_BYTES_MAX): string {
  const json = JSON.stringify(letter);
  const whole = Buffer.byteLength(json) <= JSON_BYTES_MAX ? pack(json) : undefined;
  if (whole !== undefined && whole.length <= bytesMax) return whole;
  return pack(JSON.stringify(truncated(letter)));
}

/** @throws {SyntaxError} when {@link encodeDeadLetter} did not write `body`. */
export function decodeDeadLetter(body: string): DeadLetter {
  try {
    const json = gunzipSync(Buffer.from(body, 'base64'), { maxOutputLength: JSON_BYTES_MAX });
    return JSON.parse(json.toString('utf8')) as DeadLetter;
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown };
    const found =
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `the body inflates to more than ${JSON_BYTES_MAX} bytes`
        : 'the body is not base64(gzip(JSON))';
    throw new SyntaxError(`${found}: not a dead letter of the aggregator`, { cause });
  }
}

function pack(json: string): string {
  return gzipSync(json).toString('base64');
}

function truncated({ reason, detail, record }: DeadLetter): DeadLetter {
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
