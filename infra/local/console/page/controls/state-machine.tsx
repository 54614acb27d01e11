/** The state machine of the reconcile: the status of each stage, and the failure path below the stages. */
import type { ReconcileState } from '../../protocol.ts';
import { endsOf, type StageStatus, stagesOf } from './reconcile-stages.ts';

export function StateMachine({ reconcile }: { reconcile: ReconcileState }) {
  const ends = endsOf(reconcile);
  return (
    <div class="machine">
      <ol class="machine-stages" aria-label="States of the reconcile">
        {stagesOf(reconcile).map(({ name, does, status }) => (
          <li key={name} class="stage" data-status={status}>
            <StatusSign status={status} />
            <span class="stage-name">{name}</span>
            <span class="stage-does">{does}</span>
          </li>
        ))}
        <li class="stage stage-end" data-status={ends.reconciled}>
          <StatusSign status={ends.reconciled} />
          <span class="stage-name">Reconciled</span>
        </li>
      </ol>
      <ol class="machine-failure" aria-label="When a state fails">
        <li class="machine-rail" aria-hidden="true" />
        <li class="stage" data-status={ends.leaseReleased}>
          <StatusSign status={ends.leaseReleased} />
          <span class="stage-name">Release the lease</span>
        </li>
        <li class="stage stage-end" data-status={ends.failed}>
          <StatusSign status={ends.failed} />
          <span class="stage-name">{ends.isBusy ? 'Busy' : 'Failed'}</span>
        </li>
      </ol>
    </div>
  );
}

function StatusSign({ status }: { status: StageStatus }) {
  return (
    <svg class="stage-sign" viewBox="0 0 16 16" role="img" aria-label={status}>
      <circle class="stage-ring" cx="8" cy="8" r="6.5" />
      {status === 'running' && <path class="stage-turning" d="M8 1.5A6.5 6.5 0 0 1 14.5 8" />}
      {status === 'done' && <path class="stage-mark" d="M5 8.2 7.2 10.4 11 5.9" />}
      {status === 'failed' && <path class="stage-mark" d="M5.6 5.6 10.4 10.4M10.4 5.6 5.6 10.4" />}
      {status === 'left out' && <path class="stage-mark" d="M5 8H11" />}
    </svg>
  );
}
