/** The pipe's access to the stream. Tests use a stream in memory instead. */
import type { Checkpoints, ShardCheckpoint } from './checkpoints.ts';

/** A record as EventBridge Pipes delivers it, before any fault. It contains only JSON values. */
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
      /** The next iterator; absent when the shard is closed and read to its end. */
      readonly next?: string;
    }
  /** Request a new iterator after the last record that was read. */
  | { readonly kind: 'iterator-expired' }
  /** The stream has trimmed unread records. Continue from TRIM_HORIZON. */
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

/** Each page has up to 1,000 records, so a local shard has far fewer pages. */
const PAGES_MAX = 1_000_000;

/**
 * Returns checkpoints at the end of the stream. A pipe that starts from them delivers only later writes. This
 * reads the whole stream, so do not write to the table meanwhile.
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
    // A page with records can follow one empty page. Two empty pages in a row mean the end.
    if (iterator === undefined || emptyPages === 2) return { ...reached, finished: iterator === undefined };
    const read = await source.read(shardId, iterator);
    if (read.kind !== 'records')
      throw new Error(`Shard ${shardId} of the stream was lost while it was read: ${read.kind}`);
    const last = read.records.at(-1);
    if (last !== undefined) reached = { sequenceNumber: last.dynamodb.SequenceNumber };
    iterator = read.next;
    emptyPages = last === undefined ? emptyPages + 1 : 0;
  }
  throw new Error(`Shard ${shardId} of the stream has more than ${PAGES_MAX} pages, far more than expected`);
}
