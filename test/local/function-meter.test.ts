import { describe, expect, it } from '@jest/globals';
import { createFunctionMeter, metricsIn } from '../../infra/local/emulator/function/function-meter.ts';

const emf = (values: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'FavouriteCounts',
          Dimensions: [['service']],
          Metrics: Object.keys(values).map((Name) => ({
            Name,
            Unit: Name === 'Lag' ? 'Milliseconds' : 'Count',
          })),
        },
      ],
    },
    service: 'aggregator',
    ...values,
  });

describe('the metrics in a function’s output', () => {
  it('are single values or lists of them', () => {
    expect(metricsIn(emf({ Transactions: 3, Lag: [5, 7] }))).toEqual([
      { name: 'Transactions', unit: 'Count', values: [3] },
      { name: 'Lag', unit: 'Milliseconds', values: [5, 7] },
    ]);
  });

  it.each([
    ['a log line', '{"level":"INFO","message":"begun"}'],
    ['a line that is cut off', emf({ Transactions: 3 }).slice(0, -4)],
    ['a text that speaks of them', 'the "CloudWatchMetrics" are missing'],
    ['metrics of another shape', '{"_aws":{"CloudWatchMetrics":7},"x":1}'],
    ['an empty line', ''],
  ])('are empty for %s', (_, line) => {
    expect(metricsIn(line)).toEqual([]);
  });
});

describe('the function meter', () => {
  it('adds up metrics and keeps the observations in milliseconds', () => {
    const meter = createFunctionMeter();

    meter.noteLine(emf({ Transactions: 3, Lag: [5, 7] }));
    meter.noteLine(emf({ Transactions: [1, 1], Lag: 9 }));

    expect(meter.counters()).toMatchObject({
      metrics: { Transactions: 5, Lag: 21 },
      samplesMs: { Lag: [5, 7, 9] },
    });
  });

  it('keeps the newest observations when there are too many', () => {
    const meter = createFunctionMeter();

    for (let i = 0; i < 50_000; i += 1) meter.noteLine(emf({ Lag: i }));

    const { Lag: lags = [] } = meter.counters().samplesMs;
    expect(lags).toHaveLength(20_000);
    expect([lags[0], lags.at(-1)]).toEqual([30_000, 49_999]);
  });

  it('counts invocations by their outcome', () => {
    const meter = createFunctionMeter();

    meter.noteOutcome({ kind: 'answer', payload: null, durationMs: 10, cpuMs: 4 });
    meter.noteOutcome({ kind: 'answer', payload: null, durationMs: 1, cpuMs: 1 });
    meter.noteOutcome({ kind: 'error', errorType: 'Error', errorMessage: 'x' });
    meter.noteOutcome({ kind: 'crash' });

    expect(meter.counters()).toMatchObject({
      invocations: 4,
      outcomes: { answer: 2, error: 1, timeout: 0, crash: 1 },
      durationMs: 11,
      cpuMs: 5,
    });
  });
});
