/** The report of a replay, from the running totals of the run that it went through. */
import type { DeadLetter, LocalRun, RunFigures } from '../local-run.ts';
import type { MetricName } from '../../../src/lambda/metrics.ts';
import { percentile, ratio, type ReplayReport } from './report.ts';

export function summarize(
  run: LocalRun,
  o: Pick<ReplayReport, 'events' | 'seconds' | 'drift' | 'seed' | 'reconcile'> & {
    readonly damage?: ReplayReport['damage'] | undefined;
  },
): ReplayReport {
  const figures = run.figures();
  const lagSamplesMs = lagSamplesOf(figures);
  return {
    events: o.events,
    transactions: metric(figures, 'Transactions'),
    requestsPerEvent: ratio(requestsOf(figures), o.events),
    writeUnitsPerEvent: ratio(metric(figures, 'WriteUnitsConsumed'), o.events),
    eventsPerSecond: ratio(o.events, o.seconds),
    stale: metric(figures, 'RecordsStale'),
    poison: metric(figures, 'RecordsPoison'),
    retries: metric(figures, 'TransactionRetries'),
    deadLetters: distinctDeadLetters(run.deadLetters()).length,
    drift: o.drift,
    reconcile: o.reconcile,
    ...(o.damage !== undefined && { damage: o.damage }),
    faults: figures.faults,
    seconds: Number(o.seconds.toFixed(3)),
    seed: o.seed,
    engine: run.engineName,
    batchSize: run.settings.pipe.batchSize,
    redelivered: run.pipe.counters.recordsRedelivered,
    lagMs: { p50: percentile(lagSamplesMs, 0.5), p99: percentile(lagSamplesMs, 0.99) },
  };
}

export function metric({ metrics }: RunFigures, name: MetricName): number {
  return metrics[name] ?? 0;
}

/** Of the functions to DynamoDB, the SDK's own retries included. */
export function requestsOf({ requests }: RunFigures): number {
  return Object.values(requests).reduce((sum, times) => sum + times, 0);
}

export function lagSamplesOf({ samplesMs }: RunFigures): readonly number[] {
  const name: MetricName = 'Lag';
  return samplesMs[name] ?? [];
}

/** A record that was delivered again after a crash lies there twice, with the same body. */
export function distinctDeadLetters(letters: readonly DeadLetter[]): readonly DeadLetter[] {
  return [...new Map(letters.map((letter) => [letter.body, letter])).values()];
}

/** JSON lines, decoded: what a person can read. */
export function formatDeadLetters(letters: readonly DeadLetter[]): string {
  const lines = letters.map((letter) => {
    if (letter.kind === 'record') return { kind: letter.kind, ...letter.letter };
    return letter.kind === 'range'
      ? { kind: letter.kind, range: letter.range }
      : { kind: letter.kind, body: letter.body };
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
