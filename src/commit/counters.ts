/** What the commits of one invocation did; the aggregator's handler makes metrics of them. */
export interface CommitCounters {
  favouritesChanged: number;
  countRows: number;
  transactions: number;
  conflicts: number;
  retries: number;
  writeUnits: number;
  /** One per committed transaction: the age of its oldest record. */
  readonly lagsMs: number[];
}

export function newCommitCounters(): CommitCounters {
  return {
    favouritesChanged: 0,
    countRows: 0,
    transactions: 0,
    conflicts: 0,
    retries: 0,
    writeUnits: 0,
    lagsMs: [],
  };
}
