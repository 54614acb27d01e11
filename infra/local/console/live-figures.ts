/** The figures of the page, from the running totals of the run. */
import type { LocalRun } from '../local-run.ts';
import { percentile, ratio } from '../replay/report.ts';
import { distinctDeadLetters, lagSamplesOf, metric, requestsOf } from '../replay/summarize.ts';
import type { Figures } from './snapshot.ts';

/** Over which the rate is taken: steady enough to read, quick enough to follow. */
const RATE_SPAN_MS = 3_000;
/** Newest transactions over which the lag is taken: seconds at full speed, a minute or two of the sample. */
const LAG_SAMPLES = 200;
/** The queue is read whole for its number of letters: not at every snapshot. */
const DEAD_LETTERS_APART_MS = 2_000;

export interface LiveFigures {
  read(): Figures;
}

export function createLiveFigures(run: LocalRun): LiveFigures {
  const history: { readonly atMs: number; readonly applied: number }[] = [];
  let deadLetters = 0;
  let deadLettersAtMs = Number.NEGATIVE_INFINITY;

  const rateAt = (atMs: number, applied: number): number => {
    history.push({ atMs, applied });
    while (history[1] && history[1].atMs <= atMs - RATE_SPAN_MS) history.shift();
    const first = history[0];
    return first && first.atMs < atMs ? ((applied - first.applied) * 1000) / (atMs - first.atMs) : 0;
  };

  return {
    read() {
      const nowMs = performance.now();
      const figures = run.figures();
      const applied = metric(figures, 'RecordsApplied');
      const lagMs = lagSamplesOf(figures).slice(-LAG_SAMPLES);
      if (nowMs - deadLettersAtMs > DEAD_LETTERS_APART_MS) {
        deadLetters = distinctDeadLetters(run.deadLetters()).length;
        deadLettersAtMs = nowMs;
      }
      return {
        applied,
        rate: rateAt(nowMs, applied),
        lagP50Ms: percentile(lagMs, 0.5),
        lagP99Ms: percentile(lagMs, 0.99),
        stale: metric(figures, 'RecordsStale'),
        retries: metric(figures, 'TransactionRetries'),
        poison: metric(figures, 'RecordsPoison'),
        deadLetters,
        writeUnitsPerEvent: ratio(metric(figures, 'WriteUnitsConsumed'), applied),
        requestsPerEvent: ratio(requestsOf(figures), applied),
      };
    },
  };
}
