/** The reconcile workflow of the stack, started by hand: its executions as values. */
import type { ReconcileInput, ReconcileReport } from '../../src/reconcile/run.ts';
import type { ExecutionOptions, LocalWorkflow } from './emulator/workflow/local-workflow.ts';
import { isObject } from './emulator/json.ts';

export type ReconcileOutcome =
  | { readonly kind: 'succeeded'; readonly report: ReconcileReport; readonly seconds: number }
  /** Another run is under way, or the pipe lags too far behind: this one ended at once. */
  | { readonly kind: 'busy'; readonly reason: string }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly cause: string;
      /** When drift remains: what it found and what it corrected. */
      readonly report?: ReconcileReport;
      readonly seconds: number;
    };

export type Reconcile = (input: ReconcileInput, o?: ExecutionOptions) => Promise<ReconcileOutcome>;

/** Never rejects for what the execution ends in. */
export function createLocalReconcile(workflow: LocalWorkflow): Reconcile {
  return async (input, options) => {
    const startedAtMs = performance.now();
    const outcome = await workflow.run(input, options);
    const seconds = (performance.now() - startedAtMs) / 1000;
    switch (outcome.kind) {
      case 'succeeded': {
        const { output } = outcome;
        if (isReport(output)) return { kind: 'succeeded', report: output, seconds };
        if (isObject(output) && output['kind'] === 'busy')
          return { kind: 'busy', reason: String(output['reason']) };
        const cause = `${workflow.name} ended with ${JSON.stringify(output)}: expected a report`;
        return { kind: 'failed', error: 'States.Runtime', cause, seconds };
      }
      case 'failed': {
        const { error } = outcome;
        if (error === 'ReconcileBusy') return { kind: 'busy', reason: outcome.cause };
        const { cause, report } = readCause(outcome.cause);
        return { kind: 'failed', error, cause, seconds, ...(report !== undefined && { report }) };
      }
      case 'aborted':
        return { kind: 'failed', error: 'Aborted', cause: 'the run was stopped', seconds };
    }
  };
}

const reportMark = ' Report: ';

/** A failed execution has no output: the cause carries the numbers behind its sentence. */
function readCause(text: string): { readonly cause: string; readonly report?: ReconcileReport } {
  const at = text.indexOf(reportMark);
  if (at < 0) return { cause: text };
  try {
    const report: unknown = JSON.parse(text.slice(at + reportMark.length));
    return isReport(report) ? { cause: text.slice(0, at), report } : { cause: text };
  } catch {
    return { cause: text };
  }
}

function isReport(value: unknown): value is ReconcileReport {
  return isObject(value) && typeof value['mode'] === 'string' && isObject(value['stages']);
}
