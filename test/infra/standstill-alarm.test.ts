/** Evaluates the alarm "Pipe stands still" on the metrics of different situations, period by period. */
import { describe, expect, it } from '@jest/globals';
import { settingsFor } from '../../infra/settings/settings.ts';
import { evaluateMaths } from '../support/metric-maths.ts';
import { objectOf, resourceNamed, synthesizeTemplate } from '../support/synthesized-template.ts';

const { properties } = resourceNamed(
  synthesizeTemplate(settingsFor('prod')),
  'AWS::CloudWatch::Alarm',
  'ObservabilityAlarmsPipeStandsStill',
);
const queries = Object.values(objectOf(properties['Metrics'])).map(objectOf);

/** The activity within one period of five minutes. */
interface Period {
  /** Write units of Favourites. */
  readonly written: number;
  /** Records that these writes add to the stream, and the records that pass the pipe's filter. */
  readonly records?: number;
  readonly passing?: number;
  /** False when the pipe is disabled or its stream has ended. */
  readonly polling: boolean;
  /** Reads of the same stream by a redrive or another consumer. */
  readonly otherReads?: number;
}

/** Two polls a second; any pipe polls more often. */
const polls = 600;

/**
 * AWS's guide does not say whether a read that returns nothing adds a sample, so the alarm must be right
 * in both cases.
 */
function metricsOf(period: Period, areEmptyReadsSamples: boolean): Record<string, number> {
  const { written, records = 0, passing = 0, polling, otherReads = 0 } = period;
  const reads = (polling && (areEmptyReadsSamples || records > 0) ? polls : 0) + otherReads;
  const samples = {
    ConsumedWriteCapacityUnits: written,
    ReturnedRecordsCount: reads,
    Invocations: polling ? passing : 0,
  };
  // The metrics have no data points of 0.
  return Object.fromEntries(Object.entries(samples).filter(([, value]) => value > 0));
}

function breaches(period: Period, areEmptyReadsSamples: boolean): boolean {
  const samples = metricsOf(period, areEmptyReadsSamples);
  const values = Object.fromEntries(
    queries.flatMap(({ Id: id, MetricStat: stat }) => {
      if (stat === undefined) return [];
      const value = samples[String(objectOf(objectOf(stat)['Metric'])['MetricName'])];
      return value === undefined ? [] : [[String(id), value]];
    }),
  ) as Record<string, number>;
  const { Expression: expression } = queries.find(({ Expression }) => Expression !== undefined) ?? {};
  return (evaluateMaths(String(expression), values) ?? 0) > Number(properties['Threshold']);
}

/** Repeats these periods for an hour, and returns for each period whether the alarm is on at its end. */
function ringing(periods: readonly Period[], areEmptyReadsSamples: boolean): readonly boolean[] {
  const hour = Array.from({ length: 12 }, (_, at) => periods[at % periods.length] as Period);
  const states = hour.map((period) => breaches(period, areEmptyReadsSamples));
  const of = Number(properties['EvaluationPeriods']);
  const needed = Number(properties['DatapointsToAlarm']);
  return states.map(
    (_, end) => states.slice(Math.max(0, end + 1 - of), end + 1).filter(Boolean).length >= needed,
  );
}

/** Whether the alarm is on at any time. */
function rings(periods: readonly Period[], areEmptyReadsSamples: boolean): boolean {
  return ringing(periods, areEmptyReadsSamples).includes(true);
}

const healthy = { written: 10, records: 10, passing: 10, polling: true };
const onlyUpdates = { written: 10, records: 10, polling: true };
const nothingWritten = { written: 0, polling: true };
const nothingChanged = { written: 10, polling: true };
const notRead = { written: 10, records: 10, passing: 10, polling: false };
const redriveReads = { ...notRead, otherReads: 4 };

describe.each([true, false])(
  'the alarm "Pipe stands still", when empty reads are samples is %p',
  (samples) => {
    it.each([
      ['records are delivered', [healthy]],
      ['applications only update rows, and the filter drops every record', [onlyUpdates]],
      ['nothing is written', [nothingWritten]],
      ['applications sometimes update rows', [onlyUpdates, nothingWritten, nothingWritten]],
      ['the pipe is disabled and nothing is written', [{ ...nothingWritten, polling: false }]],
    ])('stays OK when %s', (_, periods) => {
      expect(rings(periods, samples)).toBe(false);
    });

    it.each([
      ['the pipe is disabled, or its stream has ended, while favourites are marked', [notRead]],
      [
        'the pipe is disabled, or its stream has ended, while rows are only updated',
        [{ ...notRead, passing: 0 }],
      ],
      [
        'the pipe is disabled and a redrive reads the stream every quarter of an hour',
        [redriveReads, notRead, notRead],
      ],
    ])('goes off, and stays in alarm, when %s', (_, periods) => {
      const afterHalfAnHour = ringing(periods, samples).slice(6);
      expect(new Set(afterHalfAnHour)).toEqual(new Set([true]));
    });

    it('stays OK when another consumer reads the stream, which docs/dashboard.md states as a limit', () => {
      expect(rings([{ ...notRead, otherReads: polls }], samples)).toBe(false);
    });
  },
);

describe('writes that change nothing', () => {
  it('set off the alarm only if empty reads add no samples, a limit stated in docs/dashboard.md', () => {
    expect([true, false].map((samples) => rings([nothingChanged], samples))).toEqual([false, true]);
  });
});
