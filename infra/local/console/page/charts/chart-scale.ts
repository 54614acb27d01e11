/** Scales values over time to a chart of size 1 by 1, with its origin at the top left. */

/** A line of a chart; undefined where there is no value. */
export type Values = readonly (number | undefined)[];

/** The end of the axis: the smallest of 1, 2, 2.5, 5 × 10ⁿ that is not below any value or `least`. */
export function axisEnd(lines: readonly Values[], least: number): number {
  const highest = Math.max(least, ...lines.flat().map((value) => value ?? 0));
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= highest * 0.999_999) ?? 10;
  return step * power;
}

export interface Plot {
  readonly atMs: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly end: number;
}

/** The line breaks where there is no value for longer than this. */
const GAP_MAX_MS = 10_000;

/** An SVG path through the known values. `isStepped`: each value is valid until the next. */
export function linePath(values: Values, plot: Plot, isStepped: boolean): string {
  return stretchesOf(values, plot)
    .map((stretch) => strokeOf(stretch, isStepped))
    .join('');
}

/** The area below the line. */
export function areaPath(values: Values, plot: Plot, isStepped: boolean): string {
  return stretchesOf(values, plot)
    .map((stretch) => `${strokeOf(stretch, isStepped)}V1H${stretch[0]?.x}Z`)
    .join('');
}

interface Place {
  readonly atMs: number;
  readonly x: number;
  readonly y: number;
}

/** The known values, split at the gaps. */
function stretchesOf(values: Values, plot: Plot): readonly (readonly Place[])[] {
  const stretches: Place[][] = [];
  values.forEach((value, i) => {
    if (value === undefined) return;
    const atMs = plot.atMs[i] ?? plot.toMs;
    const place = { atMs, x: xOf(atMs, plot), y: yOf(value, plot.end) };
    const stretch = stretches.at(-1);
    if (stretch && atMs - (stretch.at(-1)?.atMs ?? atMs) <= GAP_MAX_MS) stretch.push(place);
    else stretches.push([place]);
  });
  return stretches;
}

function strokeOf(stretch: readonly Place[], isStepped: boolean): string {
  return stretch
    .map(({ x, y }, i) => (i === 0 ? `M${x} ${y}` : isStepped ? `H${x}V${y}` : `L${x} ${y}`))
    .join('');
}

export const xOf = (atMs: number, { fromMs, toMs }: Pick<Plot, 'fromMs' | 'toMs'>): number =>
  places((atMs - fromMs) / Math.max(1, toMs - fromMs));

export const yOf = (value: number, end: number): number => places(1 - Math.min(1, Math.max(0, value / end)));

/** The index of the point nearest to a time; -1 without points. */
export function nearestPoint(atMs: readonly number[], wantedMs: number): number {
  let best = -1;
  let distanceMs = Number.POSITIVE_INFINITY;
  atMs.forEach((value, i) => {
    const away = Math.abs(value - wantedMs);
    if (away > distanceMs) return;
    best = i;
    distanceMs = away;
  });
  return best;
}

const places = (value: number): number => Math.round(value * 10_000) / 10_000;
