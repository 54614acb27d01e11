/**
 * An EventBridge Pipe on this machine, from a DynamoDB stream to a target. All its settings come from the
 * template. It behaves as the AWS documentation says. Where the documentation is silent, it chooses the
 * behaviour that is hardest on the target:
 *
 * - it keeps the order of records only per item key (`shard.ts`, `lane.ts`);
 * - when AWS may treat an odd response as a failure of the whole batch, it does so too (`delivery.ts`);
 * - it retries, bisects, gives up on old records and sends dead letters (`batch-delivery.ts`), and a lane
 *   that retries does not delay the others;
 * - it delivers at least once: a restart continues from the last saved low-water mark (I5).
 */
import type { CheckpointStore } from './checkpoints.ts';
import { Signal, systemClock } from './clock.ts';
import { compileFilter } from './event-pattern.ts';
import type { PipeContext, PipeSettings } from './pipe-context.ts';
import { countersOf, createPipeMeter, type PipeCounters } from './pipe-meter.ts';
import { ShardSet } from './shard-set.ts';
import { streamEnd } from './stream-source.ts';

export type LocalPipeOptions = Pick<
  PipeContext,
  'settings' | 'source' | 'invoke' | 'sendDeadLetter' | 'faults'
> &
  Partial<Pick<PipeContext, 'poisonKinds' | 'clock' | 'onProblem'>> & {
    readonly checkpoints: CheckpointStore;
  };

/**
 * How often to save. After a kill, at most this much is redelivered. A save per batch would cost too much.
 */
const CHECKPOINT_INTERVAL_MS = 500;
/** How often to look for new shards while no shard closes. On AWS a shard lives about four hours. */
const SHARD_REFRESH_MS = 5_000;

export class LocalPipe {
  /** Rejects when the pipe cannot continue, for example because it cannot read or write its checkpoints. */
  readonly failed: Promise<never>;
  readonly #checkpoints: CheckpointStore;
  readonly #context: PipeContext;
  readonly #shards: ShardSet;
  readonly #restored = Promise.withResolvers<void>();
  readonly #failure = Promise.withResolvers<never>();
  readonly #stopped: Signal;
  #running: Promise<unknown> | undefined;
  #isStopping = false;
  #newestDrain = 0;
  #drains = 0;
  #saved = '';

  /** @throws when a filter pattern is not supported */
  constructor({ checkpoints, ...options }: LocalPipeOptions) {
    const { clock = systemClock } = options;
    this.#checkpoints = checkpoints;
    this.#stopped = new Signal(clock);
    this.failed = this.#failure.promise;
    this.failed.catch(() => {});
    this.#context = {
      poisonKinds: {},
      onProblem: () => {},
      ...options,
      clock,
      filter: compileFilter(options.settings.filterPatterns),
      meter: createPipeMeter(),
      progress: new Signal(clock),
      isStopping: () => this.#isStopping,
      pause: async (pauseMs) => {
        if (!this.#isStopping) await this.#stopped.wait(pauseMs);
      },
      newestDrain: () => this.#newestDrain,
      isDraining: () => this.#drains > 0,
    };
    this.#shards = new ShardSet(this.#context, (error) => this.#fail(error));
  }

  /** Call once. */
  start(): void {
    if (this.#running !== undefined) throw new Error('The pipe was already started: create another one');
    this.#running = this.#run().catch((error: unknown) => this.#fail(error));
  }

  /** Instead of `start`: the pipe delivers only later writes. Do not write to the table meanwhile. */
  async startAtEnd(): Promise<void> {
    await this.#checkpoints.save(this.settings.streamArn, await streamEnd(this.#context.source));
    this.start();
  }

  /**
   * Resolves when every record that was in the stream at the time of the call is answered.
   * @throws when the pipe is stopped first, or has failed
   */
  async drain(): Promise<void> {
    this.#newestDrain += 1;
    this.#drains += 1;
    try {
      await this.#drainTo(this.#newestDrain);
    } finally {
      this.#drains -= 1;
    }
  }

  /**
   * Stops delivering, waits for the running invocations, and saves the checkpoints. To end faster, stop the
   * functions at the same time.
   */
  async stop(): Promise<void> {
    this.#halt();
    await this.#running;
    await this.#shards.settled();
    if (this.#running !== undefined) await this.#save();
  }

  /** Among the pipes of a stack, `pipeArn` tells which one this is. */
  get settings(): PipeSettings {
    return this.#context.settings;
  }

  get counters(): PipeCounters {
    const { clock, meter, settings } = this.#context;
    const nowMs = clock.now();
    const lagMs = Math.max(0, nowMs - (this.#shards.oldestCreatedAtMs() ?? nowMs));
    return countersOf(meter, settings.batchSize, lagMs);
  }

  async #run(): Promise<void> {
    const reached = await this.#checkpoints.load(this.#context.settings.streamArn);
    this.#saved = JSON.stringify(reached);
    this.#shards.restore(reached);
    this.#restored.resolve();
    await Promise.all([
      this.#everyMs(SHARD_REFRESH_MS, () => this.#shards.refresh()),
      this.#everyMs(CHECKPOINT_INTERVAL_MS, () => this.#save()),
    ]);
  }

  async #everyMs(intervalMs: number, act: () => Promise<void>): Promise<void> {
    while (!this.#isStopping) {
      await act();
      await this.#context.pause(intervalMs);
    }
  }

  async #save(): Promise<void> {
    const reached = this.#shards.checkpoints();
    const text = JSON.stringify(reached);
    if (text === this.#saved) return;
    this.#saved = text;
    await this.#checkpoints.save(this.#context.settings.streamArn, reached);
  }

  async #drainTo(drain: number): Promise<void> {
    await this.#restored.promise;
    await this.#shards.refresh();
    const ends = new Map<string, number>();
    this.#shards.wake();
    while (!this.#isStopping) {
      if (this.#shards.areDrained(drain, ends)) return;
      await this.#context.progress.wait();
    }
    // If a failure stopped the pipe, throw that error instead of the one below.
    await Promise.race([this.failed, Promise.resolve()]);
    throw new Error('The pipe was stopped before it was drained');
  }

  #fail(error: unknown): void {
    this.#failure.reject(error);
    this.#halt();
  }

  #halt(): void {
    this.#isStopping = true;
    this.#stopped.notify();
    this.#context.progress.notify();
    this.#shards.wake();
    this.#restored.resolve();
  }
}
