/** The counters that the stages of a reconcile pass on and add up. */

/** The counters of one stage, summed over its steps. */
export type StageTotals = Readonly<Record<keyof typeof noTotals, number>>;

export const noTotals = {
  /** Favourites or restaurants that were compared; in redrive, dead letters that were tried. */
  checked: 0,
  /** Favourites that were looked up one by one, because sums differed. */
  lookedUp: 0,
  found: 0,
  corrected: 0,
  /**
   * Differences that the first pass of heal found and that were gone in the second: events had been in
   * flight.
   */
  settled: 0,
  /**
   * Corrections that take a favourite out of the counts, which a change of its date does not. The first pass
   * of heal counts those that are due, the second those that it committed.
   */
  uncounts: 0,
  /** Segments in which heal stopped, because the next corrections would have exceeded the budget. */
  stopped: 0,
  /** Registers that count a favourite. */
  registers: 0,
  /** Rows of Favourites that count. */
  countable: 0,
  /** Rows of Favourites that do not meet `countedWhen`, such as soft-deleted ones. */
  uncounted: 0,
  /** Other kinds of item in Favourites. */
  notOurs: 0,
  /**
   * Rows of Favourites that are rejected, because they can never be counted as they are. They are not drift.
   */
  uncountable: 0,
  /** Restaurants that could not be compared: they kept changing, the time ran out, or a read failed. */
  notAudited: 0,
  /** Restaurants that were held. */
  holds: 0,
  /** Dead letters that were deleted: their records, or newer ones of the same rows, are committed. */
  redriven: 0,
  /** Dead letters that stay in the queue. */
  left: 0,
  /** Dead letters, among `redriven` or `left`, whose range the stream no longer held as a whole. */
  expired: 0,
  readUnits: 0,
  writeUnits: 0,
  /** Write units that the sums took in the lease table. `writeUnits` does not contain them. */
  sumWriteUnits: 0,
  /** Milliseconds of work, summed over the invocations. */
  durationMs: 0,
};

/** Adds two totals; missing numbers count as zero. */
export function addTotals(a: Partial<StageTotals> = {}, b: Partial<StageTotals> = {}): StageTotals {
  const sums = { ...noTotals };
  for (const name of Object.keys(sums) as (keyof StageTotals)[]) sums[name] = (a[name] ?? 0) + (b[name] ?? 0);
  return sums;
}
