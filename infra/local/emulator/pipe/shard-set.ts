/** Finds the shards of the stream, runs parents before children, and knows their progress. */
import type { Checkpoints, ShardCheckpoint } from './checkpoints.ts';
import type { PipeContext } from './pipe-context.ts';
import { Shard } from './shard.ts';
import type { IteratorStart, ShardDescription } from './stream-source.ts';

const FAILURE_PAUSE_MS = 500;

export class ShardSet {
  readonly #context: PipeContext;
  readonly #onFailure: (error: unknown) => void;
  readonly #shards = new Map<string, Shard>();
  readonly #runs: Promise<void>[] = [];
  #known: readonly ShardDescription[] = [];
  #restored: Checkpoints = {};
  /** Shards in the first listing may begin at LATEST. Shards found later are read from their beginning. */
  #isFirstLook = true;
  /** Listings may overlap, and the result of an older one must not replace the result of a newer one. */
  #looks = 0;
  #newestLook = 0;

  /** @param onFailure called when the pipe cannot continue */
  constructor(context: PipeContext, onFailure: (error: unknown) => void) {
    this.#context = context;
    this.#onFailure = onFailure;
  }

  restore(checkpoints: Checkpoints): void {
    this.#restored = checkpoints;
  }

  /**
   * Lists the shards and starts those that may run. If that fails, reports it and retries until the pipe
   * stops.
   */
  async refresh(): Promise<void> {
    const { source, settings, isStopping, onProblem, pause } = this.#context;
    while (!isStopping()) {
      try {
        const look = ++this.#looks;
        const found = await source.shards();
        if (look > this.#newestLook) {
          this.#newestLook = look;
          this.#known = found;
        }
        break;
      } catch (error) {
        // While the pipe stops, the engine may already have ended, so a retry is pointless.
        if (isStopping()) break;
        onProblem(`Cannot list the shards of stream ${settings.streamArn}, will retry: ${String(error)}`);
        await pause(FAILURE_PAUSE_MS);
      }
    }
    this.#startThoseThatMay();
    this.#isFirstLook = false;
  }

  checkpoints(): Checkpoints {
    return Object.fromEntries(
      this.#known.flatMap(({ shardId }) => {
        const checkpoint = this.#checkpointOf(shardId);
        return checkpoint === undefined ? [] : [[shardId, checkpoint] as const];
      }),
    );
  }

  /**
   * Whether all records older than this drain are answered. Pass the same `ends` in every call for a drain.
   */
  areDrained(drain: number, ends: Map<string, number>): boolean {
    return this.#known.every(({ shardId }) => {
      if (this.#isFinished(shardId)) return true;
      const shard = this.#shards.get(shardId);
      if (shard === undefined || shard.reachedDrain < drain) return false;
      const end = ends.get(shardId) ?? shard.readEnd;
      ends.set(shardId, end);
      return shard.answeredEnd >= end;
    });
  }

  wake(): void {
    for (const shard of this.#shards.values()) shard.wake();
  }

  /** Resolves when no shard is running. */
  async settled(): Promise<void> {
    await Promise.all(this.#runs);
  }

  oldestCreatedAtMs(): number | undefined {
    const open = [...this.#shards.values()].flatMap(({ oldestCreatedAtMs }) => oldestCreatedAtMs ?? []);
    return open.length === 0 ? undefined : Math.min(...open);
  }

  #startThoseThatMay(): void {
    const listed = new Set(this.#known.map(({ shardId }) => shardId));
    for (const { shardId, parentShardId } of this.#known) {
      if (this.#context.isStopping() || this.#shards.has(shardId) || this.#isFinished(shardId)) continue;
      if (parentShardId !== undefined && listed.has(parentShardId) && !this.#isFinished(parentShardId)) {
        continue;
      }
      const shard = new Shard(this.#context, shardId, this.#startOf(shardId));
      this.#shards.set(shardId, shard);
      const run = shard.run().then(() => this.refresh());
      this.#runs.push(run.catch(this.#onFailure));
    }
    this.#context.progress.notify();
  }

  #startOf(shardId: string): IteratorStart {
    const sequenceNumber = this.#restored[shardId]?.sequenceNumber;
    if (sequenceNumber !== undefined) return { kind: 'AFTER', sequenceNumber };
    const isNew = this.#isFirstLook && Object.keys(this.#restored).length === 0;
    return { kind: isNew ? this.#context.settings.startingPosition : 'TRIM_HORIZON' };
  }

  #checkpointOf(shardId: string): ShardCheckpoint | undefined {
    return this.#shards.get(shardId)?.checkpoint ?? this.#restored[shardId];
  }

  #isFinished(shardId: string): boolean {
    return this.#checkpointOf(shardId)?.finished === true;
  }
}
