/** The alarm "Pipe stands still" on the metrics of different situations, period by period. */
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

/** What happens within five minutes. */
interface Period {
  /** Write units of Favourites. */
  readonly written: number;
  /** Records of these writes in the stream, and those of them that pass the pipe's filter. */
  readonly records?: number;
  readonly passing?: number;
  /** False when the pipe is disabled or its stream has ended. */
  readonly polling: boolean;
  /** Reads of the same stream by a redrive or another consumer. */
  readonly otherReads?: number;
}

/** Two polls a second, fewer than any pipe does. */
const polls = 600;

/**
 * AWS's guide does not say whether a read that returns nothing is a sample, so the alarm must be right in
 * both cases.
 */
function metricsOf(period: Period, areEmptyReadsSamples: boolean): Record<string, number> {
  const { written, records = 0, passing = 0, polling, otherReads = 0 } = period;
  const reads = (polling && (areEmptyReadsSamples || records > 0) ? polls : 0) + otherReads;
  const samples = {
    ConsumedWriteCapacityUnits: written,
    ReturnedRecordsCount: reads,
    Invocations: polling ? passing : 0,
  };
  // CloudWatch does not report a value of 0.
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

/** Whether the alarm is on at the end of each period of an hour in which these situations repeat. */
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

describe.each([true, false])('the alarm "Pipe stands still", with empty reads as samples: %p', (samples) => {
  it.each([
    ['records are delivered', [healthy]],
    ['rows are only updated, and the filter drops everything', [onlyUpdates]],
    ['nothing is written', [nothingWritten]],
    ['rows are updated now and then', [onlyUpdates, nothingWritten, nothingWritten]],
    ['the pipe is disabled and nothing is written', [{ ...nothingWritten, polling: false }]],
  ])('stays off when %s', (_, periods) => {
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
  ])('goes on, and stays on, when %s', (_, periods) => {
    const afterHalfAnHour = ringing(periods, samples).slice(6);
    expect(new Set(afterHalfAnHour)).toEqual(new Set([true]));
  });

  it('stays off while another consumer reads the stream, a limit that docs/dashboard.md states', () => {
    expect(rings([{ ...notRead, otherReads: polls }], samples)).toBe(false);
  });
});

describe('writes that change nothing', () => {
  it('set off the alarm only if empty reads are no samples, a limit that docs/dashboard.md states', () => {
    expect([true, false].map((samples) => rings([nothingChanged], samples))).toEqual([false, true]);
  });
});
