/** From points of time to places on a chart of 0..1 by 0..1, the origin at the top left. */

/** A line of a chart; undefined where nothing is known. */
export type Values = readonly (number | undefined)[];

/** The end of the axis: the least of 1, 2, 2.5, 5 × 10ⁿ that holds every value, and never less than `least`. */
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

/** An SVG path through what is known. `isStepped`: a value holds until the next one. */
export function linePath(values: Values, plot: Plot, isStepped: boolean): string {
  let path = '';
  values.forEach((value, i) => {
    if (value === undefined) return;
    const x = xOf(plot.atMs[i] ?? plot.toMs, plot);
    const y = yOf(value, plot.end);
    if (path === '') path = `M${x} ${y}`;
    else path += isStepped ? `H${x}V${y}` : `L${x} ${y}`;
  });
  return path;
}

/** The line, and down to the ground at both its ends. */
export function areaPath(values: Values, plot: Plot, isStepped: boolean): string {
  const first = values.findIndex((value) => value !== undefined);
  if (first === -1) return '';
  return `${linePath(values, plot, isStepped)}V1H${xOf(plot.atMs[first] ?? plot.toMs, plot)}Z`;
}

export const xOf = (atMs: number, { fromMs, toMs }: Pick<Plot, 'fromMs' | 'toMs'>): number =>
  places((atMs - fromMs) / Math.max(1, toMs - fromMs));

export const yOf = (value: number, end: number): number => places(1 - Math.min(1, Math.max(0, value / end)));

/** The point nearest to a time; -1 when there is none. */
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
