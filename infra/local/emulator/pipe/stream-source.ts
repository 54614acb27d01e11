/** The stream as the pipe sees it: tests run the pipe on a stream in memory. */
import type { Checkpoints, ShardCheckpoint } from './checkpoints.ts';

/** A record as EventBridge Pipes hands it to the target, before any fault. JSON-clean. */
export interface PipeRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: string;
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Readonly<Record<string, unknown>>;
    readonly NewImage?: Readonly<Record<string, unknown>>;
    readonly OldImage?: Readonly<Record<string, unknown>>;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
  readonly userIdentity?: { readonly type: string; readonly principalId: string };
  readonly eventSourceARN: string;
}

export interface ShardDescription {
  readonly shardId: string;
  readonly parentShardId?: string;
}

export type ReadResult =
  | {
      readonly kind: 'records';
      readonly records: readonly PipeRecord[];
      /** Absent: the shard is closed and read to its end. */
      readonly next?: string;
    }
  /** Ask for a new iterator after the last record that was read. */
  | { readonly kind: 'iterator-expired' }
  /** Records between the last one read and now are gone: only TRIM_HORIZON is left. */
  | { readonly kind: 'trimmed' };

export interface StreamSource {
  shards(): Promise<readonly ShardDescription[]>;
  iterator(
    shardId: string,
    from: IteratorStart,
  ): Promise<{ readonly kind: 'iterator'; readonly iterator: string } | { readonly kind: 'trimmed' }>;
  read(shardId: string, iterator: string): Promise<ReadResult>;
}

export type IteratorStart =
  | { readonly kind: 'TRIM_HORIZON' }
  | { readonly kind: 'LATEST' }
  | { readonly kind: 'AFTER'; readonly sequenceNumber: string };

/** Pages of a shard, of up to 1,000 records each: a local stream is far shorter. */
const PAGES_MAX = 1_000_000;

/**
 * Where the stream ends now: a pipe that starts from these checkpoints delivers only what is written later.
 * Reads the whole stream, so writing must wait meanwhile.
 */
export async function streamEnd(source: StreamSource): Promise<Checkpoints> {
  const ends: Record<string, ShardCheckpoint> = {};
  for (const { shardId } of await source.shards()) ends[shardId] = await shardEnd(source, shardId);
  return ends;
}

async function shardEnd(source: StreamSource, shardId: string): Promise<ShardCheckpoint> {
  const found = await source.iterator(shardId, { kind: 'TRIM_HORIZON' });
  let iterator = found.kind === 'iterator' ? found.iterator : undefined;
  let reached: { readonly sequenceNumber?: string } = {};
  let emptyPages = 0;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    // One empty page may stand before others; a second one after it is the end.
    if (iterator === undefined || emptyPages === 2) return { ...reached, finished: iterator === undefined };
    const read = await source.read(shardId, iterator);
    if (read.kind !== 'records')
      throw new Error(`Shard ${shardId} of the stream was lost while it was read: ${read.kind}`);
    const last = read.records.at(-1);
    if (last !== undefined) reached = { sequenceNumber: last.dynamodb.SequenceNumber };
    iterator = read.next;
    emptyPages = last === undefined ? emptyPages + 1 : 0;
  }
  throw new Error(`Shard ${shardId} of the stream has more than ${PAGES_MAX} pages: expected far fewer`);
}
