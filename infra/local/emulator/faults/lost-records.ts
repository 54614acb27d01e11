/**
 * The faults of records that never arrive. `drop`: the pipe gave them up after all retries, and its dead-letter queue knows
 * the range. `vanish`: nothing knows of them, as after a pipe that was down for longer than the stream keeps its records.
 */
import type { FaultPlan } from './fault-plan.ts';

/** Neighbours that share one fate: what bisecting leaves of a batch when a partition takes no writes for an hour. */
const DROPPED_TOGETHER = 20;

export interface Kept<D> {
  readonly kept: readonly D[];
  /** Each of them one range for the dead-letter queue, in order. */
  readonly dropped: readonly (readonly D[])[];
}

/**
 * Rolls once for each group of neighbours in a batch. Duplicates are not dropped, because they were delivered, and poison is not,
 * because the stream does not hold it.
 */
export function pickDropped<D extends { readonly isDuplicate: boolean; readonly isPoison: boolean }>(
  faults: FaultPlan,
  batch: readonly D[],
): Kept<D> {
  const kept: D[] = [];
  const dropped: (readonly D[])[] = [];
  for (let start = 0; start < batch.length; start += DROPPED_TOGETHER) {
    const group = batch.slice(start, start + DROPPED_TOGETHER);
    if (!faults.roll('drop')) {
      kept.push(...group);
      continue;
    }
    kept.push(...group.filter(({ isDuplicate, isPoison }) => isDuplicate || isPoison));
    const lost = group.filter(({ isDuplicate, isPoison }) => !isDuplicate && !isPoison);
    if (lost.length > 0) dropped.push(lost);
  }
  return { kept, dropped };
}

/** Whether a record is gone as it is read. */
export function hasVanished(faults: FaultPlan): boolean {
  if (!faults.roll('vanish')) return false;
  faults.happened('vanish');
  return true;
}
