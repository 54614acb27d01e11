/**
 * The metrics of the dashboard and the alarms. Our own metrics have their names from src/lambda/metrics.ts,
 * and those of AWS from the page "metrics" in the guide of each service.
 */
import { Duration, Fn } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type aggregatorMetricUnits,
  metricsDimension,
  metricsServices,
  type reconcileMetricUnits,
} from '../../src/lambda/metrics.ts';
import type { AggregationPipe } from './aggregation-pipe.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { FavouritesApi } from './favourites-api.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { ReconcileWorkflow } from './reconcile-workflow.ts';
import type { Tables } from './tables.ts';

export interface WatchedParts {
  /** The namespace of our own metrics. */
  readonly name: string;
  readonly tables: Tables;
  readonly pipe: AggregationPipe;
  readonly aggregator: LambdaFunction;
  readonly deadLetters: DeadLetterQueue;
  readonly workflow: ReconcileWorkflow;
  readonly api: FavouritesApi | undefined;
}

interface Options {
  readonly statistic?: 'Maximum' | 'SampleCount' | 'Sum' | 'p50' | 'p99';
  readonly period?: Duration;
  readonly label?: string;
}

/** Makes the metrics of one function, table or other part. */
export interface MetricSource<Name extends string = string> {
  metric(name: Name, options?: Options): Metric;
  /** One metric for each name, with its label, in the order of `labels`. */
  labelled(labels: { readonly [N in Name]?: string }, options?: Options): Metric[];
  sum(names: readonly Name[], label: string, period?: Duration): MathExpression;
}

/** CloudWatch's shortest period without extra charge. Every service below reports once a minute. */
export const minute = Duration.minutes(1);

export type PipelineMetrics = ReturnType<typeof pipelineMetrics>;

export function pipelineMetrics(parts: WatchedParts) {
  const { favourites, streamArn, all: tables } = parts.tables;
  const own = parts.name;
  const { aggregator, reconcile } = metricsServices;
  const stream = {
    TableName: favourites.tableName,
    // arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL
    StreamLabel: Fn.select(3, Fn.split('/', streamArn)),
    Operation: 'GetRecords',
  };
  return {
    aggregator: source<keyof typeof aggregatorMetricUnits>(own, { [metricsDimension]: aggregator }),
    reconcile: source<keyof typeof reconcileMetricUnits>(own, { [metricsDimension]: reconcile }),
    reconcileRuns: source('AWS/States', { StateMachineArn: parts.workflow.stateMachineArn }),
    pipe: source('AWS/EventBridge/Pipes', { PipeName: parts.pipe.pipeName }),
    /**
     * Each sample is one GetRecords request on the pipe's stream; the requests of other readers count too. A
     * stream that is enabled again has a new label, and its reads do not appear here.
     */
    streamReads: source('AWS/DynamoDB', stream, { statistic: 'SampleCount' }),
    aggregatorFunction: source('AWS/Lambda', { FunctionName: parts.aggregator.functionName }),
    deadLetters: source('AWS/SQS', { QueueName: parts.deadLetters.queueName }, { statistic: 'Maximum' }),
    favourites: source('AWS/DynamoDB', { TableName: favourites.tableName }),
    /** The metrics of a table do not include those of its indexes. */
    tables: tables.map(({ name, tableName: TableName, indexNames }) => ({
      name,
      table: source('AWS/DynamoDB', { TableName }),
      indexes: indexNames.map((index) => ({
        index,
        source: source('AWS/DynamoDB', { TableName, GlobalSecondaryIndexName: index }),
      })),
    })),
    api: parts.api && {
      requests: source('AWS/ApiGateway', { ApiId: parts.api.apiId }),
      function: source('AWS/Lambda', { FunctionName: parts.api.functionName }),
    },
  };
}

function source<Name extends string = string>(
  namespace: string,
  dimensionsMap: Record<string, string>,
  usual: Options = {},
): MetricSource<Name> {
  const metric = (metricName: Name, options?: Options) =>
    new Metric({
      namespace,
      metricName,
      dimensionsMap,
      statistic: 'Sum',
      period: minute,
      ...usual,
      ...options,
    });
  return {
    metric,
    labelled: (labels, options) =>
      Object.entries(labels).map(([name, label]) =>
        metric(name as Name, { ...options, label: String(label) }),
      ),
    sum(names, label, period = minute) {
      const usingMetrics = Object.fromEntries(names.map((name, i) => [`m${i}`, metric(name, { period })]));
      return new MathExpression({ expression: 'SUM(METRICS())', usingMetrics, label, period });
    },
  };
}
