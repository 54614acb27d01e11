/**
 * Rereads the records that the pipe gave up on, from their shard of the Favourites stream. They get the shape
 * that EventBridge Pipes sends, so that the aggregator's parser can read them.
 */
import {
  type _Record as ApiRecord,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { readsUpdates, type Source } from '../counting/source/source.ts';

/** Includes the records at both ends. */
export interface StreamRange {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** Records in the pipe's batch; the range also holds records that the pipe's filter drops. */
  readonly batchSize: number;
}

export interface FavouritesStream {
  /**
   * The records of the range that the pipe's filter lets through, in order, page by page. Throws what the SDK
   * throws.
   * @throws {RangeUnreadableError} when the shard's records end before the end of the range.
   */
  read(range: StreamRange, options: { readonly signal: AbortSignal }): AsyncIterable<StreamPage>;
}

export interface StreamPage {
  readonly records: readonly unknown[];
  /** The stream no longer holds the start of the range. */
  readonly isExpired: boolean;
}

export class RangeUnreadableError extends Error {
  readonly code = 'range-unreadable';
  override readonly name = 'RangeUnreadableError';

  constructor({ shardId, endSequenceNumber }: StreamRange, readUpTo: bigint | undefined) {
    const found = readUpTo === undefined ? 'no records' : `records up to ${readUpTo}`;
    super(
      `Shard ${shardId} returned ${found}, but the range ends at ${endSequenceNumber}. ` +
        'The dead letter of the range stays in the queue, and the next redrive tries it again.',
    );
  }
}

/** Records in one GetRecords (Streams API reference). */
const PAGE_RECORDS_MAX = 1_000;
/** A shard may return empty pages before a page with records. */
const EMPTY_PAGES_MAX = 50;

/**
 * Whether the ARN is that of another table's stream, whose positions cannot be compared with those of this
 * table. False for a text that is not the ARN of a stream.
 */
export function isOfAnotherTable(streamArn: unknown, tableArn: string): boolean {
  if (typeof streamArn !== 'string') return false;
  const end = streamArn.lastIndexOf('/stream/');
  return end >= 0 && streamArn.slice(0, end) !== tableArn;
}

/** Reads one page at a time across all ranges: a shard supports two readers, and the pipe is one of them. */
export function createFavouritesStream(client: DynamoDBStreamsClient, source: Source): FavouritesStream {
  const passesFilter = filterOf(source);
  let before: Promise<unknown> = Promise.resolve();
  return {
    async *read(range, { signal }) {
      try {
        yield* pages(range, { from: 'AT_SEQUENCE_NUMBER', signal });
      } catch (thrown) {
        if (!(thrown instanceof Error && thrown.name === 'TrimmedDataAccessException')) throw thrown;
        // Records that were already read may come again; they are then stale (I2).
        yield { records: [], isExpired: true };
        yield* pages(range, { from: 'TRIM_HORIZON', signal });
      }
    },
  };

  async function* pages(
    range: StreamRange,
    { from, signal }: { readonly from: 'AT_SEQUENCE_NUMBER' | 'TRIM_HORIZON'; readonly signal: AbortSignal },
  ): AsyncGenerator<StreamPage, void, void> {
    const [start, end] = [BigInt(range.startSequenceNumber), BigInt(range.endSequenceNumber)];
    let isExpired = from === 'TRIM_HORIZON';
    let readUpTo: bigint | undefined;
    let emptyPages = 0;
    // The first page asks for no more than the pipe's batch size: many ranges hold one record.
    let limit = Math.min(PAGE_RECORDS_MAX, Math.max(1, range.batchSize));
    let iterator = await iteratorAt(range, { from, signal });
    while (iterator !== undefined && emptyPages < EMPTY_PAGES_MAX) {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
      const page = await inTurn(() => client.send(command, { abortSignal: signal }));
      const records = (page.Records ?? []).map((record) => ({ record, sequence: sequenceOf(record) }));
      // The range starts at a record of this shard. If the first record read comes after it, the start is
      // gone.
      if (readUpTo === undefined && records.slice(0, 1).some(({ sequence }) => sequence > start))
        isExpired = true;
      yield {
        records: records
          .filter(({ record, sequence }) => sequence <= end && passesFilter(record))
          .map(({ record }) => asPipeRecord(record, range.streamArn)),
        isExpired,
      };
      readUpTo = records.at(-1)?.sequence ?? readUpTo;
      if (readUpTo !== undefined && readUpTo >= end) return;
      emptyPages = records.length === 0 ? emptyPages + 1 : 0;
      iterator = page.NextShardIterator;
      limit = PAGE_RECORDS_MAX;
    }
    // If the start of the range is gone, its end may be gone too.
    if (!isExpired) throw new RangeUnreadableError(range, readUpTo);
  }

  async function iteratorAt(
    { streamArn, shardId, startSequenceNumber }: StreamRange,
    { from, signal }: { readonly from: 'AT_SEQUENCE_NUMBER' | 'TRIM_HORIZON'; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const command = new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: from,
      ...(from === 'AT_SEQUENCE_NUMBER' && { SequenceNumber: startSequenceNumber }),
    });
    const { ShardIterator } = await client.send(command, { abortSignal: signal });
    return ShardIterator;
  }

  function inTurn<T>(request: () => Promise<T>): Promise<T> {
    const answer = before.then(request);
    before = answer.catch(() => undefined);
    return answer;
  }
}

/** Like the pipe's filter, but without comparing keys, because the mapping ignores other kinds of item. */
function filterOf(source: Source) {
  const names = readsUpdates(source) ? ['INSERT', 'MODIFY', 'REMOVE'] : ['INSERT', 'REMOVE'];
  return ({ eventName }: ApiRecord) => names.includes(eventName ?? '');
}

function sequenceOf({ dynamodb }: ApiRecord): bigint {
  return BigInt(dynamodb?.SequenceNumber ?? 0);
}

/** The API returns a Date and bytes where a pipe sends epoch seconds and base64. */
function asPipeRecord({ userIdentity, dynamodb, ...record }: ApiRecord, eventSourceARN: string): unknown {
  const pipeRecord = {
    ...record,
    dynamodb: { ...dynamodb },
    // Only the record of a deletion by TTL has `userIdentity`.
    ...(userIdentity && {
      userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
    }),
    eventSourceARN,
  };
  // `value` has already been through toJSON; `this[name]` has not.
  const text = JSON.stringify(
    pipeRecord,
    function (this: Readonly<Record<string, unknown>>, name, value: unknown) {
      const original = this[name];
      if (original instanceof Date) return original.getTime() / 1000;
      return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : value;
    },
  );
  return JSON.parse(text);
}
