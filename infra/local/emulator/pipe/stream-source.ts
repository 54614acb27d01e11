/** The stream as the pipe sees it: a port, so that tests can run the pipe on a stream in memory. */

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
      readonly records: readonly PipeRecord[] /** absent: the shard is closed and read to its end */;
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
