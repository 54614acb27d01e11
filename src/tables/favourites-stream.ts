/**
 * The stream of Favourites, read again by shard and sequence numbers: what the pipe gave up on. Records come out
 * as EventBridge Pipes hands them over, so that the aggregator's parser reads them.
 */
import {
  type _Record as ApiRecord,
  type AttributeValue,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';

/** Both ends are sequence numbers of the shard, and belong to it. */
export interface StreamRange {
  readonly streamArn: string;
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** Records that the pipe counted in it; the range holds others too. */
  readonly batchSize: number;
}

export interface FavouritesStream {
  /**
   * The records of the range that the pipe's filter lets through, in order, page by page.
   * @throws {RangeUnreadableError} when it does not come to the range's end; what the SDK throws.
   */
  read(range: StreamRange, o: { readonly signal: AbortSignal }): AsyncIterable<StreamPage>;
}

export interface StreamPage {
  readonly records: readonly unknown[];
  /** The range's start is gone from the stream, and with it records that nobody can read again. */
  readonly isExpired: boolean;
}

export class RangeUnreadableError extends Error {
  readonly code = 'range-unreadable';
  readonly retryable = true;

  constructor({ shardId, endSequenceNumber }: StreamRange, readUpTo: bigint | undefined) {
    super(
      `Shard ${shardId} gave records up to ${readUpTo ?? 'none at all'}, expected them up to ${endSequenceNumber}, the end of ` +
        'the range. Its dead letter stays for the next redrive.',
    );
    this.name = 'RangeUnreadableError';
  }
}

/** Records in one GetRecords (Streams API reference). */
const PAGE_RECORDS_MAX = 1_000;
/** A shard may answer with pages that hold nothing before the one that does. */
const EMPTY_PAGES_MAX = 50;

/** Reads one page at a time, however many ranges are read at once: a shard bears two readers, and one is the pipe. */
export function createFavouritesStream(client: DynamoDBStreamsClient): FavouritesStream {
  let before: Promise<unknown> = Promise.resolve();
  return {
    async *read(range, { signal }) {
      try {
        yield* pages(range, { from: 'AT_SEQUENCE_NUMBER', signal });
      } catch (thrown) {
        if (!(thrown instanceof Error && thrown.name === 'TrimmedDataAccessException')) throw thrown;
        // What was read already may come again: it is stale by then (I2).
        yield { records: [], isExpired: true };
        yield* pages(range, { from: 'TRIM_HORIZON', signal });
      }
    },
  };

  async function* pages(
    range: StreamRange,
    { from, signal }: { readonly from: 'AT_SEQUENCE_NUMBER' | 'TRIM_HORIZON'; readonly signal: AbortSignal },
  ): AsyncGenerator<StreamPage, void, void> {
    const end = BigInt(range.endSequenceNumber);
    let isExpired = from === 'TRIM_HORIZON';
    let readUpTo: bigint | undefined;
    let emptyPages = 0;
    // The first page as small as the range may be: many ranges are one record long.
    let limit = Math.min(PAGE_RECORDS_MAX, Math.max(1, range.batchSize));
    for (let iterator = await iteratorAt(range, { from, signal }); iterator !== undefined; ) {
      const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: limit });
      const page = await inTurn(() => client.send(command, { abortSignal: signal }));
      const records = page.Records ?? [];
      const [oldest] = records;
      // The start is a record of this shard: a reading at its place begins with it, or it is gone.
      if (
        readUpTo === undefined &&
        oldest !== undefined &&
        sequenceOf(oldest) > BigInt(range.startSequenceNumber)
      ) {
        isExpired = true;
      }
      yield {
        records: records
          .filter((record) => sequenceOf(record) <= end && passesFilter(record))
          .map((record) => asPipeRecord(record, range.streamArn)),
        isExpired,
      };
      readUpTo = records.reduce((newest, record) => max(newest, sequenceOf(record)), readUpTo);
      if (readUpTo !== undefined && readUpTo >= end) return;
      emptyPages = records.length === 0 ? emptyPages + 1 : 0;
      if (emptyPages === EMPTY_PAGES_MAX) break;
      iterator = page.NextShardIterator;
      limit = PAGE_RECORDS_MAX;
    }
    // Of a range whose start is gone, the end may be gone too.
    if (!isExpired) throw new RangeUnreadableError(range, readUpTo);
  }

  function inTurn<T>(request: () => Promise<T>): Promise<T> {
    const answer = before.then(request);
    before = answer.catch(() => undefined);
    return answer;
  }

  async function iteratorAt(
    { streamArn, shardId, startSequenceNumber }: StreamRange,
    { from, signal }: { readonly from: 'AT_SEQUENCE_NUMBER' | 'TRIM_HORIZON'; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: shardId,
        ShardIteratorType: from,
        ...(from === 'AT_SEQUENCE_NUMBER' ? { SequenceNumber: startSequenceNumber } : {}),
      }),
      { abortSignal: signal },
    );
    return ShardIterator;
  }
}

function passesFilter({ eventName }: ApiRecord): boolean {
  return eventName === 'INSERT' || eventName === 'REMOVE';
}

function sequenceOf({ dynamodb }: ApiRecord): bigint {
  return BigInt(dynamodb?.SequenceNumber ?? 0);
}

function max(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || b > a ? b : a;
}

/** The API answers with a Date and with bytes where a pipe hands over epoch seconds and base64. */
function asPipeRecord({ dynamodb, userIdentity, ...record }: ApiRecord, streamArn: string): unknown {
  const { ApproximateCreationDateTime, Keys, NewImage, OldImage, ...change } = dynamodb ?? {};
  return {
    ...record,
    dynamodb: {
      ...change,
      ...(ApproximateCreationDateTime === undefined
        ? {}
        : { ApproximateCreationDateTime: ApproximateCreationDateTime.getTime() / 1000 }),
      ...withImage('Keys', Keys),
      ...withImage('NewImage', NewImage),
      ...withImage('OldImage', OldImage),
    },
    // A deletion by TTL.
    ...(userIdentity === undefined
      ? {}
      : { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
    eventSourceARN: streamArn,
  };
}

type Image = Readonly<Record<string, AttributeValue>>;

function withImage(name: 'Keys' | 'NewImage' | 'OldImage', image: Image | undefined): object {
  return image === undefined ? {} : { [name]: asJsonImage(image) };
}

function asJsonImage(image: Image): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, asJsonValue(value)]));
}

function asJsonValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(asJsonValue) };
  if (value.M !== undefined) return { M: asJsonImage(value.M) };
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
