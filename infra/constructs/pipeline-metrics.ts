/**
 * The metrics that dashboard and alarms are made of: our own by their names in src/lambda/metrics.ts, those
 * of AWS by the names in the metrics page of each service's guide.
 */
import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import {
  aggregatorMetricUnits,
  type MetricName,
  metricsDimension,
  metricsServices,
} from '../../src/lambda/metrics.ts';
import type { FavouritesSource, NamedTable } from './tables.ts';

/** What there is to watch: names as CloudWatch knows them. */
export interface WatchedParts {
  readonly favourites: FavouritesSource;
  readonly tables: readonly NamedTable[];
  readonly pipeName: string;
  readonly aggregatorName: string;
  readonly deadLetterQueueName: string;
  readonly stateMachineArn: string;
  readonly api?: WatchedApi;
}

export interface WatchedApi {
  readonly apiId: string;
  readonly functionName: string;
}

export type Statistic = 'Average' | 'Maximum' | 'SampleCount' | 'Sum' | 'p50' | 'p99';

interface Looks {
  readonly label?: string;
  readonly period?: Duration;
}

/** CloudWatch's finest without extra charge, and what every service below reports in. */
export const minute = Duration.minutes(1);

export class PipelineMetrics {
  readonly parts: WatchedParts;
  readonly #namespace: string;

  constructor(scope: Construct, parts: WatchedParts) {
    this.parts = parts;
    this.#namespace = Stack.of(scope).stackName;
  }

  /** One that our handlers emit, from the service that emits it. */
  own(name: MetricName, statistic: Statistic = 'Sum', looks: Looks = {}): Metric {
    const service = name in aggregatorMetricUnits ? metricsServices.aggregator : metricsServices.reconcile;
    return metric(this.#namespace, name, { [metricsDimension]: service }, statistic, looks);
  }

  pipe(name: PipeMetric, looks: Looks = {}): Metric {
    return metric('AWS/EventBridge/Pipes', name, { PipeName: this.parts.pipeName }, 'Sum', looks);
  }

  lambda(
    functionName: string,
    name: LambdaMetric,
    { statistic = 'Sum', ...looks }: Looks & { readonly statistic?: Statistic } = {},
  ): Metric {
    return metric('AWS/Lambda', name, { FunctionName: functionName }, statistic, looks);
  }

  api({ apiId }: WatchedApi, name: ApiMetric, statistic: Statistic, looks: Looks = {}): Metric {
    return metric('AWS/ApiGateway', name, { ApiId: apiId }, statistic, looks);
  }

  deadLetters(name: QueueMetric, looks: Looks = {}): Metric {
    return metric('AWS/SQS', name, { QueueName: this.parts.deadLetterQueueName }, 'Maximum', looks);
  }

  /** Those that wait, and those that a redrive has in its hands. */
  allDeadLetters(): MathExpression {
    return new MathExpression({
      expression: 'SUM(METRICS())',
      usingMetrics: {
        waiting: this.deadLetters('ApproximateNumberOfMessagesVisible'),
        taken: this.deadLetters('ApproximateNumberOfMessagesNotVisible'),
      },
      label: 'dead letters',
      period: minute,
    });
  }

  reconcileRuns(name: StateMachineMetric, looks: Looks = {}): Metric {
    return metric('AWS/States', name, { StateMachineArn: this.parts.stateMachineArn }, 'Sum', looks);
  }

  /**
   * How often the stream of the pipe was read, by anybody; a later stream of the same table has another
   * label.
   */
  streamReads(looks: Looks = {}): Metric {
    const { tableName, streamArn } = this.parts.favourites;
    const dimensions = {
      TableName: tableName,
      // arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL
      StreamLabel: Fn.select(3, Fn.split('/', streamArn)),
      Operation: 'GetRecords',
    };
    return metric('AWS/DynamoDB', 'ReturnedRecordsCount', dimensions, 'SampleCount', looks);
  }

  table({ tableName }: Pick<NamedTable, 'tableName'>, name: TableMetric, looks: Looks = {}): Metric {
    return metric('AWS/DynamoDB', name, { TableName: tableName }, 'Sum', looks);
  }

  /** The metrics of a table never include its indexes. */
  index({ tableName }: NamedTable, indexName: string, name: TableMetric, looks: Looks = {}): Metric {
    const dimensions = { TableName: tableName, GlobalSecondaryIndexName: indexName };
    return metric('AWS/DynamoDB', name, dimensions, 'Sum', looks);
  }
}

type PipeMetric =
  | 'Invocations'
  | 'EventCount'
  | 'ExecutionFailed'
  | 'ExecutionPartiallyFailed'
  | 'ExecutionThrottled'
  | 'ExecutionTimeout';
type ApiMetric = '4xx' | '5xx' | 'Count' | 'IntegrationLatency' | 'Latency';
type LambdaMetric = 'Duration' | 'Errors' | 'Throttles';
type QueueMetric =
  | 'ApproximateAgeOfOldestMessage'
  | 'ApproximateNumberOfMessagesNotVisible'
  | 'ApproximateNumberOfMessagesVisible';
type StateMachineMetric = 'ExecutionsFailed' | 'ExecutionsSucceeded' | 'ExecutionsTimedOut';
type TableMetric = 'ConsumedWriteCapacityUnits' | 'ReadThrottleEvents' | 'WriteThrottleEvents';

function metric(
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic: Statistic,
  { label, period = minute }: Looks,
): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap,
    statistic,
    period,
    ...(label !== undefined && { label }),
  });
}
