/** Reads a DynamoDB stream through the SDK, and returns records in the form that EventBridge Pipes sends. */
import { hash } from 'node:crypto';
import {
  type _Record as StreamRecord,
  type AttributeValue,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type {
  IteratorStart,
  PipeRecord,
  ReadResult,
  ShardDescription,
  StreamSource,
} from './stream-source.ts';

/** Maximum of GetRecords (DynamoDB Streams API reference, GetRecords, Limit). */
const PAGE_RECORDS_MAX = 1_000;
/** On AWS an eventID has 32 hex digits. */
const EVENT_ID_DIGITS = 32;
/** Each page has up to 100 shards. This is far more than any local table has. */
const SHARD_PAGES_MAX = 1_000;

export function createDynamoDbStreamSource(options: {
  readonly streams: DynamoDBStreamsClient;
  readonly streamArn: string;
}): StreamSource {
  const { streams, streamArn } = options;
  return {
    shards: () => listShards(streams, streamArn),
    iterator: async (shardId, from) => {
      try {
        const { ShardIterator } = await streams.send(
          new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...iteratorType(from) }),
        );
        if (ShardIterator === undefined) throw new Error(`Shard ${shardId} of ${streamArn} has no iterator`);
        return { kind: 'iterator', iterator: ShardIterator };
      } catch (error) {
        if (isNamed(error, 'TrimmedDataAccessException')) return { kind: 'trimmed' };
        throw error;
      }
    },
    read: async (shardId, iterator): Promise<ReadResult> => {
      try {
        const page = await streams.send(
          new GetRecordsCommand({ ShardIterator: iterator, Limit: PAGE_RECORDS_MAX }),
        );
        const records = (page.Records ?? []).map((record) => toPipeRecord(record, shardId, streamArn));
        const next = page.NextShardIterator;
        return { kind: 'records', records, ...(next !== undefined && { next }) };
      } catch (error) {
        if (isNamed(error, 'ExpiredIteratorException')) return { kind: 'iterator-expired' };
        if (isNamed(error, 'TrimmedDataAccessException')) return { kind: 'trimmed' };
        throw error;
      }
    },
  };
}

/**
 * The pipe's own eventID, which is the same at every delivery of a record. The engine's eventID equals the
 * sequence number: with it, a target that reports sequence numbers in a partial batch failure would pass here
 * and fail on AWS.
 */
export function eventIdOf(shardId: string, sequenceNumber: string): string {
  return hash('sha256', `${shardId}/${sequenceNumber}`, 'hex').slice(0, EVENT_ID_DIGITS);
}

function toPipeRecord(record: StreamRecord, shardId: string, streamArn: string): PipeRecord {
  const { dynamodb, eventName = '', awsRegion, userIdentity } = record;
  if (dynamodb?.SequenceNumber === undefined) {
    throw new Error(`Shard ${shardId} of ${streamArn} returned a record without a sequence number`);
  }
  const { NewImage, OldImage, SequenceNumber, SizeBytes = 0, StreamViewType = '' } = dynamodb;
  return {
    eventID: eventIdOf(shardId, SequenceNumber),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: awsRegion ?? streamArn.split(':')[3] ?? '',
    dynamodb: {
      ApproximateCreationDateTime: (dynamodb.ApproximateCreationDateTime?.getTime() ?? 0) / 1000,
      Keys: toJsonItem(dynamodb.Keys ?? {}),
      ...(NewImage && { NewImage: toJsonItem(NewImage) }),
      ...(OldImage && { OldImage: toJsonItem(OldImage) }),
      SequenceNumber,
      SizeBytes,
      StreamViewType,
    },
    ...(userIdentity?.Type !== undefined && {
      userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId ?? '' },
    }),
    eventSourceARN: streamArn,
  };
}

function toJsonItem(item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  // The SDK loses the value of an attribute with the name __proto__.
  const entries = Object.entries(item as Readonly<Record<string, AttributeValue | undefined>>);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, toJsonValue(value)]] : [])));
}

/** Encodes binary values as base64, as in DynamoDB's JSON. */
function toJsonValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: Buffer.from(value.B).toString('base64') };
  if (value.BS !== undefined) return { BS: value.BS.map((bytes) => Buffer.from(bytes).toString('base64')) };
  if (value.L !== undefined) return { L: value.L.map(toJsonValue) };
  if (value.M !== undefined) return { M: toJsonItem(value.M) };
  return value;
}

async function listShards(
  streams: DynamoDBStreamsClient,
  streamArn: string,
): Promise<readonly ShardDescription[]> {
  const shards: ShardDescription[] = [];
  let start: string | undefined;
  for (let page = 0; page < SHARD_PAGES_MAX; page += 1) {
    const { StreamDescription } = await streams.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: start }),
    );
    for (const { ShardId, ParentShardId } of StreamDescription?.Shards ?? []) {
      if (ShardId === undefined) continue;
      shards.push({ shardId: ShardId, ...(ParentShardId && { parentShardId: ParentShardId }) });
    }
    start = StreamDescription?.LastEvaluatedShardId;
    if (start === undefined) return shards;
  }
  throw new Error(`Stream ${streamArn} has more than ${SHARD_PAGES_MAX} pages of shards: expected far fewer`);
}

function iteratorType(from: IteratorStart) {
  if (from.kind !== 'AFTER') return { ShardIteratorType: from.kind };
  return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: from.sequenceNumber } as const;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
