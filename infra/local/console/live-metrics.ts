/** Computes the page's metrics, now and over the last minutes, from the counters of the run. */
import type { MetricName } from '../../../src/lambda/metrics.ts';
import type { LocalRun, RunCounters } from '../local-run.ts';
import { lagSamplesOf, metric, percentile, ratio, requestsOf } from '../replay/report.ts';
import type { Metrics, SeriesPoint } from './protocol.ts';

/**
 * Rates are averages over this time. It is long enough for steady values, and short enough to show changes.
 */
const RATE_SPAN_MS = 3_000;
const LAG_SPAN_MS = 10_000;
/** Counting dead letters reads the whole queue, so the pause between counts is long compared to a count. */
const DEAD_LETTERS_APART_MS = 2_000;
const DEAD_LETTERS_REST = 30;
const POINT_EVERY_MS = 1_000;
/** Five minutes. */
const POINTS_MAX = 300;

export interface LiveMetrics {
  read(): Metrics;
  /** One point per second of the last minutes, oldest first. */
  series(): readonly SeriesPoint[];
  stop(): void;
}

export function createLiveMetrics({
  run,
  written,
  drift,
}: {
  readonly run: LocalRun;
  /** Events written to Favourites by the replay, the load and the API together. */
  readonly written: () => number;
  /** From the last recount. */
  readonly drift: () => number | undefined;
}): LiveMetrics {
  const history: Totals[] = [];
  const countDeadLetters = createDeadLetterCount(run);

  const read = (): Metrics => {
    const counters = run.counters();
    const now = totalsOf(run, { counters, written: written() });
    history.push(now);
    while (history[1] && history[1].atMs <= now.atMs - LAG_SPAN_MS) history.shift();
    const first = history[0] ?? now;
    const before = history.findLast(({ atMs }) => atMs <= now.atMs - RATE_SPAN_MS) ?? first;
    const lags = recentLags(run, { counters, transactions: now.transactions - first.transactions });
    const batches = now.batches - before.batches;
    return {
      writtenRate: rateOf(before, now, 'written'),
      appliedRate: rateOf(before, now, 'applied'),
      applied: now.applied,
      marks: metric(counters, 'MarksReceived'),
      unmarks: metric(counters, 'UnmarksReceived'),
      lagP50Ms: percentile(lags, 0.5),
      lagP99Ms: percentile(lags, 0.99),
      batchFill:
        batches > 0 ? ratio(now.delivered - before.delivered, batches) : ratio(now.delivered, now.batches),
      batchSize: run.settings.pipe.batchSize,
      invocations: counters.invocations,
      invocationsFailed: run.pipe.counters.batchesFailed,
      durationP50Ms: percentile(counters.durationSamplesMs, 0.5),
      stale: now.stale,
      conflicts: now.conflicts,
      retries: now.retries,
      poison: now.poison,
      deadLetters: countDeadLetters(now.atMs),
      favouritesChanged: metric(counters, 'FavouritesChanged'),
      countRowsWritten: metric(counters, 'CountRowsWritten'),
      writeUnitsPerEvent: ratio(now.writeUnits, now.applied),
      requestsPerEvent: ratio(requestsOf(counters), now.applied),
    };
  };

  const points: SeriesPoint[] = [];
  let before = totalsOf(run, { counters: run.counters(), written: written() });
  const timer = setInterval(() => {
    const { appliedRate, lagP50Ms, lagP99Ms } = read();
    const now = history.at(-1) ?? before;
    points.push({
      atMs: Date.now(),
      appliedRate,
      lagP50Ms,
      lagP99Ms,
      stale: now.stale - before.stale,
      conflicts: now.conflicts - before.conflicts,
      retries: now.retries - before.retries,
      deadLetters: now.poison + now.rangesGivenUp - before.poison - before.rangesGivenUp,
      writeUnitsPerEvent: ratio(now.writeUnits - before.writeUnits, now.applied - before.applied),
      drift: drift(),
    });
    if (points.length > POINTS_MAX) points.shift();
    before = now;
  }, POINT_EVERY_MS);

  return { read, series: () => points, stop: () => clearInterval(timer) };
}

type Totals = ReturnType<typeof totalsOf>;

function totalsOf(
  { pipe }: LocalRun,
  { counters, written }: { readonly counters: RunCounters; readonly written: number },
) {
  const total = (name: MetricName): number => metric(counters, name);
  return {
    atMs: performance.now(),
    written,
    applied: total('RecordsApplied'),
    transactions: total('Transactions'),
    delivered: pipe.counters.recordsDelivered,
    batches: pipe.counters.batches,
    stale: total('RecordsStale'),
    conflicts: total('TransactionConflicts'),
    retries: total('TransactionRetries'),
    poison: total('RecordsPoison'),
    rangesGivenUp: pipe.counters.deadLetterRanges,
    writeUnits: total('WriteUnitsConsumed'),
  };
}

function rateOf(from: Totals, to: Totals, name: 'written' | 'applied'): number {
  return from.atMs < to.atMs ? ((to[name] - from[name]) * 1000) / (to.atMs - from.atMs) : 0;
}

/** The lags of the last transactions. If there are none, the lag of the pipe, which is 0 when it is idle. */
function recentLags(
  run: LocalRun,
  { counters, transactions }: { readonly counters: RunCounters; readonly transactions: number },
): readonly number[] {
  return transactions > 0 ? lagSamplesOf(counters).slice(-transactions) : [run.pipe.counters.lagMs];
}

function createDeadLetterCount(run: LocalRun): (nowMs: number) => number {
  let letters = 0;
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (nowMs < nextAtMs) return letters;
    letters = run.deadLetterCount().distinct;
    const tookMs = performance.now() - nowMs;
    nextAtMs = nowMs + Math.max(DEAD_LETTERS_APART_MS, DEAD_LETTERS_REST * tookMs);
    return letters;
  };
}
