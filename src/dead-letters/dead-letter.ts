/**
 * A dead letter: a stream record that can never be applied, kept whole with its reason (I5). The body is
 * base64(gzip(JSON)), because SQS rejects some characters that a record may hold. If a record is too large
 * for a message, only its identifying fields are kept, and the dead letter is marked as truncated.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RejectionReason } from '../counting/rejection.ts';
import { member } from '../counting/source/attributes.ts';

export interface DeadLetter {
  readonly reason: RejectionReason;
  readonly detail: string;
  /** As delivered; undefined if `truncated`. */
  readonly record?: unknown;
  readonly truncated?: true;
  /** Of a truncated record, if readable and short. */
  readonly eventID?: unknown;
  readonly eventSourceARN?: unknown;
  readonly sequenceNumber?: unknown;
  readonly keys?: unknown;
}

/** The largest message that SQS takes, in bytes: 1 MiB (SQS quotas, "Message size"). */
export const MESSAGE_BYTES_MAX = 1_048_576;
/**
 * Redrive holds several dead letters in memory, so their inflated and their parsed size are bounded. No real
 * record reaches a bound: it came in an invocation of at most 6 MB (Lambda quotas), and has at most two
 * images of 400 KB, in which each object or list takes a byte or more (DynamoDB quotas). A million empty
 * lists take 60 MB when parsed.
 */
const JSON_BYTES_MAX = 8 * 1_048_576;
const OBJECTS_AND_LISTS_MAX = 1_000_000;
const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;
/**
 * The largest JSON that a truncated dead letter keeps of an identifying field, in bytes; a DynamoDB key has
 * at most 3 KB.
 */
const IDENTITY_BYTES_MAX = 16_384;

/** The message body of a dead letter, which is truncated if its body would exceed `bytesMax`. */
export function encodeDeadLetter(letter: DeadLetter, bytesMax = MESSAGE_BYTES_MAX): string {
  const json = Buffer.from(JSON.stringify(letter));
  const whole = isBounded(json) ? pack(json) : undefined;
  if (whole !== undefined && whole.length <= bytesMax) return whole;
  return pack(JSON.stringify(truncated(letter)));
}

/** @throws {SyntaxError} when {@link encodeDeadLetter} did not write `body` */
export function decodeDeadLetter(body: string): DeadLetter {
  try {
    const json = gunzipSync(Buffer.from(body, 'base64'), { maxOutputLength: JSON_BYTES_MAX });
    if (!isBounded(json)) throw new RangeError('too many objects and lists');
    return JSON.parse(json.toString('utf8')) as DeadLetter;
  } catch (cause) {
    // gunzipSync throws a RangeError too.
    const found =
      (cause as Error).name === 'RangeError'
        ? `inflates to more than ${JSON_BYTES_MAX} bytes or ${OBJECTS_AND_LISTS_MAX} objects and lists`
        : 'is not base64(gzip(JSON))';
    throw new SyntaxError(`the body ${found}: not a dead letter of the aggregator`, { cause });
  }
}

function isBounded(json: Buffer): boolean {
  const openings = json.filter((byte) => byte === OPENING_BRACE || byte === OPENING_BRACKET);
  return json.length <= JSON_BYTES_MAX && openings.length <= OBJECTS_AND_LISTS_MAX;
}

function pack(json: Buffer | string): string {
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
