/** What one invocation did, gathered while it works; the handler turns it into metrics. */
export interface AggregationFigures {
  received: number;
  marks: number;
  unmarks: number;
  applied: number;
  stale: number;
  poison: number;
  favouritesChanged: number;
  countRows: number;
  transactions: number;
  conflicts: number;
  retries: number;
  writeUnits: number;
  /** One per committed transaction, of its oldest record. */
  readonly lagsMs: number[];
}

export function noFigures(): AggregationFigures {
  return {
    received: 0,
    marks: 0,
    unmarks: 0,
    applied: 0,
    stale: 0,
    poison: 0,
    favouritesChanged: 0,
    countRows: 0,
    transactions: 0,
    conflicts: 0,
    retries: 0,
    writeUnits: 0,
    lagsMs: [],
  };
}
