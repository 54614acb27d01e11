/** What counting the table would cost a month, by the model of infra/cost. */
import type { CreatedAt } from '../../src/counting/time-window.ts';
import { estimate } from '../cost/estimate.ts';
import { unsharedUnits } from '../cost/items.ts';
import type { Load } from '../cost/load.ts';
import { DAYS_A_MONTH, prices } from '../cost/prices.ts';
import { READ_UNIT_BYTES_EVENTUAL } from '../cost/reconcile.ts';
import { defaultSettings } from '../settings/settings.ts';

/** A sample does not show how many there are. With so many, favourites seldom share a count row. */
const RESTAURANTS = 10_000_000;

/** Write units of a favourite that shares no count row: with the default windows, or ALL_TIME alone. */
export function unitsPerEvent(isDated: boolean): readonly [number, number] {
  return unsharedUnits(1 + Object.keys(timeWindowsOf(isDated)).length);
}

const MONTH_MS = 30 * 86_400_000;

export interface Rate {
  readonly eventsPerMonth: number;
  /** The end of the 30 days that were looked at. */
  readonly untilMs: number;
  /** Rows of the sample in these 30 days. */
  readonly rows: number;
  readonly isNow: boolean;
}

/**
 * New favourites in the last 30 days; if there are none, in the 30 days before the newest one. The share of
 * the sample stands for the table. Undefined without dates.
 */
export function rateOf(
  dates: readonly CreatedAt[],
  { sampled, inTable, nowMs }: { readonly sampled: number; readonly inTable: number; readonly nowMs: number },
): Rate | undefined {
  const times = dates.map((date) => Date.parse(date)).filter((ms) => !Number.isNaN(ms) && ms <= nowMs);
  if (times.length === 0 || sampled === 0) return undefined;
  const newest = times.reduce((a, b) => Math.max(a, b));
  const isNow = newest > nowMs - MONTH_MS;
  const untilMs = isNow ? nowMs : newest;
  const rows = times.filter((ms) => ms > untilMs - MONTH_MS && ms <= untilMs).length;
  return { eventsPerMonth: (rows / sampled) * inTable, untilMs, rows, isNow };
}

export interface Cost {
  /** From … to, in dollars. */
  readonly writes: readonly [number, number];
  /** Pipe, function and its logs. */
  readonly functionAndPipe: number;
  readonly total: readonly [number, number];
}

export interface CountedTable {
  readonly isDated: boolean;
  /** Open shards of its stream. */
  readonly shards: number;
}

export function costOf(events: number, table: CountedTable): Cost {
  const { pipe, lambda, logs } = billOf(events, 0, table);
  const functionAndPipe = pipe + lambda + logs;
  const [from, to] = unitsPerEvent(table.isDated).map(
    (units) => events * units * prices.writeUnit.dollars,
  ) as [number, number];
  return { writes: [from, to], functionAndPipe, total: [from + functionAndPipe, to + functionAndPipe] };
}

/** What does not depend on the traffic, for so many rows that count: storage, weekly repair, metrics. */
export function standingCost(rows: number, table: CountedTable): number {
  const bill = billOf(0, rows, table);
  return bill.storage + bill.recovery + bill.reconcile + bill.cloudWatch;
}

/**
 * Counting the rows that are already there, once. An upper bound: rows of one restaurant share count rows.
 */
export function seedCost(rows: number, sizeBytes: number, isDated: boolean): number {
  const [, units] = unitsPerEvent(isDated);
  // A seed looks before it writes, so it scans twice.
  const readUnits = (2 * sizeBytes) / READ_UNIT_BYTES_EVENTUAL;
  return rows * units * prices.writeUnit.dollars + readUnits * prices.readUnit.dollars;
}

function billOf(eventsPerMonth: number, rows: number, { isDated, shards }: CountedTable) {
  const { pipe, aggregator, rankingShards, commitConcurrency } = defaultSettings;
  const load: Load = {
    favouritesPerDay: eventsPerMonth / DAYS_A_MONTH,
    // Rows that were deleted do not show.
    unmarkShare: 0,
    restaurants: RESTAURANTS,
    favouritesStored: rows,
    streamShards: shards,
    timeWindows: timeWindowsOf(isDated),
    ranking: {},
    rankingShards,
    batchingWindowSeconds: pipe.maximumBatchingWindowSeconds,
    batchSize: pipe.batchSize,
    parallelizationFactor: pipe.parallelizationFactor,
    memoryMegabytes: aggregator.memoryMegabytes,
    commitConcurrency,
  };
  const [ours] = estimate(load).contenders;
  if (ours === undefined) throw new Error('the estimate has no line of ours');
  return ours.bills.onDemand;
}

function timeWindowsOf(isDated: boolean) {
  return isDated ? defaultSettings.timeWindows : {};
}
