/** One small chart: lines over the last minutes, with their values now or at the cursor. */
import { areaPath, axisEnd, linePath, type Plot, type Values, xOf } from './chart-scale.ts';

export interface ChartLine {
  readonly label: string;
  readonly values: Values;
}

export interface ChartOptions {
  readonly title: string;
  readonly lines: readonly [ChartLine, ...ChartLine[]];
  readonly format: (value: number) => string;
  /** Lowest end of the axis, so that small values look small. */
  readonly axisEndMin: number;
  /** Draw steps: each value is valid until the next one. */
  readonly isStepped?: boolean;
}

export interface ChartTime {
  readonly atMs: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Index of the point under the cursor. */
  readonly cursor: number | undefined;
}

export function LineChart({ chart, time }: { chart: ChartOptions; time: ChartTime }) {
  const { title, lines, format, isStepped = false } = chart;
  const end = axisEnd(
    lines.map(({ values }) => values),
    chart.axisEndMin,
  );
  const plot: Plot = { ...time, end };
  const cursorAtMs = time.cursor === undefined ? undefined : time.atMs[time.cursor];
  const shown = time.cursor ?? time.atMs.length - 1;
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <h3>{title}</h3>
        <ul class="chart-values">
          {lines.map(({ label, values }, i) => (
            <li key={label}>
              {lines.length > 1 && <LineSign line={i} />}
              {lines.length > 1 && <span class="quiet">{label}</span>}
              <strong>{valueText(values[shown], format)}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      <div class="chart-plot">
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label={summaryOf(chart)}>
          <path class="chart-grid" d="M0 0H1M0 .5H1" />
          <path class="chart-ground" d="M0 1H1" />
          {lines.map(({ label, values }, i) => (
            <g key={label} class={`chart-line chart-line-${i + 1}`}>
              {lines.length === 1 && <path class="chart-area" d={areaPath(values, plot, isStepped)} />}
              <path class="chart-stroke" d={linePath(values, plot, isStepped)} />
            </g>
          ))}
          {cursorAtMs !== undefined && <path class="chart-cursor" d={`M${xOf(cursorAtMs, time)} 0V1`} />}
        </svg>
        <span class="chart-end" aria-hidden="true">
          {format(end)}
        </span>
      </div>
    </figure>
  );
}

function LineSign({ line }: { line: number }) {
  return (
    <svg class={`chart-sign chart-line chart-line-${line + 1}`} viewBox="0 0 16 4" aria-hidden="true">
      <path class="chart-stroke" d="M0 2H16" />
    </svg>
  );
}

const valueText = (value: number | undefined, format: ChartOptions['format']): string =>
  value === undefined ? '–' : format(value);

function summaryOf({ title, lines, format }: ChartOptions): string {
  const parts = lines.map(({ label, values }) => {
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0) return `${label}: no value yet`;
    return `${label}: now ${valueText(values.at(-1), format)}, highest ${format(Math.max(...known))}`;
  });
  return `${title}, last 5 minutes. ${parts.join('; ')}`;
}
