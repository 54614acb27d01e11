/** Reconciles, watched: which states of the machine run, are done or failed, and what came of the last run. */
import type { Reconcile, ReconcileOutcome } from '../local-reconcile.ts';
import type { WorkflowEvent } from '../emulator/workflow/local-workflow.ts';
import type { ReconcileResult, ReconcileState } from './protocol.ts';

export interface ReconcileWatch {
  state(): ReconcileState;
  /** Runs that ended since the start. */
  ended(): number;
  /** The run's own, watched unless another one is under way: that one will say that it is busy. */
  readonly reconcile: Reconcile;
}

type StateName = string;

export function watchReconcile(o: {
  readonly reconcile: Reconcile;
  readonly onEnded: () => void;
}): ReconcileWatch {
  let state: ReconcileState = { state: 'idle', states: {} };
  let ended = 0;

  return {
    state: () => state,
    ended: () => ended,
    async reconcile(input, options) {
      if (state.state === 'running') return o.reconcile(input, options);
      const { mode } = input;
      const states = new StateTally();
      const show = (now: ReconcileState['state'], last = state.last): void => {
        state = { ...state, state: now, mode, states: states.shown(), last };
      };
      state = { ...state, startedAtMs: Date.now() };
      show('running');
      const outcome = await o.reconcile(input, {
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
      o.onEnded();
      return outcome;
    },
  };
}

/** A state inside a Map runs many times at once: it runs while one of them does. */
class StateTally {
  readonly #inside = new Map<StateName, number>();
  readonly #shown = new Map<StateName, 'running' | 'done' | 'failed'>();

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

  /** Nothing runs any more: what had not ended when the run did was where it ended. */
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
  const { mode, redriven, registersCorrected, countsCorrected, stages } = outcome.report;
  const done = [
    redriven > 0 ? `${plural(redriven, 'dead letter')} redriven` : '',
    registersCorrected > 0 ? `${plural(registersCorrected, 'register')} corrected` : '',
    countsCorrected > 0 ? `${plural(countsCorrected, 'count')} corrected` : '',
    stages.redrive.left > 0
      ? `${plural(stages.redrive.left, 'dead letter')} left, which cannot be applied`
      : '',
  ].filter((part) => part !== '');
  if (done.length > 0) return `${done.join(', ')}.`;
  if (mode === 'redrive') return 'No dead letters to redrive.';
  return mode === 'verify' ? 'Every register and every count is right.' : 'Nothing to correct.';
}

function plural(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
