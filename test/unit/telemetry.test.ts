import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../src/lambda/emit-metrics.ts';
import { type MetricName, metricUnits } from '../../src/lambda/metrics.ts';
import { type CapturedOutput, captureOutput } from '../support/captured-output.ts';

describe('emit', () => {
  let output: CapturedOutput;
  beforeEach(() => {
    process.env['POWERTOOLS_METRICS_NAMESPACE'] = 'FavouriteCounts-prod';
    output = captureOutput();
  });
  afterEach(() => {
    output.stop();
  });
  const observationsOf = (name: MetricName) => output.metrics().flatMap((line) => line[name] ?? []);

  it('writes every metric of the list with its name and unit, in the namespace of its stack', () => {
    const names = Object.keys(metricUnits) as MetricName[];
    createMetrics().emit(Object.fromEntries(names.map((name, index) => [name, index])));
    const [line, ...others] = output.metrics();
    expect(others).toEqual([]);
    const [directive] = line?._aws.CloudWatchMetrics ?? [];
    expect(directive?.Namespace).toBe('FavouriteCounts-prod');
    expect(Object.fromEntries(directive?.Metrics.map(({ Name, Unit }) => [Name, Unit]) ?? [])).toEqual(
      metricUnits,
    );
    names.forEach((name, index) => expect(observationsOf(name)).toEqual([index]));
  });

  it('writes a zero, which is not the same as a metric that was not measured', () => {
    createMetrics().emit({ RecordsFailed: 0 });
    expect(output.metrics()).toEqual([expect.objectContaining({ RecordsFailed: 0 })]);
  });

  it('writes every observation of a metric, and only in the embedded metric format', () => {
    for (let count = 1; count <= 300; count += 1) {
      output.reset();
      const lags = Array.from({ length: count }, (_, index) => index + 0.5);
      // Lag comes last, as in the aggregator. Powertools publishes by itself after every 100 values, so that
      // 100, 200 or 300 of them leave nothing for the last publish.
      createMetrics().emit({ RecordsReceived: 7, Transactions: count, Lag: lags });
      expect(observationsOf('Lag')).toEqual(lags);
      expect(observationsOf('RecordsReceived')).toEqual([7]);
      expect(observationsOf('Transactions')).toEqual([count]);
      expect(output.lines().filter((line) => !line.startsWith('{"_aws":'))).toEqual([]);
    }
  });

  it('omits a metric without observations', () => {
    createMetrics().emit({ RecordsReceived: 0, Lag: [] });
    const names = output.metrics().flatMap((line) => line._aws.CloudWatchMetrics[0]?.Metrics ?? []);
    expect(names.map(({ Name }) => Name)).toEqual(['RecordsReceived']);
  });

  it('keeps no value for the next invocation', () => {
    const metrics = createMetrics();
    metrics.emit({ RecordsReceived: 3, Lag: [5] });
    output.reset();
    metrics.emit({ RecordsReceived: 4 });
    expect(output.metrics()).toHaveLength(1);
    expect(observationsOf('RecordsReceived')).toEqual([4]);
    expect(observationsOf('Lag')).toEqual([]);
  });
});
