/**
 * The summary of a replay, under stable names: scripts read them. Requests and write units are the aggregator's
 * own, not the replay's writes.
 */
import type { FaultName } from '../emulator/faults/fault-plan.ts';
import type { Damage } from './damage.ts';
import type { ReconcileEntry } from './reconcile-table.ts';

export interface ReplayReport {
  /** Marks and un-marks that were replayed. */
  readonly events: number;
  /** TransactWriteItems that committed. */
  readonly transactions: number;
  /** Requests of the aggregator to DynamoDB. */
  readonly requestsPerEvent: number;
  /** As the engine reports consumed capacity, tables and indexes together. */
  readonly writeUnitsPerEvent: number;
  /** End to end: from the first write until the last event was counted. */
  readonly eventsPerSecond: number;
  /** Records that a newer or equal stream position had already overtaken. */
  readonly stale: number;
  /** Records that can never be applied and were confirmed into the dead-letter queue. */
  readonly poison: number;
  /** Transactions sent again, for whatever reason. */
  readonly retries: number;
  /** Distinct: a record that was delivered again after a crash may lie in the queue twice. */
  readonly deadLetters: number;
  /** (Restaurant, window) pairs whose count differs from a recount of Favourites, at the very end. */
  readonly drift: number;
  /** One for each run of the workflow, in the order of their ends. */
  readonly reconcile: readonly ReconcileEntry[];
  /** Rows of each table that were damaged; absent when none were to be. */
  readonly damage?: Damage;
  /** How often each really occurred. */
  readonly faults: Readonly<Record<FaultName, number>>;

  readonly seconds: number;
  readonly seed: number;
  readonly engine: string;
  readonly batchSize: number;
  /** Records that the pipe handed to the aggregator again. */
  readonly redelivered: number;
  /** From the write of the oldest record of a transaction to its commit. */
  readonly lagMs: { readonly p50: number; readonly p99: number };
}

/** Four digits that matter; 0 for nothing over nothing. */
export function ratio(amount: number, of: number): number {
  return of === 0 ? 0 : Number((amount / of).toPrecision(4));
}

/** @param samples in any order. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function formatSummary(report: ReplayReport): string {
  const faults = Object.entries(report.faults).filter(([, times]) => times > 0);
  const rows: readonly (readonly [string, string])[] = [
    [
      'events',
      `${count(report.events)} in ${report.seconds.toFixed(1)} s, ${count(report.eventsPerSecond)} a second end to end`,
    ],
    [
      'drift',
      report.drift === 0
        ? '0: every count is that of a recount'
        : `${count(report.drift)} counts differ from a recount`,
    ],
    [
      'transactions',
      `${count(report.transactions)}, ${report.requestsPerEvent} requests and ${report.writeUnitsPerEvent} write units an event`,
    ],
    ['lag', `${count(report.lagMs.p50)} ms median, ${count(report.lagMs.p99)} ms 99th percentile`],
    ['stale', count(report.stale)],
    [
      'retries',
      `${count(report.retries)} transactions, ${count(report.redelivered)} records delivered again`,
    ],
    ['poison', `${count(report.poison)}, ${count(report.deadLetters)} distinct dead letters`],
    [
      'faults',
      faults.length === 0 ? 'none' : faults.map(([name, times]) => `${name} ${count(times)}`).join(', '),
    ],
    ...(report.damage === undefined
      ? []
      : ([
          ['damage', `${count(report.damage.counts)} counts, ${count(report.damage.registers)} registers`],
        ] as const)),
    ['run', `${report.engine} engine, batches of ${count(report.batchSize)}, seed ${report.seed}`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(13)}${value}`).join('\n');
}

export function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
