/**
 * The shards of the stream: which exist, which may run (parents before children), and how far they have got
 * together.
 */
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
  /** Shards found by the first look may begin at LATEST, later ones are read from their beginning. */
  #isFirstLook = true;
  /** Two looks may overlap: the older one's answer must not undo the newer one's. */
  #looks = 0;
  #newestLook = 0;

  /** `onFailure`: the pipe cannot go on. */
  constructor(context: PipeContext, onFailure: (error: unknown) => void) {
    this.#context = context;
    this.#onFailure = onFailure;
  }

  restore(checkpoints: Checkpoints): void {
    this.#restored = checkpoints;
  }

  /**
   * Looks for shards and starts those that may run. Reports failures and tries again, until the pipe stops.
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
        onProblem(
          `The shards of stream ${settings.streamArn} could not be listed, trying again: ${String(error)}`,
        );
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
   * Whether all that was in the stream when that drain began is answered. `ends`: its memory between calls.
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

  /** Resolves when no shard runs any more. */
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
