/** The last minutes of the run, a point a second, for the page's lines. */
import type { LocalRun } from '../local-run.ts';
import { ratio } from '../replay/report.ts';
import { metric } from '../replay/summarize.ts';
import type { Metrics, SeriesPoint, TruthState } from './protocol.ts';

const POINT_EVERY_MS = 1_000;
/** Five minutes. */
const POINTS_MAX = 300;

export interface Series {
  /** The oldest first. */
  points(): readonly SeriesPoint[];
  stop(): void;
}

export function startSeries(o: {
  readonly run: LocalRun;
  readonly metrics: () => Metrics;
  readonly truth: () => TruthState;
}): Series {
  let before = totalsOf(o.run);
  const points: SeriesPoint[] = [];
  const timer = setInterval(() => {
    const now = totalsOf(o.run);
    const { appliedRate, lagP50Ms, lagP99Ms } = o.metrics();
    points.push({
      atMs: Date.now(),
      appliedRate,
      lagP50Ms,
      lagP99Ms,
      stale: now.stale - before.stale,
      conflicts: now.conflicts - before.conflicts,
      retries: now.retries - before.retries,
      deadLetters: now.deadLetters - before.deadLetters,
      writeUnitsPerEvent: ratio(now.writeUnits - before.writeUnits, now.applied - before.applied),
      drift: o.truth().drift,
    });
    if (points.length > POINTS_MAX) points.shift();
    before = now;
  }, POINT_EVERY_MS);
  return { points: () => points, stop: () => clearInterval(timer) };
}

function totalsOf(run: LocalRun) {
  const counters = run.counters();
  return {
    applied: metric(counters, 'RecordsApplied'),
    stale: metric(counters, 'RecordsStale'),
    conflicts: metric(counters, 'TransactionConflicts'),
    retries: metric(counters, 'TransactionRetries'),
    // Sent to the queue, by the aggregator and by the pipe.
    deadLetters: metric(counters, 'RecordsPoison') + run.pipe.counters.deadLetterRanges,
    writeUnits: metric(counters, 'WriteUnitsConsumed'),
  };
}
