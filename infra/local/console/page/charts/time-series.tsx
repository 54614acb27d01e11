/** Small charts of the last minutes with a common cursor. */
import { useState } from 'preact/hooks';
import type { SeriesPoint } from '../../protocol.ts';
import { Card } from '../card.tsx';
import { duration, rate, timeOfDay, whole } from '../format.ts';
import { nearestPoint } from './chart-scale.ts';
import './charts.css';
import { type ChartOptions, type ChartTime, LineChart } from './line-chart.tsx';

const SPAN_MS = 5 * 60_000;

export function TimeSeries({ series }: { series: readonly SeriesPoint[] }) {
  const [cursorMs, setCursorMs] = useState<number>();
  const atMs = series.map((point) => point.atMs);
  const toMs = atMs.at(-1) ?? 0;
  const fromMs = toMs - SPAN_MS;
  const isCursorShown = cursorMs !== undefined && cursorMs >= fromMs && atMs.length > 0;
  const cursor = isCursorShown ? nearestPoint(atMs, cursorMs) : undefined;
  const time: ChartTime = { atMs, fromMs, toMs, cursor };

  const follow = (event: PointerEvent): void => {
    const plot = (event.target as Element).closest('.chart-plot');
    if (!plot) return setCursorMs(undefined);
    const { left, width } = plot.getBoundingClientRect();
    setCursorMs(fromMs + ((event.clientX - left) / width) * SPAN_MS);
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 }[event.key];
    if (event.key === 'Escape') setCursorMs(undefined);
    if (by === undefined) return;
    event.preventDefault();
    const index = Math.min(atMs.length - 1, Math.max(0, (cursor ?? atMs.length - 1) + by));
    setCursorMs(atMs[index]);
  };

  return (
    <Card
      title="Last 5 minutes"
      className="wide"
      note={noteOf(cursor === undefined ? undefined : atMs[cursor], toMs)}
    >
      <div
        class="charts"
        role="group"
        aria-label="Charts. The arrow keys move a cursor through time, Escape removes it."
        tabIndex={0}
        onPointerMove={follow}
        onPointerLeave={() => setCursorMs(undefined)}
        onKeyDown={step}
      >
        {chartsOf(series).map((chart) => (
          <LineChart key={chart.title} chart={chart} time={time} />
        ))}
      </div>
    </Card>
  );
}

function noteOf(cursorAtMs: number | undefined, nowMs: number): string {
  if (cursorAtMs === undefined) return 'one point a second';
  return `${timeOfDay(cursorAtMs)}, ${whole((nowMs - cursorAtMs) / 1000)} s ago`;
}

function chartsOf(series: readonly SeriesPoint[]): readonly ChartOptions[] {
  const line = (label: string, of: (point: SeriesPoint) => number | undefined) => ({
    label,
    values: series.map(of),
  });
  return [
    {
      title: 'Events applied a second',
      lines: [line('applied', (point) => point.appliedRate)],
      format: rate,
      axisEndMin: 10,
    },
    {
      title: 'Lag',
      lines: [line('p50', (point) => point.lagP50Ms), line('p99', (point) => point.lagP99Ms)],
      format: duration,
      axisEndMin: 100,
    },
    {
      title: 'Absorbed a second',
      lines: [
        line('stale', (point) => point.stale),
        line('conflicts', (point) => point.conflicts),
        line('retries', (point) => point.retries),
      ],
      format: rate,
      axisEndMin: 5,
    },
    {
      title: 'Write units an event',
      // A second without events has no value.
      lines: [line('write units', (point) => point.writeUnitsPerEvent || undefined)],
      format: rate,
      axisEndMin: 10,
    },
    {
      title: 'New dead letters a second',
      lines: [line('messages', (point) => point.deadLetters)],
      format: whole,
      axisEndMin: 5,
    },
    {
      title: 'Drift',
      lines: [line('counts that differ', (point) => point.drift)],
      format: whole,
      axisEndMin: 5,
      isStepped: true,
    },
  ];
}
