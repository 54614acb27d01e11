/** The report of a replay, from the running totals of the run that it went through. */
import type { DeadLetter, LocalRun, RunCounters } from '../local-run.ts';
import type { MetricName } from '../../../src/lambda/metrics.ts';
import { percentile, ratio, type ReplayReport } from './report.ts';

export function summarize(
  run: LocalRun,
  o: Pick<ReplayReport, 'events' | 'seconds' | 'drift' | 'seed' | 'reconcile'> & {
    readonly damage?: ReplayReport['damage'] | undefined;
  },
): ReplayReport {
  const counters = run.counters();
  const lagSamplesMs = lagSamplesOf(counters);
  return {
    events: o.events,
    transactions: metric(counters, 'Transactions'),
    requestsPerEvent: ratio(requestsOf(counters), o.events),
    writeUnitsPerEvent: ratio(metric(counters, 'WriteUnitsConsumed'), o.events),
    eventsPerSecond: ratio(o.events, o.seconds),
    stale: metric(counters, 'RecordsStale'),
    poison: metric(counters, 'RecordsPoison'),
    retries: metric(counters, 'TransactionRetries'),
    deadLetters: distinctDeadLetters(run.deadLetters()).length,
    drift: o.drift,
    reconcile: o.reconcile,
    ...(o.damage !== undefined && { damage: o.damage }),
    faults: counters.faults,
    seconds: Number(o.seconds.toFixed(3)),
    seed: o.seed,
    engine: run.engineName,
    batchSize: run.settings.pipe.batchSize,
    redelivered: run.pipe.counters.recordsRedelivered,
    lagMs: { p50: percentile(lagSamplesMs, 0.5), p99: percentile(lagSamplesMs, 0.99) },
  };
}

export function metric({ metrics }: RunCounters, name: MetricName): number {
  return metrics[name] ?? 0;
}

/** Of the functions to DynamoDB, the SDK's own retries included. */
export function requestsOf({ requests }: RunCounters): number {
  return Object.values(requests).reduce((sum, times) => sum + times, 0);
}

export function lagSamplesOf({ samplesMs }: RunCounters): readonly number[] {
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
