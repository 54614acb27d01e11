/**
 * The pipeline on one page, in the order of the flow: what comes in, how late and how it is counted, what
 * went wrong, repair, API.
 */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { minute, type PipelineMetrics, type WatchedApi } from './pipeline-metrics.ts';

export interface PipelineDashboardProps {
  readonly metrics: PipelineMetrics;
  readonly alarms: readonly Alarm[];
}

/** Units of the grid, which is 24 wide: three graphs in a row. */
const graph = { width: 8, height: 6 };
/** A reconcile is rare: its points stay visible in a week. */
const hour = Duration.hours(1);

export class PipelineDashboard extends Construct {
  constructor(scope: Construct, id: string, { metrics, alarms }: PipelineDashboardProps) {
    super(scope, id);
    new Dashboard(this, 'Dashboard', {
      dashboardName: Stack.of(this).stackName,
      defaultInterval: Duration.hours(3),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 })],
        counting(metrics),
        committing(metrics),
        delivering(metrics),
        tables(metrics),
        reconciling(metrics),
        ...(metrics.parts.api === undefined ? [] : [answering(metrics, metrics.parts.api)]),
      ].map((row) => [...row]),
    });
  }
}

function counting(metrics: PipelineMetrics): readonly GraphWidget[] {
  return [
    lines('Traffic by kind of event', [
      metrics.own('MarksReceived', 'Sum', { label: 'marks' }),
      metrics.own('UnmarksReceived', 'Sum', { label: 'un-marks' }),
    ]),
    lines('Lag: written to counted (ms)', [
      metrics.own('Lag', 'p50', { label: 'p50' }),
      metrics.own('Lag', 'p99', { label: 'p99' }),
    ]),
    lines('What became of the records', [
      metrics.own('RecordsApplied', 'Sum', { label: 'applied' }),
      metrics.own('RecordsStale', 'Sum', { label: 'stale' }),
      metrics.own('RecordsPoison', 'Sum', { label: 'poison' }),
      metrics.own('RecordsFailed', 'Sum', { label: 'to be delivered again' }),
    ]),
  ];
}

function committing(metrics: PipelineMetrics): readonly GraphWidget[] {
  return [
    lines('Transactions, conflicts and retries', [
      metrics.own('Transactions', 'Sum', { label: 'committed' }),
      metrics.own('TransactionConflicts', 'Sum', { label: 'conflicts' }),
      metrics.own('TransactionRetries', 'Sum', { label: 'sent again' }),
    ]),
    lines('Write units per event', [
      new MathExpression({
        expression: 'units / applied',
        usingMetrics: {
          units: metrics.own('WriteUnitsConsumed'),
          applied: metrics.own('RecordsApplied'),
        },
        label: 'write units per applied event',
        period: minute,
      }),
    ]),
    lines('Favourites changed, count rows written', [
      metrics.own('FavouritesChanged', 'Sum', { label: 'favourites changed' }),
      metrics.own('CountRowsWritten', 'Sum', { label: 'count rows written' }),
    ]),
  ];
}

function delivering(metrics: PipelineMetrics): readonly GraphWidget[] {
  return [
    lines(
      'Pipe: invocations and failures',
      [
        metrics.pipe('Invocations', { label: 'invocations' }),
        metrics.pipe('ExecutionPartiallyFailed', { label: 'partially failed' }),
        metrics.pipe('ExecutionFailed', { label: 'failed' }),
        metrics.pipe('ExecutionTimeout', { label: 'timed out' }),
        metrics.pipe('ExecutionThrottled', { label: 'throttled' }),
      ],
      [metrics.pipe('EventCount', { label: 'events (right)' })],
    ),
    lines(
      'Aggregator: errors and duration',
      [
        metrics.lambda(metrics.parts.aggregatorName, 'Errors', { label: 'errors' }),
        metrics.lambda(metrics.parts.aggregatorName, 'Throttles', { label: 'throttles' }),
      ],
      [durationOf(metrics, metrics.parts.aggregatorName)],
    ),
    lines(
      'Dead letters',
      [
        metrics.deadLetters('ApproximateNumberOfMessagesVisible', { label: 'waiting' }),
        metrics.deadLetters('ApproximateNumberOfMessagesNotVisible', { label: 'taken by a redrive' }),
      ],
      [metrics.deadLetters('ApproximateAgeOfOldestMessage', { label: 'age of the oldest (s, right)' })],
    ),
  ];
}

