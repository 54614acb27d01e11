/** The faults `duplicate` and `reorder`: which records of a lane come again, and which come late. */
import type { FaultPlan } from './fault-plan.ts';

/** Of a batch that loses records to a later one, the share that is held back. */
const HELD_BACK_SHARE = 0.3;
/** After how many following batches at most the held ones come. */
const BATCHES_BETWEEN_MAX = 3;

/** What these faults know of a delivery. */
export interface LaneDelivery {
  /** In reading order of the shard. */
  readonly order: number;
  readonly arrivedAtMs: number;
  /** The place in the low-water mark that waits for this delivery. */
  readonly heldPosition: number;
  readonly isDuplicate: boolean;
}

export interface Duplicates<D> {
  readonly deliveries: readonly D[];
  /** Where the batch is cut, as a share of its size: so that the same records come in another cut. */
  readonly cut: number;
}

/** A slice of what the lane delivered before, to be merged with the batch that `cause` opens. */
export function pickDuplicates<D extends LaneDelivery>(options: {
  readonly faults: FaultPlan;
  readonly recent: readonly D[];
  readonly sizeMax: number;
  readonly cause: D;
}): Duplicates<D> {
  const { faults, recent, cause } = options;
  if (recent.length === 0 || !faults.roll('duplicate')) return { deliveries: [], cut: 1 };
  const sizeMax = Math.min(recent.length, options.sizeMax);
  const size = 1 + Math.floor(faults.random('duplicate') * sizeMax);
  const start = Math.floor(faults.random('duplicate') * (recent.length - size + 1));
  const cut = faults.random('duplicate') < 0.5 ? 1 : faults.random('duplicate');
  const { arrivedAtMs, heldPosition } = cause;
  const deliveries = recent.slice(start, start + size).map((delivery) => ({
    ...delivery,
    arrivedAtMs,
    heldPosition,
    isDuplicate: true,
  }));
  return { deliveries, cut };
}

export interface HeldBack<D> {
  readonly deliveries: readonly D[];
  readonly heldAtMs: number;
  /** Batches of the lane that go first. */
  batchesLeft: number;
  /** Counts the fault, once, when a later record was delivered before a held one. */
  noteOvertakenBy(batch: readonly D[]): void;
}

/** A random part of the batch stays behind, as after an answer that named it. */
export function pickHeldBack<D extends LaneDelivery>(options: {
  readonly faults: FaultPlan;
  readonly batch: readonly D[];
  readonly nowMs: number;
}): {
  readonly delivered: readonly D[];
  readonly held: HeldBack<D> | undefined;
} {
  const { faults, batch } = options;
  if (batch.length === 0 || !faults.roll('reorder')) return { delivered: batch, held: undefined };
  const always = Math.floor(faults.random('reorder') * batch.length);
  const isHeld = batch.map((_, i) => i === always || faults.random('reorder') < HELD_BACK_SHARE);
  const deliveries = batch.filter((_, i) => isHeld[i]);
  const firstOrder = Math.min(...deliveries.map(({ order }) => order));
  let overtaken = false;
  const held: HeldBack<D> = {
    deliveries,
    heldAtMs: options.nowMs,
    batchesLeft: 1 + Math.floor(faults.random('reorder') * BATCHES_BETWEEN_MAX),
    noteOvertakenBy: (others) => {
      if (overtaken || !others.some(({ order }) => order > firstOrder)) return;
      overtaken = true;
      faults.happened('reorder');
    },
  };
  return { delivered: batch.filter((_, i) => !isHeld[i]), held };
}
