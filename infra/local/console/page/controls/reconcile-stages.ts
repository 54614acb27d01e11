/** Reduces the states that a run has entered to six stages and two ends. */
import type { ReconcileState } from '../../protocol.ts';

export type StageStatus = 'waiting' | 'running' | 'done' | 'failed' | 'left out';

export interface Stage {
  readonly name: string;
  readonly does: string;
  readonly status: StageStatus;
}

/** The stages, with the names of their states in state-machines/reconcile.asl.json. */
const stages: readonly {
  readonly name: string;
  readonly does: string;
  readonly states: readonly string[];
}[] = [
  { name: 'Ask for the lag', does: 'how far the counts are behind', states: ['Ask for the lag'] },
  { name: 'Plan', does: 'take the lease, cut the segments', states: ['Plan'] },
  { name: 'Redrive', does: 'apply the dead letters', states: ['Redrive'] },
  { name: 'Heal', does: 'Favourites ↔ registers', states: ['Verify', 'Decide', 'Mend'] },
  { name: 'Audit', does: 'registers → counts', states: ['Audit'] },
  { name: 'Report', does: 'what was found and corrected', states: ['Report'] },
];

export const statesOfStages: readonly string[] = stages.flatMap(({ states }) => states);

export function stagesOf({ states }: ReconcileState): readonly Stage[] {
  const own = stages.map((stage) => statusOf(stage.states.flatMap((name) => states[name] ?? [])));
  return stages.map(({ name, does }, i) => {
    // The run skipped this stage. A redrive alone compares nothing, for example, so it does not read the lag.
    const wasPassed = own.slice(i + 1).some((later) => later !== undefined);
    return { name, does, status: own[i] ?? (wasPassed ? 'left out' : 'waiting') };
  });
}

/** Undefined if none of its states was entered. */
function statusOf(entered: readonly NonNullable<ReconcileState['states'][string]>[]) {
  return (['failed', 'running', 'done'] as const).find((status) => entered.includes(status));
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
