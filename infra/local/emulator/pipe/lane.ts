/**
 * One lane of a shard: its records go to the target in order, one batch at a time. A batch goes when it is full, when the
 * batching window since its first record arrived has passed, or at once while the pipe is drained.
 *
 * The faults `duplicate` and `reorder` are here, because they change what a batch consists of.
 */
import type { FaultPlan } from '../faults/fault-plan.ts';
import { type HeldBack, pickDuplicates, pickHeldBack } from '../faults/lane-faults.ts';
import type { Clock } from './clock.ts';
import type { Delivery } from './delivery.ts';
import type { PipeSettings } from './pipe-settings.ts';
import { createSignal } from './signal.ts';

/** Of one invocation's payload (Lambda quotas, "Invocation payload"): 6 MB; commas and brackets are counted too. */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** How many answered records a lane remembers for the duplicate fault: enough for a slice of any usual batch. */
const RECENT_MAX = 1_000;

export interface Lane {
  push(delivery: Delivery): void;
  /** Something that decides when a batch goes has changed. */
  wake(): void;
  /** Resolves when the pipe has stopped. */
  run(): Promise<void>;
}

export interface LaneOptions {
  readonly settings: PipeSettings;
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly deliver: (batch: readonly Delivery[]) => Promise<void>;
  /** A duplicate is on its way: the place that it names waits for it. */
  readonly hold: (duplicate: Delivery) => void;
  /** A duplicate will not be delivered after all. */
  readonly drop: (duplicate: Delivery) => void;
  readonly isFlushing: () => boolean;
  readonly isStopping: () => boolean;
}

export function createLane(options: LaneOptions): Lane {
  const { settings, clock, faults } = options;
  const windowMs = settings.maximumBatchingWindowSeconds * 1000;
  const changed = createSignal(clock);
  const queue: Delivery[] = [];
  let queuedBytes = 0;
  let heldBack: HeldBack<Delivery>[] = [];
  let recent: Delivery[] = [];
  const causes = new WeakSet<Delivery>();

  /** 0: the queue gives a batch now; Infinity: it is empty. */
  function queueDueInMs(): number {
    const first = queue[0];
    if (first === undefined) return Number.POSITIVE_INFINITY;
    if (queue.length >= settings.batchSize || queuedBytes >= PAYLOAD_BYTES_MAX || options.isFlushing())
      return 0;
    return Math.max(0, first.arrivedAtMs + windowMs - clock.now());
  }

  function heldBackDueInMs(): number {
    if (heldBack.length > 0 && options.isFlushing()) return 0;
    return Math.max(0, Math.min(...heldBack.map(({ heldAtMs }) => heldAtMs + windowMs - clock.now())));
  }

  function putFirst(deliveries: readonly Delivery[]): void {
    queue.unshift(...deliveries);
    for (const { sizeBytes } of deliveries) queuedBytes += sizeBytes;
  }

  function cut(sizeMax: number): Delivery[] {
    let size = 0;
    let bytes = 2;
    for (const { sizeBytes } of queue) {
      if (size >= sizeMax || (size > 0 && bytes + sizeBytes + 1 > PAYLOAD_BYTES_MAX)) break;
      size += 1;
      bytes += sizeBytes + 1;
    }
    const batch = queue.splice(0, size);
    for (const { sizeBytes } of batch) queuedBytes -= sizeBytes;
    return batch;
  }

  /** A pipe never hands one record over twice in one batch. */
  function dropRepeated(batch: readonly Delivery[]): readonly Delivery[] {
    const originals = new Set(batch.filter(({ isDuplicate }) => !isDuplicate).map(({ record }) => record));
    return batch.filter((delivery) => {
      if (!delivery.isDuplicate) return true;
      if (!originals.has(delivery.record)) {
        originals.add(delivery.record);
        return true;
      }
      options.drop(delivery);
      return false;
    });
  }

  /** What was held back goes on when its batches have passed, or when no other batch is there to pass. */
  function releaseHeldBack(): boolean {
    const isQuiet = queueDueInMs() > 0;
    const due = heldBack.filter((held) => held.batchesLeft <= 0 || isQuiet);
    heldBack = heldBack.filter((held) => !due.includes(held));
    for (const held of due.toReversed()) putFirst(held.deliveries);
    return due.length > 0;
  }

  /** A record has duplicates put before it at most once, and they none: the fault ends at any probability. */
  function recentFor(cause: Delivery): readonly Delivery[] {
    if (cause.isDuplicate || causes.has(cause)) return [];
    causes.add(cause);
    return recent;
  }

  function formBatch(): readonly Delivery[] {
    const isReleased = releaseHeldBack();
    const cause = queue[0];
    if (cause === undefined) return [];
    const duplicates = pickDuplicates({
      faults,
      recent: recentFor(cause),
      sizeMax: settings.batchSize,
      cause,
    });
    for (const duplicate of duplicates.deliveries) options.hold(duplicate);
    putFirst(duplicates.deliveries);
    const batch = dropRepeated(cut(Math.max(1, Math.ceil(settings.batchSize * duplicates.cut))));
    if (duplicates.deliveries.some((duplicate) => batch.includes(duplicate))) faults.happened('duplicate');
    const { delivered, held } = isReleased
      ? { delivered: batch, held: undefined }
      : pickHeldBack({ faults, batch, nowMs: clock.now() });
    for (const earlier of heldBack) earlier.noteOvertakenBy(delivered);
    if (held !== undefined) {
      held.noteOvertakenBy(delivered);
      heldBack.push(held);
    }
    return delivered;
  }

  return {
    push: (delivery) => {
      queue.push(delivery);
      queuedBytes += delivery.sizeBytes;
      changed.notify();
    },
    wake: () => changed.notify(),
    run: async () => {
      while (!options.isStopping()) {
        const dueMs = Math.min(queueDueInMs(), heldBackDueInMs());
        if (dueMs > 0) {
          await changed.wait(Number.isFinite(dueMs) ? dueMs : undefined);
          continue;
        }
        const batch = formBatch();
        if (batch.length === 0) continue;
        await options.deliver(batch);
        for (const held of heldBack) held.batchesLeft -= 1;
        recent = [...recent, ...batch.filter(({ isDuplicate }) => !isDuplicate)].slice(-RECENT_MAX);
      }
    },
  };
}
