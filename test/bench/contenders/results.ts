/** What a run of the bench gives: the lines of `--out`, the units of an ordinary day, and the curve. */
import type { NightlyScan } from './nightly-scan.ts';
import type { Measured } from './scenario.ts';
import type { CurvePoint, SteadyUnits } from './steady-state.ts';

export interface BenchResults {
  /** What the load `trace` was: the real one, or a made-up one. */
  readonly traceTitle: string;
  readonly lines: readonly Measured[];
  readonly ordinaryDay: readonly SteadyUnits[];
  readonly curve: readonly CurvePoint[];
  readonly crossings: readonly Crossing[];
  readonly nightlyScan: NightlyScan | undefined;
}

/** The shortest batching window with which ours, everything ranked, costs no more than (a). */
export interface Crossing {
  readonly eventsPerSecond: number;
  readonly batchSizeMax: number;
  /** Undefined if even the longest window costs more. */
  readonly windowSeconds: number | undefined;
}

export function lineOf(
  { lines }: Pick<BenchResults, 'lines'>,
  wanted: { readonly contender: string; readonly load: string; readonly delayMs: number },
): Measured | undefined {
  return lines.find(
    ({ contender, load, delayMs }) =>
      contender === wanted.contender && load === wanted.load && delayMs === wanted.delayMs,
  );
}

export function rounded<T extends object>(line: T): T {
  const entries = Object.entries(line).map(([name, value]) => [
    name,
    typeof value === 'number' ? Number(value.toPrecision(6)) : (value as unknown),
  ]);
  return Object.fromEntries(entries) as T;
}
