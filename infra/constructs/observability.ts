/**
 * The dashboard of the whole pipeline, and seven alarms. The description of an alarm begins with a heading of
 * docs/dashboard.md; the text under that heading says what to do when the alarm rings.
 */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type Dashboard,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { createDashboard } from './pipeline-dashboard.ts';
import { minute, type PipelineMetrics, pipelineMetrics, type WatchedParts } from './pipeline-metrics.ts';

/**
 * Rings if `metric` exceeds `above` (default 0) in `periods` of the last `of` periods (default 1 of 1).
 */
interface Rule {
  readonly description: string;
  readonly metric: IMetric;
  readonly above?: number;
  readonly periods?: number;
  readonly of?: number;
}

/** A single bad period needs no operator, because the pipe and the callers retry. */
const threeOfFive = { periods: 3, of: 5 };
/** A failed run is a single data point. With a period of an hour, its alarm lasts long enough to be seen. */
const hour = Duration.hours(1);

export interface ObservabilityProps extends WatchedParts {
  readonly settings: Pick<Settings, 'alarms' | 'dashboard'>;
  readonly topic: ITopic | undefined;
}

export class Observability extends Construct {
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard | undefined;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id);
    const { name, settings } = props;
    const metrics = pipelineMetrics(props);
    this.alarms = settings.alarms.enabled ? createAlarms(this, metrics, props) : [];
    this.dashboard = settings.dashboard
      ? createDashboard(this, { name, metrics, alarms: this.alarms })
      : undefined;
  }
}

function createAlarms(
  parent: Construct,
  metrics: PipelineMetrics,
  { settings, topic }: ObservabilityProps,
): readonly Alarm[] {
  const scope = new Construct(parent, 'Alarms');
  const action = topic && new SnsAction(topic);
  return Object.entries(rules(metrics, settings.alarms)).map(([id, rule]) => {
    const { description, metric, above = 0, periods = 1, of = 1 } = rule;
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${description} See docs/dashboard.md.`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: of,
      datapointsToAlarm: periods,
      // Without traffic or failures there is no data, and nothing is wrong.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (action) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return alarm;
  });
}

function rules(
  metrics: PipelineMetrics,
  { lagSeconds, rejectedRowsMax }: Settings['alarms'],
): Readonly<Record<string, Rule>> {
  const { aggregator, deadLetters, pipe, reconcile, reconcileRuns, api } = metrics;
  return {
    DeadLetters: {
      description: 'Dead letters: the queue holds records or ranges that could not be counted.',
      metric: deadLetters.sum(
        ['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'],
        'dead letters',
      ),
    },
    Lag: {
      description: `Lag: one event in a hundred is counted more than ${lagSeconds} s after it was written.`,
      metric: aggregator.metric('Lag', { statistic: 'p99' }),
      above: lagSeconds * 1000,
      ...threeOfFive,
    },
    PipeFailing: {
      description: 'Pipe failing: whole batches fail again and again.',
      metric: pipe.sum(['ExecutionFailed', 'ExecutionTimeout'], 'failed executions of the pipe'),
      ...threeOfFive,
    },
    PipeStandsStill: {
      description: 'Pipe stands still: Favourites is written, but its stream is not read.',
      metric: standstill(metrics),
      // Redrive reads the stream too, in every third period. With three of five, these reads do not end the
      // alarm.
      ...threeOfFive,
    },
    ReconcileFailed: {
      description: 'Reconcile failed: drift remains, or a run could not finish.',
      metric: reconcileRuns.sum(['ExecutionsFailed', 'ExecutionsTimedOut'], 'failed runs', hour),
    },
    RejectedRows: {
      description: `Rejected rows: more than ${rejectedRowsMax} rows of Favourites can never be counted.`,
      metric: reconcile.metric('ReconcileUncountableRows', { statistic: 'Maximum', period: hour }),
      above: rejectedRowsMax,
    },
    ...(api && {
      ApiErrors: {
        description: 'API errors: more than one request in twenty fails.',
        metric: new MathExpression({
          expression: '100 * errors / requests',
          usingMetrics: { errors: api.requests.metric('5xx'), requests: api.requests.metric('Count') },
          label: 'failed requests (%)',
          period: minute,
        }),
        above: 5,
        ...threeOfFive,
      },
    }),
  };
}

/**
 * A pipe that AWS has disabled, or whose stream has ended, reports neither failures nor lag. But it no longer
 * reads the stream. A running pipe reads it several times a second, even when its filter drops everything.
 */
function standstill({ pipe, streamReads, favourites }: PipelineMetrics): MathExpression {
  const period = Duration.minutes(5);
  return new MathExpression({
    expression: 'IF(FILL(written, 0) > 0 AND FILL(reads, 0) == 0 AND FILL(invocations, 0) == 0, 1, 0)',
    usingMetrics: {
      written: favourites.metric('ConsumedWriteCapacityUnits', { period }),
      reads: streamReads.metric('ReturnedRecordsCount', { period }),
      invocations: pipe.metric('Invocations', { period }),
    },
    label: 'written, but the stream is not read',
    period,
  });
}
