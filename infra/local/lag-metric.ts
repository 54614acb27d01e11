/** Stands in for CloudWatch's GetMetricData, of which the workflow asks the lag before it begins. */
import { isObject } from './emulator/json.ts';

export const getMetricData = 'arn:aws:states:::aws-sdk:cloudwatch:getMetricData';

/** @param lagMs undefined: nothing was measured, as when the pipe is off */
export function answerMetricData(parameters: unknown, lagMs: () => number | undefined): unknown {
  const queries = isObject(parameters) ? parameters['MetricDataQueries'] : undefined;
  const asked = Array.isArray(queries) ? queries.filter(isObject) : [];
  return { MetricDataResults: asked.map((query) => answerQuery(query, lagMs())), Messages: [] };
}

function answerQuery(query: Readonly<Record<string, unknown>>, lagMs: number | undefined) {
  const stat = isObject(query['MetricStat']) ? query['MetricStat'] : {};
  const metric = isObject(stat['Metric']) ? stat['Metric']['MetricName'] : undefined;
  if (metric !== 'Lag') {
    throw new Error(`The local run knows the metric Lag alone, and was asked for ${String(metric)}`);
  }
  return {
    Id: query['Id'],
    Label: metric,
    StatusCode: 'Complete',
    Timestamps: lagMs === undefined ? [] : [new Date().toISOString()],
    Values: lagMs === undefined ? [] : [lagMs],
  };
}
