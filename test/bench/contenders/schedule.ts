/**
 * The fixed schedule of redeliveries and lost answers, the same for all contenders. After the measured
 * batches come a tenth as many new ones. Each of them loses the answer to its first write of counts: in turn
 * once, and for every attempt of the SDK. Then every tenth measured batch comes again in another cut: its
 * second half together with the first half of its neighbour.
 */
import type { StreamRecord } from '../../support/stream-records.ts';
import type { Loss } from './relay.ts';

export interface Delivery {
  readonly records: readonly StreamRecord[];
  /** The first write of counts loses its answer. */
  readonly loss: Loss | undefined;
}

const AGAIN_EVERY = 10;

/** @param fresh batches that were not delivered yet. @param old batches that were */
export function hostileDeliveries(
  old: readonly (readonly StreamRecord[])[],
  fresh: readonly (readonly StreamRecord[])[],
): readonly Delivery[] {
  const losses: readonly Loss[] = ['once', 'always'];
  const lossy = fresh.map((records, index): Delivery => ({ records, loss: losses[index % losses.length] }));
  const again = old.flatMap((records, index): readonly Delivery[] => {
    if (index % AGAIN_EVERY !== 0) return [];
    const next = old[index + 1] ?? [];
    const half = Math.ceil(records.length / 2);
    return [{ records: [...records.slice(half), ...next.slice(0, half)], loss: undefined }];
  });
  return [...lossy, ...again];
}
