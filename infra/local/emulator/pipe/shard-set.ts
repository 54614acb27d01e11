/** The shards of the stream: which are there, which may run (parents before children), and what they have reached together. */
import type { Checkpoints, ShardCheckpoint } from './checkpoint-store.ts';
import { createShard, type Shard, type ShardOptions } from './shard.ts';
import type { IteratorStart, ShardDescription } from './stream-source.ts';

export interface ShardSet {
  restore(checkpoints: Checkpoints): void;
  /** Looks for shards and starts those that may run. Failures are reported, and end it only when the pipe stops. */
  readonly refresh: () => Promise<void>;
  checkpoints(): Checkpoints;
  /** Whether all that was in the stream when that drain began is answered. `ends` is the drain's own memory between calls. */
  areDrained(drain: number, ends: Map<string, number>): boolean;
  wake(): void;
  /** Resolves when no shard runs any more. */
  settled(): Promise<void>;
  oldestCreatedAtMs(): number | undefined;
}

export type ShardSetOptions = Omit<ShardOptions, 'shardId' | 'start'> & {
  /** The pipe cannot go on. */
  readonly onFailure: (error: unknown) => void;
};

const FAILURE_PAUSE_MS = 500;

export function createShardSet(options: ShardSetOptions): ShardSet {
  const { source, settings, isStopping } = options;
  const shards = new Map<string, Shard>();
  const runs: Promise<void>[] = [];
  let known: readonly ShardDescription[] = [];
  let restored: Checkpoints = {};
  /** Shards found by the first look may begin at LATEST, later ones are read from their beginning. */
  let isFirstLook = true;
  /** Two looks may overlap: the answer to the older one must not undo that to the newer one. */
  let looks = 0;
  let newestLook = 0;

  const checkpointOf = (shardId: string): ShardCheckpoint | undefined =>
    shards.get(shardId)?.checkpoint ?? restored[shardId];
  const isFinished = (shardId: string): boolean => checkpointOf(shardId)?.finished === true;

  function startOf(shardId: string): IteratorStart {
    const sequenceNumber = restored[shardId]?.sequenceNumber;
    if (sequenceNumber !== undefined) return { kind: 'AFTER', sequenceNumber };
    return {
      kind: isFirstLook && Object.keys(restored).length === 0 ? settings.startingPosition : 'TRIM_HORIZON',
    };
  }

  function startThoseThatMay(): void {
    const listed = new Set(known.map(({ shardId }) => shardId));
    for (const { shardId, parentShardId } of known) {
      if (isStopping() || shards.has(shardId) || isFinished(shardId)) continue;
      if (parentShardId !== undefined && listed.has(parentShardId) && !isFinished(parentShardId)) continue;
      const shard = createShard({ ...options, shardId, start: startOf(shardId) });
      shards.set(shardId, shard);
      runs.push(shard.run().then(refresh).catch(options.onFailure));
    }
    options.progress.notify();
  }

  async function refresh(): Promise<void> {
    while (!isStopping()) {
      try {
        const look = ++looks;
        const found = await source.shards();
        if (look > newestLook) {
          newestLook = look;
          known = found;
        }
        break;
      } catch (error) {
        options.onProblem(
          `The shards of stream ${settings.streamArn} could not be listed, trying again: ${String(error)}`,
        );
        if (!isStopping()) await options.stopped.wait(FAILURE_PAUSE_MS);
      }
    }
    startThoseThatMay();
    isFirstLook = false;
  }

  return {
    restore: (checkpoints) => {
      restored = checkpoints;
    },
    refresh,
    checkpoints: () =>
      Object.fromEntries(
        known.flatMap(({ shardId }) => {
          const checkpoint = checkpointOf(shardId);
          return checkpoint === undefined ? [] : [[shardId, checkpoint] as const];
        }),
      ),
    areDrained: (drain, ends) =>
      known.every(({ shardId }) => {
        if (isFinished(shardId)) return true;
        const shard = shards.get(shardId);
        if (shard === undefined || shard.reachedDrain < drain) return false;
        const { readEnd, answeredEnd } = shard.position;
        const end = ends.get(shardId) ?? readEnd;
        ends.set(shardId, end);
        return answeredEnd >= end;
      }),
    wake: () => {
      for (const shard of shards.values()) shard.wake();
    },
    settled: async () => {
      await Promise.all(runs);
    },
    oldestCreatedAtMs: () => {
      const open = [...shards.values()].flatMap(({ oldestCreatedAtMs }) => oldestCreatedAtMs ?? []);
      return open.length === 0 ? undefined : Math.min(...open);
    },
  };
}
