/** The plots of docs/benchmarks.md, each in light and dark. */
import { count } from '../../../infra/command-line/text.ts';
import { type BenchResults, lineOf } from './results.ts';
import type { Measured } from './scenario.ts';
import { barChart, type BarPanel, type Line, lineChart, themes } from './svg.ts';

export interface Plot {
  /** In docs/benchmarks/. */
  readonly file: string;
  readonly svg: string;
}

const labels = {
  'a-add': '(a) ADD per record',
  'b-net-deltas': '(b) net deltas',
  'c-idempotency': '(c) Powertools Idempotency',
  'd-ours': '(d) ours',
} as const;

export function plotsOf(results: BenchResults): readonly Plot[] {
  return themes.flatMap((theme) => [
    {
      file: `contenders-${theme.name}.svg`,
      svg: barChart(panelsOf(results), { title: contendersTitle, theme }),
    },
    {
      file: `window-${theme.name}.svg`,
      svg: lineChart(curveLines(results), {
        title: 'Price against freshness: ours, everything ranked, by the batching window',
        theme,
        xTicks: [1, 2, 5, 10, 30, 60, 120, 300],
        xLabel: 'pipe.maximumBatchingWindowSeconds',
        yMax: 16,
        yStep: 4,
        yLabel: 'write units an event',
      }),
    },
  ]);
}

const contendersTitle = 'The trace in batches of 1,000, with 5 ms added to each request';

function panelsOf(results: BenchResults): readonly BarPanel[] {
  const measured = Object.entries(labels).flatMap(([contender, label]) => {
    const line = lineOf(results, { contender, load: 'trace/1000', delayMs: 5 });
    return line === undefined ? [] : [{ label, line, isOurs: contender === 'd-ours' }];
  });
  const panel = (title: string, valueOf: (line: Measured) => number, digits: number): BarPanel => ({
    title,
    bars: measured.map(({ label, line, isOurs }) => ({ label, value: valueOf(line), isOurs })),
    format: (value) => (digits === 0 ? count(value) : value.toFixed(digits)),
  });
  return [
    panel('events a second: more is better', (line) => line.eventsPerSecond, 0),
    panel('CPU milliseconds for 100 events', (line) => line.cpuMsPer100Events, 1),
    panel('write units an event, by AWS’s rules', (line) => line.writeUnitsPerEventAws, 1),
    panel('wrong counts after the redeliveries and lost answers', (line) => line.wrongCounts, 0),
  ];
}

function curveLines({ curve, ordinaryDay }: BenchResults): readonly Line[] {
  const largest = Math.max(...curve.map(({ batchSizeMax }) => batchSizeMax));
  const smallest = Math.min(...curve.map(({ batchSizeMax }) => batchSizeMax));
  const lineAt = (eventsPerSecond: number, batchSizeMax: number): Line['points'] =>
    curve
      .filter((point) => point.eventsPerSecond === eventsPerSecond && point.batchSizeMax === batchSizeMax)
      .map((point) => [point.windowSeconds, point.writeUnitsPerEventAws]);
  const add = ordinaryDay.find(({ contender }) => contender === 'a-add')?.writeUnitsPerEventAws ?? 0;
  return [
    { label: 'ours, 8 events/s', points: lineAt(8, largest), colour: 0 },
    { label: 'ours, 80/s, batches ≤ 10,000', points: lineAt(80, largest), colour: 0, isDashed: true },
    { label: 'ours, 80/s, batches ≤ 1,000', points: lineAt(80, smallest), colour: 1, isDashed: true },
    {
      label: '(a) ADD per record',
      points: [
        [1, add],
        [300, add],
      ],
      colour: 2,
    },
  ];
}
