/** The metrics of the page, from the running totals of the run. */
import type { LocalRun, RunCounters } from '../local-run.ts';
import { percentile, ratio } from '../replay/report.ts';
import { distinctDeadLetters, lagSamplesOf, metric, requestsOf } from '../replay/summarize.ts';
import type { Metrics } from './protocol.ts';

/** Over which rates are taken: steady enough to read, quick enough to follow. */
const RATE_SPAN_MS = 3_000;
/** Over which the lag is taken. */
const LAG_SPAN_MS = 10_000;
/** The queue is read whole for its number of letters: not at every snapshot, and for a small share of the time. */
const DEAD_LETTERS_APART_MS = 2_000;
const DEAD_LETTERS_REST = 30;

export interface LiveMetrics {
  read(): Metrics;
}

interface Totals {
  readonly atMs: number;
  readonly written: number;
  readonly applied: number;
  readonly transactions: number;
  readonly delivered: number;
  readonly batches: number;
}

/** @param written events that were written to Favourites, by whomever. */
export function createLiveMetrics(run: LocalRun, written: () => number): LiveMetrics {
  const history: Totals[] = [];
  const deadLetters = createDeadLetterCount(run);

  return {
    read() {
      const counters = run.counters();
      const now = totalsOf(run, { counters, written: written() });
      history.push(now);
      while (history[1] && history[1].atMs <= now.atMs - LAG_SPAN_MS) history.shift();
      const rateStart = history.findLast(({ atMs }) => atMs <= now.atMs - RATE_SPAN_MS) ?? history[0] ?? now;
      const lags = lagsOf(run, {
        counters,
        transactions: now.transactions - (history[0] ?? now).transactions,
      });
      const batches = now.batches - rateStart.batches;
      const applied = now.applied;
      const { pipe } = run;
      return {
        writtenRate: rateOf(rateStart, now, 'written'),
        appliedRate: rateOf(rateStart, now, 'applied'),
        applied,
        marks: metric(counters, 'MarksReceived'),
        unmarks: metric(counters, 'UnmarksReceived'),
        lagP50Ms: percentile(lags, 0.5),
        lagP99Ms: percentile(lags, 0.99),
        batchFill:
          batches > 0
            ? ratio(now.delivered - rateStart.delivered, batches)
            : ratio(now.delivered, now.batches),
        batchSize: run.settings.pipe.batchSize,
        invocations: counters.invocations,
        invocationsFailed: pipe.counters.batchesFailed,
        durationP50Ms: percentile(counters.durationSamplesMs, 0.5),
        stale: metric(counters, 'RecordsStale'),
        conflicts: metric(counters, 'TransactionConflicts'),
        retries: metric(counters, 'TransactionRetries'),
        poison: metric(counters, 'RecordsPoison'),
        deadLetters: deadLetters(now.atMs),
        favouritesChanged: metric(counters, 'FavouritesChanged'),
        countRowsWritten: metric(counters, 'CountRowsWritten'),
        writeUnitsPerEvent: ratio(metric(counters, 'WriteUnitsConsumed'), applied),
        requestsPerEvent: ratio(requestsOf(counters), applied),
      };
    },
  };
}

function totalsOf(
  { pipe }: LocalRun,
  o: { readonly counters: RunCounters; readonly written: number },
): Totals {
  return {
    atMs: performance.now(),
    written: o.written,
    applied: metric(o.counters, 'RecordsApplied'),
    transactions: metric(o.counters, 'Transactions'),
    delivered: pipe.counters.recordsDelivered,
    batches: pipe.counters.batches,
  };
}

function rateOf(from: Totals, to: Totals, name: 'written' | 'applied'): number {
  return from.atMs < to.atMs ? ((to[name] - from[name]) * 1000) / (to.atMs - from.atMs) : 0;
}

/** Of the transactions of the last seconds; with none, how far the pipe is behind, which is nothing when it rests. */
function lagsOf(
  run: LocalRun,
  o: { readonly counters: RunCounters; readonly transactions: number },
): readonly number[] {
  return o.transactions > 0 ? lagSamplesOf(o.counters).slice(-o.transactions) : [run.pipe.counters.lagMs];
}

function createDeadLetterCount(run: LocalRun): (nowMs: number) => number {
  let letters = 0;
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (nowMs < nextAtMs) return letters;
    letters = distinctDeadLetters(run.deadLetters()).length;
    const tookMs = performance.now() - nowMs;
    nextAtMs = nowMs + Math.max(DEAD_LETTERS_APART_MS, DEAD_LETTERS_REST * tookMs);
    return letters;
  };
}
