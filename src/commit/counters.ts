/** The counters of one invocation's commits; the aggregator's handler emits them as metrics. */
export type CommitCounters = ReturnType<typeof newCommitCounters>;

export function newCommitCounters() {
  return {
    favouritesChanged: 0,
    countRows: 0,
    transactions: 0,
    conflicts: 0,
    retries: 0,
    writeUnits: 0,
    /** One per committed transaction: the age of its oldest record. */
    lagsMs: [] as number[],
  };
}
