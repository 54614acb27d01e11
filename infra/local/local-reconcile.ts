/** Starts executions of the stack's reconcile workflow, and returns their outcomes as values. */
import type { ReconcileInput, ReconcileReport } from '../../src/reconcile/run.ts';
import type { ExecutionOptions, LocalWorkflow } from './emulator/workflow/local-workflow.ts';
import { isObject } from './emulator/json.ts';

export type ReconcileOutcome =
  | { readonly kind: 'succeeded'; readonly report: ReconcileReport; readonly seconds: number }
  /** The reconcile changed nothing, because another one is running or the pipe lags too far behind. */
  | { readonly kind: 'busy'; readonly reason: string }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly cause: string;
      /** The report, present if the reconcile failed because drift remains. */
      readonly report?: ReconcileReport;
      readonly seconds: number;
    };

/** If the execution fails, it resolves with the outcome `failed` and does not reject. */
export type Reconcile = (input: ReconcileInput, options?: ExecutionOptions) => Promise<ReconcileOutcome>;

export function createLocalReconcile(workflow: LocalWorkflow): Reconcile {
  return async (input, options) => {
    const startedAtMs = performance.now();
    const outcome = await workflow.run(input, options);
    const seconds = (performance.now() - startedAtMs) / 1000;
    switch (outcome.kind) {
      case 'succeeded': {
        const { output } = outcome;
        if (isReport(output)) return { kind: 'succeeded', report: output, seconds };
        if (isObject(output) && output['kind'] === 'busy') {
          return { kind: 'busy', reason: String(output['reason']) };
        }
        const cause = `${workflow.name} ended with ${JSON.stringify(output)}: expected a report`;
        return { kind: 'failed', error: 'States.Runtime', cause, seconds };
      }
      case 'failed': {
        const { error } = outcome;
        if (error === 'ReconcileBusy' || error === 'PipeBehind') {
          return { kind: 'busy', reason: outcome.cause };
        }
        const { cause, report } = readCause(outcome.cause);
        return { kind: 'failed', error, cause, seconds, ...(report !== undefined && { report }) };
      }
      case 'aborted':
        return { kind: 'failed', error: 'Aborted', cause: 'the run was stopped', seconds };
    }
  };
}

const reportMark = ' Report: ';

/** A failed execution has no output, so its cause contains the report after a sentence. */
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

/**
 * A stand-in for the only AWS API that the workflow calls directly: CloudWatch's GetMetricData, for the lag.
 * @param lagMsOf undefined while the pipe is off. Gets the namespace of the metric that was asked for
 */
export function reconcileServices(
  lagMsOf: (namespace: string) => number | undefined,
): Readonly<Record<string, (parameters: unknown) => unknown>> {
  return {
    'arn:aws:states:::aws-sdk:cloudwatch:getMetricData': (parameters) => {
      const queries = isObject(parameters) ? parameters['MetricDataQueries'] : undefined;
      const asked = Array.isArray(queries) ? queries.filter(isObject) : [];
      return { MetricDataResults: asked.map((query) => metricData(query, lagMsOf)), Messages: [] };
    },
  };
}

function metricData(
  query: Readonly<Record<string, unknown>>,
  lagMsOf: (namespace: string) => number | undefined,
) {
  const stat = isObject(query['MetricStat']) ? query['MetricStat'] : {};
  const { Namespace: namespace, MetricName: name } = isObject(stat['Metric']) ? stat['Metric'] : {};
  if (name !== 'Lag') {
    throw new Error(`The workflow asked for the metric ${String(name)}; the local run has only Lag`);
  }
  const lagMs = lagMsOf(String(namespace));
  return {
    Id: query['Id'],
    Label: name,
    StatusCode: 'Complete',
    Timestamps: lagMs === undefined ? [] : [new Date().toISOString()],
    Values: lagMs === undefined ? [] : [lagMs],
  };
}
