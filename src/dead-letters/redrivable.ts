/**
 * Reads a message of the dead-letter queue. A letter of the aggregator holds the record itself; a message of
 * the pipe only says where in which stream its records are (EventBridge Pipes user guide, "DLQ message of a
 * stream source").
 */
import * as v from 'valibot';
import { member } from '../counting/source/attributes.ts';
import { type DeadLetter, decodeDeadLetter } from './dead-letter.ts';

export type Redrivable =
  | { readonly kind: 'record'; readonly record: unknown; readonly streamArn: unknown }
  | { readonly kind: 'range'; readonly range: DeadLetterRange; readonly streamArn: string }
  /** There is no record to apply. `detail` repeats nothing of the body, which may hold user ids. */
  | { readonly kind: 'unreadable'; readonly detail: string };

const sequenceNumber = v.pipe(v.string(), v.regex(/^\d{1,40}$/));
const pipeMessage = v.pipe(
  v.string(),
  v.parseJson(undefined, 'the message starts like JSON but cannot be parsed'),
  v.object({
    DDBStreamBatchInfo: v.object({
      streamArn: v.pipe(v.string(), v.regex(/^arn:[^:]+:dynamodb:[^:]+:[^:]*:table\/[^/]+\/stream\/[^/]+$/)),
      shardId: v.pipe(v.string(), v.minLength(1)),
      startSequenceNumber: sequenceNumber,
      endSequenceNumber: sequenceNumber,
      batchSize: v.fallback(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
    }),
  }),
  v.transform(({ DDBStreamBatchInfo }) => DDBStreamBatchInfo),
  v.check(
    ({ startSequenceNumber, endSequenceNumber }) => BigInt(startSequenceNumber) <= BigInt(endSequenceNumber),
    'the range of the message ends before it starts',
  ),
);
export type DeadLetterRange = Readonly<v.InferOutput<typeof pipeMessage>>;

export function readRedrivable(body: string): Redrivable {
  return body.trimStart().startsWith('{') ? readRange(body) : readRecord(body);
}

function readRecord(body: string): Redrivable {
  try {
    const letter = Object(decodeDeadLetter(body)) as DeadLetter;
    const { record } = letter;
    if ('record' in letter) return { kind: 'record', record, streamArn: member(record, 'eventSourceARN') };
    const truncated = 'the record was too large for a message: only its identifying fields were kept';
    return unreadable(letter.truncated ? truncated : 'the dead letter holds no record');
  } catch (thrown) {
    return unreadable((thrown as SyntaxError).message);
  }
}

function readRange(body: string): Redrivable {
  const { success, output, issues } = v.safeParse(pipeMessage, body);
  if (success) return { kind: 'range', range: output, streamArn: output.streamArn };
  const path = v.getDotPath(issues[0]);
  return unreadable(path === null ? issues[0].message : `${path} of the message is missing or unreadable`);
}

function unreadable(detail: string): Redrivable {
  return { kind: 'unreadable', detail };
}
