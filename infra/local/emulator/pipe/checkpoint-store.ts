/** How far a shard is answered. */
export interface ShardCheckpoint {
  /** Everything up to and with this one is answered or in a dead-letter range. Absent: nothing yet. */
  readonly sequenceNumber?: string;
  /** The shard is closed and wholly answered: its children may start. */
  readonly finished: boolean;
}

export type Checkpoints = Readonly<Record<string, ShardCheckpoint>>;

/** Kept across restarts. What was delivered after the last save is delivered again. */
export interface CheckpointStore {
  load(streamArn: string): Promise<Checkpoints>;
  /** All or nothing, also when the process is killed in the middle. */
  save(streamArn: string, checkpoints: Checkpoints): Promise<void>;
}
