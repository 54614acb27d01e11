import { describe, expect, it } from '@jest/globals';
import { createFunctionCounters, metricsIn } from '../../infra/local/emulator/function/function-figures.ts';

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

describe('the metrics in a function’s lines', () => {
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
  ])('are none in %s', (_, line) => {
    expect(metricsIn(line)).toEqual([]);
  });
});

describe('the counters of functions', () => {
  it('sum metrics and keep the observations in milliseconds', () => {
    const counters = createFunctionCounters();

    counters.noteLine(emf({ Transactions: 3, Lag: [5, 7] }));
    counters.noteLine(emf({ Transactions: [1, 1], Lag: 9 }));

    expect(counters.figures()).toMatchObject({
      metrics: { Transactions: 5, Lag: 21 },
      samplesMs: { Lag: [5, 7, 9] },
    });
  });

  it('keep the newest observations when there are too many', () => {
    const counters = createFunctionCounters();

    for (let i = 0; i < 50_000; i += 1) counters.noteLine(emf({ Lag: i }));

    const { Lag: lags = [] } = counters.figures().samplesMs;
    expect(lags).toHaveLength(20_000);
    expect([lags[0], lags.at(-1)]).toEqual([30_000, 49_999]);
  });

  it('count invocations by what became of them', () => {
    const counters = createFunctionCounters();

    counters.noteOutcome({ kind: 'answer', payload: null, durationMs: 10, cpuMs: 4 });
    counters.noteOutcome({ kind: 'answer', payload: null, durationMs: 1, cpuMs: 1 });
    counters.noteOutcome({ kind: 'error', errorType: 'Error', errorMessage: 'x' });
    counters.noteOutcome({ kind: 'crash' });

    expect(counters.figures()).toMatchObject({
      invocations: 4,
      outcomes: { answer: 2, error: 1, timeout: 0, crash: 1 },
      durationMs: 11,
      cpuMs: 5,
    });
  });
});
