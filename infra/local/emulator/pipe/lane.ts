/**
 * One lane of a shard. It delivers its records to the target in order, one batch at a time. It sends a batch
 * when the batch is full, or when the batching window since the first record has passed. While the pipe
 * drains, it sends each batch at once.
 *
 * The faults `duplicate` and `reorder` act here, because they change which records a batch contains.
 */
import { Signal } from './clock.ts';
import type { Delivery } from './delivery.ts';
import type { PipeContext } from './pipe-context.ts';
import { type HeldBack, pickDuplicates, pickHeldBack } from './record-faults.ts';

/** Lambda's limit for the whole payload of an invocation: 6 MB (Lambda quotas, "Invocation payload"). */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** How many delivered records a lane keeps, so that the fault `duplicate` can deliver some of them again. */
const RECENT_MAX = 1_000;

interface LaneOwner {
  readonly deliver: (batch: readonly Delivery[]) => Promise<void>;
  /**
   * Call when a duplicate is queued. The checkpoint then does not pass its `heldPosition` until the duplicate
   * is delivered.
   */
  readonly hold: (duplicate: Delivery) => void;
  /** Call when the lane discards a queued duplicate without delivering it. */
  readonly drop: (duplicate: Delivery) => void;
  readonly isFlushing: () => boolean;
  readonly isDone: () => boolean;
}

export class Lane {
  readonly #context: PipeContext;
  readonly #owner: LaneOwner;
  readonly #windowMs: number;
  readonly #changed: Signal;
  readonly #queue = new DeliveryQueue();
  #heldBack: readonly HeldBack[] = [];
  #recent: readonly Delivery[] = [];
  /** Records that already had duplicates queued in front of them. */
  readonly #causes = new WeakSet<Delivery>();

  constructor(context: PipeContext, owner: LaneOwner) {
    this.#context = context;
    this.#owner = owner;
    this.#windowMs = context.settings.maximumBatchingWindowSeconds * 1000;
    this.#changed = new Signal(context.clock);
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    this.wake();
  }

  /** Makes the lane check again whether a batch is due. */
  wake(): void {
    this.#changed.notify();
  }

  /** Resolves when the owner is done. */
  async run(): Promise<void> {
    while (!this.#owner.isDone()) {
      const dueMs = Math.min(this.#queueDueInMs(), this.#heldBackDueInMs());
      if (dueMs > 0) {
        await this.#changed.wait(dueMs);
        continue;
      }
      const batch = this.#formBatch();
      if (batch.length === 0) continue;
      await this.#owner.deliver(batch);
      for (const held of this.#heldBack) held.batchesLeft -= 1;
      const delivered = batch.filter(({ isDuplicate }) => !isDuplicate);
      this.#recent = [...this.#recent, ...delivered].slice(-RECENT_MAX);
    }
  }

  /** Milliseconds until a batch is due: 0 if it is due now, Infinity if the queue is empty. */
  #queueDueInMs(): number {
    const { first, length, bytes } = this.#queue;
    if (first === undefined) return Number.POSITIVE_INFINITY;
    const isFull = length >= this.#context.settings.batchSize || bytes >= PAYLOAD_BYTES_MAX;
    return isFull || this.#owner.isFlushing() ? 0 : this.#dueInMs(first.arrivedAtMs);
  }

  #heldBackDueInMs(): number {
    if (this.#heldBack.length > 0 && this.#owner.isFlushing()) return 0;
    return Math.min(...this.#heldBack.map(({ heldAtMs }) => this.#dueInMs(heldAtMs)));
  }

  #dueInMs(sinceMs: number): number {
    return Math.max(0, sinceMs + this.#windowMs - this.#context.clock.now());
  }

  #formBatch(): readonly Delivery[] {
    const { faults, settings, clock } = this.#context;
    const isReleased = this.#releaseHeldBack();
    const cause = this.#queue.first;
    if (cause === undefined) return [];
    const recent = this.#recentFor(cause);
    const { duplicates, cut } = pickDuplicates(faults, recent, cause, settings.batchSize);
    for (const duplicate of duplicates) this.#owner.hold(duplicate);
    this.#queue.putFirst(duplicates);
    const batch = this.#dropRepeated(this.#queue.cut(Math.max(1, Math.ceil(settings.batchSize * cut))));
    if (duplicates.some((duplicate) => batch.includes(duplicate))) faults.happened('duplicate');
    const { delivered, held } = isReleased ? { delivered: batch } : pickHeldBack(faults, batch, clock.now());
    if (held !== undefined) this.#heldBack = [...this.#heldBack, held];
    for (const each of this.#heldBack) each.noteOvertakenBy(delivered);
    return delivered;
  }

  /** Requeues held-back records when enough batches have overtaken them, or when no other batch is due. */
  #releaseHeldBack(): boolean {
    const isQuiet = this.#queueDueInMs() > 0;
    const due = this.#heldBack.filter(({ batchesLeft }) => batchesLeft <= 0 || isQuiet);
    this.#heldBack = this.#heldBack.filter((held) => !due.includes(held));
    for (const { deliveries } of due.toReversed()) this.#queue.putFirst(deliveries);
    return due.length > 0;
  }

  /**
   * A record gets duplicates in front of it at most once, and a duplicate never does. Otherwise the lane
   * could redeliver for ever.
   */
  #recentFor(cause: Delivery): readonly Delivery[] {
    if (cause.isDuplicate || this.#causes.has(cause)) return [];
    this.#causes.add(cause);
    return this.#recent;
  }

  /** A pipe never delivers a record twice in the same batch. */
  #dropRepeated(batch: readonly Delivery[]): readonly Delivery[] {
    const records = new Set(batch.filter(({ isDuplicate }) => !isDuplicate).map(({ record }) => record));
    return batch.filter((delivery) => {
      if (!delivery.isDuplicate) return true;
      const isRepeated = records.has(delivery.record);
      if (isRepeated) this.#owner.drop(delivery);
      else records.add(delivery.record);
      return !isRepeated;
    });
  }
}

class DeliveryQueue {
  readonly #deliveries: Delivery[] = [];
  /** The size of the records' JSON. */
  bytes = 0;

  get first(): Delivery | undefined {
    return this.#deliveries[0];
  }

  get length(): number {
    return this.#deliveries.length;
  }

  push(delivery: Delivery): void {
    this.#deliveries.push(delivery);
    this.bytes += delivery.sizeBytes;
  }

  putFirst(deliveries: readonly Delivery[]): void {
    this.#deliveries.unshift(...deliveries);
    for (const { sizeBytes } of deliveries) this.bytes += sizeBytes;
  }

  /** Removes and returns the first deliveries that fit into one invocation, at least one if there are any. */
  cut(sizeMax: number): readonly Delivery[] {
    let size = 0;
    let payloadBytes = 2;
    for (const { sizeBytes } of this.#deliveries) {
      if (size >= sizeMax || (size > 0 && payloadBytes + sizeBytes + 1 > PAYLOAD_BYTES_MAX)) break;
      size += 1;
      payloadBytes += sizeBytes + 1;
    }
    const batch = this.#deliveries.splice(0, size);
    for (const { sizeBytes } of batch) this.bytes -= sizeBytes;
    return batch;
  }
}
