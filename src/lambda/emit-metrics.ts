/**
 * Writes metrics to stdout in CloudWatch's embedded metric format, without a call to CloudWatch. Namespace
 * and service come from POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_SERVICE_NAME.
 */
import { Metrics } from '@aws-lambda-powertools/metrics';
import { type MetricName, metricUnits } from './metrics.ts';

/** A number, or one value per observation. */
export type MetricValues = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;

/** @param emit called once per invocation, at its end, with everything to publish. */
export function createMetrics(): { emit(values: MetricValues): void } {
  const metrics = new Metrics();
  return {
    emit(values) {
      for (const [name, value] of Object.entries(values) as [MetricName, number | readonly number[]][]) {
        for (const observation of [value].flat()) metrics.addMetric(name, metricUnits[name], observation);
      }
      // At 100 values Powertools publishes by itself, and it warns in plain text if there is nothing to
      // publish.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
