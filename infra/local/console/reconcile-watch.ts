/** Watches reconciles for the page: the states of the state machine, and the result of the last run. */
import type { Reconcile, ReconcileOutcome } from '../local-reconcile.ts';
import type { WorkflowEvent } from '../emulator/workflow/local-workflow.ts';
import { corrections } from '../replay/reconcile-report.ts';
import { plural } from '../../command-line/text.ts';
import type { ReconcileResult, ReconcileState } from './protocol.ts';

export interface ReconcileWatch {
  state(): ReconcileState;
  /** The number of runs that have ended. */
  ended(): number;
  /** Starts a reconcile and watches it. If another one is running, the outcome is `busy`. */
  readonly reconcile: Reconcile;
}

export function watchReconcile({
  reconcile,
  onEnded,
}: {
  readonly reconcile: Reconcile;
  readonly onEnded: () => void;
}): ReconcileWatch {
  let state: ReconcileState = { state: 'idle', states: {} };
  let ended = 0;

  return {
    state: () => state,
    ended: () => ended,
    async reconcile(input, options) {
      if (state.state === 'running') return reconcile(input, options);
      const { mode } = input;
      const states = new StateTally();
      const show = (now: ReconcileState['state'], last = state.last): void => {
        state = { ...state, state: now, mode, states: states.shown(), last };
      };
      state = { ...state, startedAtMs: Date.now() };
      show('running');
      const outcome = await reconcile(input, {
        ...options,
        onEvent(event) {
          states.note(event);
          if (state.state === 'running') show('running');
          options?.onEvent?.(event);
        },
      });
      states.end(outcome.kind);
      show('idle', resultOf(mode, outcome));
      ended += 1;
      onEnded();
      return outcome;
    },
  };
}

/** A state inside a Map may run several times at once. It counts as running until the last of them ends. */
class StateTally {
  readonly #inside = new Map<string, number>();
  readonly #shown = new Map<string, 'running' | 'done' | 'failed'>();

  note({ kind, state }: WorkflowEvent): void {
    const before = this.#inside.get(state) ?? 0;
    if (kind === 'entered') {
      this.#inside.set(state, before + 1);
      this.#shown.set(state, 'running');
    } else if (kind === 'exited') {
      this.#inside.set(state, before - 1);
      if (before <= 1 && this.#shown.get(state) === 'running') this.#shown.set(state, 'done');
    } else if (kind === 'failed' || kind === 'caught') this.#shown.set(state, 'failed');
    else this.#shown.set(state, 'running');
  }

  /** Call when the run ends. If the run failed, the states that were still running have failed too. */
  end(kind: ReconcileOutcome['kind']): void {
    for (const [state, shown] of this.#shown) {
      if (shown === 'running') this.#shown.set(state, kind === 'succeeded' ? 'done' : 'failed');
    }
  }

  shown(): ReconcileState['states'] {
    return Object.fromEntries(this.#shown);
  }
}

export function resultOf(mode: string, outcome: ReconcileOutcome): ReconcileResult {
  const report = outcome.kind === 'busy' ? undefined : outcome.report;
  return {
    mode,
    kind: outcome.kind,
    ...(outcome.kind !== 'busy' && { seconds: outcome.seconds }),
    summary: summarize(outcome),
    registersFound: report?.registersFound ?? 0,
    registersCorrected: report?.registersCorrected ?? 0,
    countsFound: report?.countsFound ?? 0,
    countsCorrected: report?.countsCorrected ?? 0,
    redriven: report?.redriven ?? 0,
  };
}

function summarize(outcome: ReconcileOutcome): string {
  if (outcome.kind === 'busy') return `It did not start: ${outcome.reason}`;
  if (outcome.kind === 'failed') return outcome.cause;
  const { mode, stages } = outcome.report;
  const { left } = stages.redrive;
  const done = [
    ...corrections(outcome.report),
    ...(left > 0 ? [`${plural(left, 'dead letter')} left that cannot be applied`] : []),
  ];
  if (done.length > 0) return `${done.join(', ')}.`;
  if (mode === 'redrive') return 'No dead letters to redrive.';
  return mode === 'verify' ? 'Every register and every count is correct.' : 'Nothing to correct.';
}
