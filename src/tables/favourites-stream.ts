/**
 * The stream of Favourites, read again by shard and sequence numbers: what the pipe gave up on. Records have
 * the shape that EventBridge Pipes sends, so that the aggregator's parser reads them.
 */
import {
  type _Record as ApiRecord,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';

/** Both ends belong to the range. */
export interface StreamRange {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** Records that the pipe counted; the range also holds records that its filter drops. */
  readonly batchSize: number;
}

export interface FavouritesStream {
  /**
   * The records of the range that the pipe's filter lets through, in order, page by page. Throws what the SDK
   * throws.
   * @throws {RangeUnreadableError} when the shard ends before the range.
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
      `Shard ${shardId} must be read up to ${endSequenceNumber}, the end of the range, and gave ${found}. ` +
        'The dead letter of the range stays for the next redrive.',
    );
  }
}

/** Records in one GetRecords (Streams API reference). */
const PAGE_RECORDS_MAX = 1_000;
/** A shard may answer with empty pages before one with records. */
const EMPTY_PAGES_MAX = 50;

/**
 * Reads one page at a time, of all ranges together: a shard bears two readers, and one of them is the pipe.
 */
export function createFavouritesStream(client: DynamoDBStreamsClient): FavouritesStream {
  let before: Promise<unknown> = Promise.resolve();
  return {
    async *read(range, { signal }) {
      try {
        yield* pages(range, { from: 'AT_SEQUENCE_NUMBER', signal });
      } catch (thrown) {
        if (!(thrown instanceof Error && thrown.name === 'TrimmedDataAccessException')) throw thrown;
        // Records that were read already may come again: they are stale then (I2).
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
    // The first page is no larger than the range may be: many ranges are one record long.
    let limit = Math.min(PAGE_RECORDS_MAX, Math.max(1, range.batchSize));
    let iterator = await iteratorAt(range, { from, signal });
    while (iterator !== undefined && emptyPages < EMPTY_PAGES_MAX) {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
      const page = await inTurn(() => client.send(command, { abortSignal: signal }));
      const records = (page.Records ?? []).map((record) => ({ record, sequence: sequenceOf(record) }));
      // The start is a record of this shard: a reading from its position begins with it, or it is gone.
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

function passesFilter({ eventName }: ApiRecord): boolean {
  return eventName === 'INSERT' || eventName === 'REMOVE';
}

function sequenceOf({ dynamodb }: ApiRecord): bigint {
  return BigInt(dynamodb?.SequenceNumber ?? 0);
}

/** The API answers with a Date and with bytes where a pipe sends epoch seconds and base64. */
function asPipeRecord({ userIdentity, dynamodb, ...record }: ApiRecord, eventSourceARN: string): unknown {
  const pipeRecord = {
    ...record,
    dynamodb: { ...dynamodb },
    // A deletion by TTL.
    ...(userIdentity && {
      userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId },
    }),
    eventSourceARN,
  };
  // `this` has the value before its toJSON.
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
