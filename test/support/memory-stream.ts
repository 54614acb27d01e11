import { eventIdOf } from '../../infra/local/emulator/pipe/dynamodb-stream-source.ts';
import type {
  IteratorStart,
  PipeRecord,
  ShardDescription,
  StreamSource,
} from '../../infra/local/emulator/pipe/stream-source.ts';

export const memoryStreamArn =
  'arn:aws:dynamodb:eu-west-1:111122223333:table/Favourites/stream/2022-08-01T00:00:00.000';

/** A stream in memory whose shards a test opens, splits, closes and trims. */
export interface MemoryStream extends StreamSource {
  openShard(shardId: string, parentShardId?: string): void;
  closeShard(shardId: string): void;
  /** Drops the shard's oldest records. */
  trim(shardId: string, records: number): void;
  /** Writes a record; sequence numbers grow across all shards. */
  write(options: {
    readonly key: string;
    readonly shardId?: string;
    readonly eventName?: string;
    readonly filler?: string;
  }): PipeRecord;
  /** Makes the next `times` calls of `read` fail. */
  failReads(times: number): void;
  /** Expires every iterator returned so far. */
  expireIterators(): void;
  readonly started: readonly { readonly shardId: string; readonly from: IteratorStart }[];
}

interface MemoryShard extends ShardDescription {
  readonly records: PipeRecord[];
  isClosed: boolean;
  trimmed: number;
}

export function createMemoryStream(options: {
  readonly now: () => number;
  readonly pageSize?: number;
}): MemoryStream {
  const { pageSize = 1_000 } = options;
  const shards = new Map<string, MemoryShard>();
  const started: { readonly shardId: string; readonly from: IteratorStart }[] = [];
  let sequence = 0;
  let failures = 0;
  let generation = 0;
  const shardOf = (shardId: string): MemoryShard => {
    const shard = shards.get(shardId);
    if (shard === undefined) throw new Error(`No shard ${shardId}`);
    return shard;
  };
  const openShard = (shardId: string, parentShardId?: string): void => {
    const parent = parentShardId === undefined ? {} : { parentShardId };
    shards.set(shardId, { shardId, ...parent, records: [], isClosed: false, trimmed: 0 });
  };
  openShard('shard-1');

  return {
    openShard,
    closeShard: (shardId) => {
      shardOf(shardId).isClosed = true;
    },
    trim: (shardId, records) => {
      shardOf(shardId).trimmed = records;
    },
    write: ({ key, shardId = 'shard-1', eventName = 'INSERT', filler }) => {
      sequence += 1;
      const sequenceNumber = `1${String(sequence).padStart(20, '0')}`;
      const keys = { restaurant_id_user_id: { S: key } };
      const record: PipeRecord = {
        eventID: eventIdOf(shardId, sequenceNumber),
        eventName,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'eu-west-1',
        dynamodb: {
          ApproximateCreationDateTime: options.now() / 1000,
          Keys: keys,
          NewImage: { ...keys, ...(filler === undefined ? {} : { filler: { S: filler } }) },
          SequenceNumber: sequenceNumber,
          SizeBytes: 50,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        eventSourceARN: memoryStreamArn,
      };
      shardOf(shardId).records.push(record);
      return record;
    },
    failReads: (times) => {
      failures = times;
    },
    expireIterators: () => {
      generation += 1;
    },
    started,
    shards: () =>
      Promise.resolve(
        [...shards.values()].map(({ shardId, parentShardId }) => ({
          shardId,
          ...(parentShardId === undefined ? {} : { parentShardId }),
        })),
      ),
    iterator: async (shardId, from) => {
      started.push({ shardId, from });
      const shard = shardOf(shardId);
      if (from.kind === 'TRIM_HORIZON')
        return { kind: 'iterator', iterator: `${generation}/${shard.trimmed}` };
      if (from.kind === 'LATEST')
        return { kind: 'iterator', iterator: `${generation}/${shard.records.length}` };
      const after = shard.records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber > from.sequenceNumber);
      const start = after < 0 ? shard.records.length : after;
      return start < shard.trimmed
        ? { kind: 'trimmed' }
        : { kind: 'iterator', iterator: `${generation}/${start}` };
    },
    read: async (shardId, iterator) => {
      if (failures > 0) {
        failures -= 1;
        throw new Error('the engine is not reachable');
      }
      const [madeIn, at] = iterator.split('/').map(Number);
      if (madeIn !== generation) return { kind: 'iterator-expired' };
      const shard = shardOf(shardId);
      const start = at ?? 0;
      if (start < shard.trimmed) return { kind: 'trimmed' };
      const records = shard.records.slice(start, start + pageSize);
      const end = start + records.length;
      if (shard.isClosed && end === shard.records.length) return { kind: 'records', records };
      return { kind: 'records', records, next: `${generation}/${end}` };
    },
  };
}
