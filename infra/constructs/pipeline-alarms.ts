/**
 * The alarms that nobody would run without. docs/dashboard.md says what to do when each one rings; each
 * description begins with the heading there.
 */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../settings/settings.ts';
import { minute, type PipelineMetrics, type WatchedApi } from './pipeline-metrics.ts';

interface Rule {
  readonly description: string;
  readonly metric: IMetric;
  /** Rings above it. */
  readonly above: number;
  /** In so many periods of the last `of`. */
  readonly periods: number;
  readonly of: number;
}

/**
 * Short beside the stream's 24 hours. Three of four: a redrive reads the stream too, in one period of each
 * quarter hour.
 */
const standstill = { period: Duration.minutes(5), periods: 3, of: 4 };
/** A run fails in one moment: the alarm stands long enough to be seen. */
const hour = Duration.hours(1);

export class PipelineAlarms extends Construct {
  readonly all: readonly Alarm[];
  readonly #action: SnsAction | undefined;

  constructor(
    scope: Construct,
    id: string,
    { metrics, settings }: { readonly metrics: PipelineMetrics; readonly settings: Settings['alarms'] },
  ) {
    super(scope, id);
    this.#action =
      settings.topicArn === undefined
        ? undefined
        : new SnsAction(Topic.fromTopicArn(this, 'Topic', settings.topicArn));
    this.all = [
      this.#alarm('DeadLetters', {
        description: 'Dead letters: records or ranges that were given up wait in the queue.',
        metric: metrics.allDeadLetters(),
        above: 0,
        periods: 1,
        of: 1,
      }),
      this.#alarm('Lag', {
        description: `Lag: one event in a hundred is counted more than ${settings.lagSeconds} s after it was written.`,
        metric: metrics.own('Lag', 'p99'),
        above: settings.lagSeconds * 1000,
        periods: 3,
        of: 5,
      }),
      this.#alarm('PipeFailing', {
        description: 'Pipe failing: whole batches fail again and again.',
        metric: new MathExpression({
          expression: 'SUM(METRICS())',
          usingMetrics: {
            failed: metrics.pipe('ExecutionFailed'),
            timedOut: metrics.pipe('ExecutionTimeout'),
          },
          label: 'failed executions of the pipe',
          period: minute,
        }),
        above: 0,
        // A failed batch is tried again: a single failure mends itself.
        periods: 3,
        of: 5,
      }),
      this.#alarm('PipeStandsStill', {
        description: 'Pipe stands still: Favourites is written, and nobody reads its stream.',
        metric: this.#standstill(metrics),
        above: 0,
        periods: standstill.periods,
        of: standstill.of,
      }),
      this.#alarm('ReconcileFailed', {
        description: 'Reconcile failed: drift remains, or a run could not finish.',
        metric: new MathExpression({
          expression: 'SUM(METRICS())',
          usingMetrics: {
            failed: metrics.reconcileRuns('ExecutionsFailed', { period: hour }),
            timedOut: metrics.reconcileRuns('ExecutionsTimedOut', { period: hour }),
          },
          label: 'failed runs',
          period: hour,
        }),
        above: 0,
        periods: 1,
        of: 1,
      }),
      ...(metrics.parts.api === undefined ? [] : [this.#apiErrors(metrics, metrics.parts.api)]),
    ];
  }

  #apiErrors(metrics: PipelineMetrics, api: WatchedApi): Alarm {
    return this.#alarm('ApiErrors', {
      description: 'API errors: more than one request in twenty fails.',
      metric: new MathExpression({
        expression: '100 * errors / requests',
        usingMetrics: {
          errors: metrics.api(api, '5xx', 'Sum'),
          requests: metrics.api(api, 'Count', 'Sum'),
        },
        label: 'failed requests (%)',
        period: minute,
      }),
      above: 5,
      // In a quiet hour one failure is all of a minute: it takes three such minutes.
      periods: 3,
      of: 5,
    });
  }

  /**
   * A pipe that AWS has disabled, or whose stream has ended, reports nothing at all: no failure, no lag. But
   * nobody reads its stream any more, whereas a running pipe polls several times a second, also when its
   * filter drops everything.
   */
  #standstill(metrics: PipelineMetrics): MathExpression {
    const { period } = standstill;
    return new MathExpression({
      expression: 'IF(FILL(written, 0) > 0 AND FILL(reads, 0) == 0 AND FILL(invocations, 0) == 0, 1, 0)',
      usingMetrics: {
        written: metrics.table(metrics.parts.favourites, 'ConsumedWriteCapacityUnits', { period }),
        reads: metrics.streamReads({ period }),
        invocations: metrics.pipe('Invocations', { period }),
      },
      label: 'written, and the stream not read',
      period,
    });
  }

  #alarm(id: string, { description, metric, above, periods, of }: Rule): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${description} See docs/dashboard.md.`,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: of,
      datapointsToAlarm: periods,
      // No traffic and no failure are no values, and no reason to ring.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#action !== undefined) {
      alarm.addAlarmAction(this.#action);
      alarm.addOkAction(this.#action);
    }
    return alarm;
  }
}
