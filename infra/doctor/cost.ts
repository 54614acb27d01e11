/** What counting would cost a month, with the units and prices of docs/cost.md (us-east-1, on demand). */
import type { CreatedAt } from '../../src/counting/time-window.ts';

/** Write units of a favourite that shares no count row: with ALL_TIME, MONTH and DAY, or ALL_TIME alone. */
export const unitsPerEvent = { dated: [11, 14], undated: [5, 6] } as const;
/** Dollars, as docs/cost.md names them. */
export const prices = {
  millionWriteUnits: 0.625,
  millionReadUnits: 0.125,
  millionInvocations: 0.2,
  millionPipeRequests: 0.4,
  /** An upper bound: Lambda time for a million invocations of 100 ms at 256 MB. */
  millionInvocationsTime: 0.5,
  watchingAMonth: 14,
} as const;
/** A batch a second for each shard. */
export const invocationsPerShardAndMonth = 2_600_000;

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
  readonly functionAndPipe: number;
  readonly total: readonly [number, number];
}

export function costOf(
  events: number,
  { isDated, shards }: { readonly isDated: boolean; readonly shards: number },
): Cost {
  const [low, high] = isDated ? unitsPerEvent.dated : unitsPerEvent.undated;
  const writes = [low, high].map((units) => (events * units * prices.millionWriteUnits) / 1e6);
  const invocations = Math.min(events, shards * invocationsPerShardAndMonth);
  const each = prices.millionInvocations + prices.millionPipeRequests + prices.millionInvocationsTime;
  const functionAndPipe = (invocations * each) / 1e6;
  const [from = 0, to = 0] = writes;
  return { writes: [from, to], functionAndPipe, total: [from + functionAndPipe, to + functionAndPipe] };
}

/**
 * Counting the rows that are already there, once. An upper bound: rows of one restaurant share count rows.
 */
export function seedCost(rows: number, sizeBytes: number, isDated: boolean): number {
  const [, units] = isDated ? unitsPerEvent.dated : unitsPerEvent.undated;
  // A seed looks before it writes, so it scans twice, with eventually consistent reads of 8 KB a unit.
  const readUnits = (2 * sizeBytes) / 8192;
  return (rows * units * prices.millionWriteUnits + readUnits * prices.millionReadUnits) / 1e6;
}