/** A graph for each table: its own throttles and those of its indexes. */
function tables(metrics: PipelineMetrics): readonly GraphWidget[] {
  return metrics.parts.tables.map((table) =>
    lines(
      `Throttles: ${table.name}`,
      [
        metrics.table(table, 'ReadThrottleEvents', { label: 'reads' }),
        metrics.table(table, 'WriteThrottleEvents', { label: 'writes' }),
        ...table.indexNames.flatMap((index) => [
          metrics.index(table, index, 'ReadThrottleEvents', { label: `reads of index ${index}` }),
          metrics.index(table, index, 'WriteThrottleEvents', { label: `writes of index ${index}` }),
        ]),
      ],
      [],
      24 / metrics.parts.tables.length,
    ),
  );
}

function reconciling(metrics: PipelineMetrics): readonly GraphWidget[] {
  const looks = (label: string) => ({ label, period: hour });
  return [
    lines('Reconcile: drift', [
      metrics.own('ReconcileRegisterDriftFound', 'Sum', looks('registers found')),
      metrics.own('ReconcileRegisterDriftCorrected', 'Sum', looks('registers corrected')),
      metrics.own('ReconcileCountDriftFound', 'Sum', looks('counts found')),
      metrics.own('ReconcileCountDriftCorrected', 'Sum', looks('counts corrected')),
      metrics.own('ReconcileRestaurantsNotAudited', 'Sum', looks('restaurants not audited')),
    ]),
    lines('Reconcile: work of each stage (ms)', [
      metrics.own('ReconcileRedriveDuration', 'Maximum', looks('redrive')),
      metrics.own('ReconcileHealDuration', 'Maximum', looks('heal')),
      metrics.own('ReconcileAuditDuration', 'Maximum', looks('audit')),
    ]),
    lines('Reconcile: runs and dead letters redriven', [
      metrics.reconcileRuns('ExecutionsSucceeded', looks('runs succeeded')),
      metrics.reconcileRuns('ExecutionsFailed', looks('runs failed')),
      metrics.reconcileRuns('ExecutionsTimedOut', looks('runs timed out')),
      metrics.own('DeadLettersRedriven', 'Sum', looks('dead letters redriven')),
      metrics.own('DeadLettersLeft', 'Sum', looks('dead letters left')),
    ]),
  ];
}

function answering(metrics: PipelineMetrics, api: WatchedApi): readonly GraphWidget[] {
  return [
    lines('API: requests and errors', [
      metrics.api(api, 'Count', 'Sum', { label: 'requests' }),
      metrics.api(api, '4xx', 'Sum', { label: '4xx: refused' }),
      metrics.api(api, '5xx', 'Sum', { label: '5xx: failed' }),
    ]),
    lines('API: latency (ms)', [
      metrics.api(api, 'Latency', 'p50', { label: 'p50' }),
      metrics.api(api, 'Latency', 'p99', { label: 'p99' }),
      metrics.api(api, 'IntegrationLatency', 'p99', { label: 'p99 of the function' }),
    ]),
    lines(
      'API function: errors and duration',
      [
        metrics.lambda(api.functionName, 'Errors', { label: 'errors' }),
        metrics.lambda(api.functionName, 'Throttles', { label: 'throttles' }),
      ],
      [durationOf(metrics, api.functionName)],
    ),
  ];
}

function durationOf(metrics: PipelineMetrics, functionName: string): IMetric {
  return metrics.lambda(functionName, 'Duration', { statistic: 'p99', label: 'duration p99 (ms, right)' });
}

function lines(
  title: string,
  left: readonly IMetric[],
  right: readonly IMetric[] = [],
  width = graph.width,
): GraphWidget {
  return new GraphWidget({
    title,
    left: [...left],
    right: [...right],
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
    width,
    height: graph.height,
  });
}
