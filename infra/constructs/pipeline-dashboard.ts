/**
 * The dashboard of the pipeline, in the order of the flow: traffic, commits, delivery, throttles, reconcile
 * and API.
 */
import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type MetricSource, minute, type PipelineMetrics } from './pipeline-metrics.ts';

/** The graphs of one row, by title. A graph has metrics on the left axis only, or on both axes. */
type Row = Readonly<Record<string, IMetric[] | TwoAxes>>;

interface TwoAxes {
  readonly left: IMetric[];
  readonly right: IMetric[];
}

/** CloudWatch's grid has 24 columns. */
const gridWidth = 24;

export function createDashboard(
  parent: Construct,
  {
    name,
    metrics,
    alarms,
  }: { readonly name: string; readonly metrics: PipelineMetrics; readonly alarms: readonly Alarm[] },
): Dashboard {
  const rows = [
    counting(metrics),
    committing(metrics),
    delivering(metrics),
    throttling(metrics),
    reconciling(metrics),
    answering(metrics),
  ];
  return new Dashboard(new Construct(parent, 'Pipeline'), 'Dashboard', {
    dashboardName: name,
    defaultInterval: Duration.hours(3),
    widgets: [
      ...(alarms.length > 0
        ? [[new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: gridWidth, height: 3 })]]
        : []),
      ...rows.map(widgetsOf),
    ],
  });
}

function counting({ aggregator }: PipelineMetrics): Row {
  return {
    'Traffic by kind of event': aggregator.labelled({ MarksReceived: 'marks', UnmarksReceived: 'un-marks' }),
    'Lag: written to counted (ms)': percentiles(aggregator, 'Lag'),
    'Outcome of the records': aggregator.labelled({
      RecordsApplied: 'applied',
      RecordsStale: 'stale',
      RecordsSkipped: 'skipped',
      RecordsPoison: 'poison',
      RecordsFailed: 'to be delivered again',
    }),
  };
}

function committing({ aggregator }: PipelineMetrics): Row {
  const usingMetrics = {
    units: aggregator.metric('WriteUnitsConsumed'),
    applied: aggregator.metric('RecordsApplied'),
  };
  const label = 'write units per applied event';
  return {
    'Transactions, conflicts and retries': aggregator.labelled({
      Transactions: 'committed',
      TransactionConflicts: 'conflicts',
      TransactionRetries: 'sent again',
    }),
    'Write units per event': [
      new MathExpression({ expression: 'units / applied', usingMetrics, label, period: minute }),
    ],
    'Favourites changed, count rows written': aggregator.labelled({
      FavouritesChanged: 'favourites changed',
      CountRowsWritten: 'count rows written',
    }),
  };
}

function delivering({ pipe, streamReads, aggregatorFunction, deadLetters }: PipelineMetrics): Row {
  return {
    'Pipe: invocations and failures': {
      left: pipe.labelled({
        Invocations: 'invocations',
        ExecutionPartiallyFailed: 'partially failed',
        ExecutionFailed: 'failed',
        ExecutionTimeout: 'timed out',
        ExecutionThrottled: 'throttled',
      }),
      right: [
        pipe.metric('EventCount', { label: 'events (right)' }),
        streamReads.metric('ReturnedRecordsCount', { label: 'reads of the stream (right)' }),
      ],
    },
    'Aggregator: errors and duration': errorsAndDuration(aggregatorFunction),
    'Dead letters': {
      left: deadLetters.labelled({
        ApproximateNumberOfMessagesVisible: 'waiting',
        ApproximateNumberOfMessagesNotVisible: 'taken by a redrive',
      }),
      right: deadLetters.labelled({ ApproximateAgeOfOldestMessage: 'age of the oldest (s, right)' }),
    },
  };
}

/** One graph per table, with the throttles of the table and of its indexes. */
function throttling({ tables }: PipelineMetrics): Row {
  const graphs = tables.map(({ name, table, indexes }) => [
    `Throttles: ${name}`,
    [
      ...table.labelled({ ReadThrottleEvents: 'reads', WriteThrottleEvents: 'writes' }),
      ...indexes.flatMap(({ index, source }) =>
        source.labelled({
          ReadThrottleEvents: `reads of index ${index}`,
          WriteThrottleEvents: `writes of index ${index}`,
        }),
      ),
    ],
  ]);
  return Object.fromEntries(graphs) as Row;
}

function reconciling({ reconcile, reconcileRuns }: PipelineMetrics): Row {
  // A reconcile is rare. With one point per hour, its points stay visible over a week.
  const period = Duration.hours(1);
  const drift = {
    ReconcileRegisterDriftFound: 'registers found',
    ReconcileRegisterDriftCorrected: 'registers corrected',
    ReconcileCountDriftFound: 'counts found',
    ReconcileCountDriftCorrected: 'counts corrected',
    ReconcileRestaurantsNotAudited: 'restaurants not audited',
    ReconcileUncountableRows: 'rows rejected',
  };
  const work = {
    ReconcileRedriveDuration: 'redrive',
    ReconcileHealDuration: 'heal',
    ReconcileAuditDuration: 'audit',
  };
  const runs = {
    ExecutionsSucceeded: 'runs succeeded',
    ExecutionsFailed: 'runs failed',
    ExecutionsTimedOut: 'runs timed out',
  };
  const redriven = { DeadLettersRedriven: 'dead letters redriven', DeadLettersLeft: 'dead letters left' };
  return {
    'Reconcile: drift': reconcile.labelled(drift, { period }),
    'Reconcile: duration of each stage (ms)': reconcile.labelled(work, { statistic: 'Maximum', period }),
    'Reconcile: runs and dead letters redriven': [
      ...reconcileRuns.labelled(runs, { period }),
      ...reconcile.labelled(redriven, { period }),
    ],
  };
}

function answering({ api }: PipelineMetrics): Row {
  if (api === undefined) return {};
  const { requests } = api;
  return {
    'API: requests and errors': requests.labelled({
      Count: 'requests',
      '4xx': '4xx: refused',
      '5xx': '5xx: failed',
    }),
    'API: latency (ms)': [
      ...percentiles(requests, 'Latency'),
      requests.metric('IntegrationLatency', { statistic: 'p99', label: 'p99 of the function' }),
    ],
    'API function: errors and duration': errorsAndDuration(api.function),
  };
}

function errorsAndDuration(lambda: PipelineMetrics['aggregatorFunction']): TwoAxes {
  return {
    left: lambda.labelled({ Errors: 'errors', Throttles: 'throttles' }),
    right: lambda.labelled({ Duration: 'duration p99 (ms, right)' }, { statistic: 'p99' }),
  };
}

function percentiles<Name extends string>(source: MetricSource<Name>, name: Name): IMetric[] {
  return (['p50', 'p99'] as const).map((statistic) => source.metric(name, { statistic, label: statistic }));
}

function widgetsOf(row: Row): GraphWidget[] {
  const graphs = Object.entries(row);
  return graphs.map(
    ([title, metrics]) =>
      new GraphWidget({
        title,
        ...(Array.isArray(metrics) ? { left: metrics } : metrics),
        leftYAxis: { min: 0, showUnits: false },
        rightYAxis: { min: 0, showUnits: false },
        width: gridWidth / graphs.length,
        height: 6,
      }),
  );
}
