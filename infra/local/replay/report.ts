/**
 * The report of a replay. Scripts read it, so keep its names stable. Requests and write units are those of
 * the aggregator, without the writes of the replay itself.
 */
import type { MetricName } from '../../../src/lambda/metrics.ts';
import type { FaultName } from '../emulator/faults/fault-plan.ts';
import type { LocalRun, RunCounters } from '../local-run.ts';
import type { Damage } from './damage.ts';
import type { RowTally } from './drift.ts';
import type { ReconcileEntry } from './reconcile-report.ts';
import { count } from '../../command-line/text.ts';

export interface ReplayReport {
  /** Writes that were replayed: marks and un-marks, or puts and deletes. */
  readonly events: number;
  /** TransactWriteItems that committed. */
  readonly transactions: number;
  /** Requests of the aggregator to DynamoDB, including retries by the SDK. */
  readonly requestsPerEvent: number;
  /** Consumed capacity of tables and indexes together, as the engine reports it. */
  readonly writeUnitsPerEvent: number;
  /** Events divided by the seconds from the first write until the last event was counted. */
  readonly eventsPerSecond: number;
  /** Records that arrived after the same or a newer record of the same favourite. */
  readonly stale: number;
  /** Records that can never be applied. The dead-letter queue has confirmed them. */
  readonly poison: number;
  /** Transactions sent again, for any reason. */
  readonly retries: number;
  /** Distinct dead letters: a redelivered record may be in the queue twice. */
  readonly deadLetters: number;
  /** Items of Favourites at the end. */
  readonly rows: {
    readonly counted: number;
    /** Those that `countedWhen` excludes. */
    readonly uncounted: number;
    readonly rejected: number;
    readonly otherItems: number;
  };
  /** (Restaurant, window) pairs whose count differs from a recount of Favourites at the end. */
  readonly drift: number;
  /** One entry for each reconcile, in the order in which they ended. */
  readonly reconcile: readonly ReconcileEntry[];
  /** Damaged rows of each table; absent without --damage. */
  readonly damage?: Damage;
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<FaultName, number>>;

  readonly seconds: number;
  readonly seed: number;
  readonly engine: string;
  readonly batchSize: number;
  /** Records that the pipe delivered to the aggregator again. */
  readonly redelivered: number;
  /** Time from the write of the oldest record to the commit, in the newest 20,000 transactions. */
  readonly lagMs: { readonly p50: number; readonly p99: number };
}

export function summarize(
  run: LocalRun,
  replay: Pick<ReplayReport, 'events' | 'seconds' | 'drift' | 'seed' | 'reconcile'> & {
    readonly rows: RowTally;
    readonly damage: Damage | undefined;
  },
): ReplayReport {
  const { events, seconds, rows, drift, seed, reconcile, damage } = replay;
  const counters = run.counters();
  const lagsMs = lagSamplesOf(counters);
  return {
    events,
    transactions: metric(counters, 'Transactions'),
    requestsPerEvent: ratio(requestsOf(counters), events),
    writeUnitsPerEvent: ratio(metric(counters, 'WriteUnitsConsumed'), events),
    eventsPerSecond: ratio(events, seconds),
    stale: metric(counters, 'RecordsStale'),
    poison: metric(counters, 'RecordsPoison'),
    retries: metric(counters, 'TransactionRetries'),
    deadLetters: run.deadLetterCount().distinct,
    rows: {
      counted: rows.countable,
      uncounted: rows.uncounted,
      rejected: rows.uncountable,
      otherItems: rows['not-ours'],
    },
    drift,
    reconcile,
    ...(damage !== undefined && { damage }),
    faults: counters.faults,
    seconds: Number(seconds.toFixed(3)),
    seed,
    engine: run.engineName,
    batchSize: run.settings.pipe.batchSize,
    redelivered: run.pipe.counters.recordsRedelivered,
    lagMs: { p50: percentile(lagsMs, 0.5), p99: percentile(lagsMs, 0.99) },
  };
}

export function metric({ metrics }: RunCounters, name: MetricName): number {
  return metrics[name] ?? 0;
}

export function requestsOf({ requests }: RunCounters): number {
  return Object.values(requests).reduce((sum, times) => sum + times, 0);
}

export function lagSamplesOf({ samplesMs }: RunCounters): readonly number[] {
  const name: MetricName = 'Lag';
  return samplesMs[name] ?? [];
}

/** Four significant digits; 0 when `of` is 0. */
export function ratio(amount: number, of: number): number {
  return of === 0 ? 0 : Number((amount / of).toPrecision(4));
}

/** @param samples in any order */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function formatSummary(report: ReplayReport): string {
  const { events, seconds, eventsPerSecond, damage, lagMs } = report;
  const perEvent = `${report.requestsPerEvent} requests and ${report.writeUnitsPerEvent} write units`;
  const faults = Object.entries(report.faults)
    .filter(([, times]) => times > 0)
    .map(([name, times]) => `${name} ${count(times)}`);
  const rows = {
    events: `${count(events)} in ${seconds.toFixed(1)} s, ${count(eventsPerSecond)} a second end to end`,
    rows: describeRows(report.rows),
    drift:
      report.drift === 0
        ? '0: every count equals a recount'
        : `${count(report.drift)} counts differ from a recount`,
    transactions: `${count(report.transactions)}, ${perEvent} an event`,
    lag: `${count(lagMs.p50)} ms median, ${count(lagMs.p99)} ms 99th percentile`,
    stale: count(report.stale),
    retries: `${count(report.retries)} transactions, ${count(report.redelivered)} records delivered again`,
    poison: `${count(report.poison)}, ${count(report.deadLetters)} distinct dead letters`,
    faults: faults.join(', ') || 'none',
    damage: damage && `${count(damage.counts)} counts, ${count(damage.registers)} registers`,
    run: `${report.engine} engine, batches of ${count(report.batchSize)}, seed ${report.seed}`,
  };
  return Object.entries(rows)
    .flatMap(([name, value]) => (value === undefined ? [] : `${name.padEnd(13)}${value}`))
    .join('\n');
}

/** Undefined if every row counts. */
function describeRows({
  counted,
  uncounted,
  rejected,
  otherItems,
}: ReplayReport['rows']): string | undefined {
  if (uncounted + rejected + otherItems === 0) return undefined;
  if (counted + uncounted + rejected === 0) {
    const remedy = 'compare its key, and the attribute of the restaurant, with the file';
    return `no row is a favourite as --source describes it; ${remedy}`;
  }
  const others = `${count(uncounted)} do not count, ${count(rejected)} are rejected`;
  return `${count(counted)} count, ${others}, ${count(otherItems)} are other kinds of item`;
}
