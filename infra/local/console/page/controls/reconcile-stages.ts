/** Reduces the states that a run has entered to six stages and two ends. */
import type { ReconcileState } from '../../protocol.ts';

export type StageStatus = 'waiting' | 'running' | 'done' | 'failed' | 'left out';

export interface Stage {
  readonly name: string;
  readonly does: string;
  readonly status: StageStatus;
}

/** By their names in state-machines/reconcile.asl.json. */
const stages = [
  ['Ask for the lag', 'how far the counts are behind'],
  ['Plan', 'take the lease, cut the segments'],
  ['Redrive', 'apply the dead letters'],
  ['Heal', 'Favourites ↔ registers'],
  ['Audit', 'registers → counts'],
  ['Report', 'what was found and corrected'],
] as const;

export function stagesOf({ states }: ReconcileState): readonly Stage[] {
  return stages.map(([name, does], i) => {
    const own = states[name];
    // The run skipped this stage. A redrive alone compares nothing, for example, so it does not read the lag.
    const wasPassed = stages.slice(i + 1).some(([later]) => states[later] !== undefined);
    return { name, does, status: own ?? (wasPassed ? 'left out' : 'waiting') };
  });
}

export interface Ends {
  readonly reconciled: StageStatus;
  readonly leaseReleased: StageStatus;
  readonly failed: StageStatus;
  /** This run ended at once because another one held the lease. */
  readonly isBusy: boolean;
}

/** A run that enters a Fail state has failed. */
export function endsOf({ states }: ReconcileState): Ends {
  const isBusy = states['Busy'] !== undefined || states['Leave it to the other run'] !== undefined;
  const hasFailed = ['Failed', 'Failed to release', 'Busy'].some((name) => states[name] !== undefined);
  return {
    reconciled: states['Reconciled'] === undefined ? 'waiting' : 'done',
    leaseReleased: states['Release the lease'] ?? 'waiting',
    failed: hasFailed ? 'failed' : 'waiting',
    isBusy,
  };
}
