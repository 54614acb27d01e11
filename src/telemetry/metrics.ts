/** The one list of metric names and units: what the handlers emit is what dashboards and alarms may name. */
export const metricUnits = {
  RecordsReceived: 'Count',
  /** Records whose effect is in the counts now, because of this invocation. */
  RecordsApplied: 'Count',
  /** Records that a newer or equal stream position had already overtaken: redeliveries, mostly. */
  RecordsStale: 'Count',
  /** Records that can never be applied and were confirmed into the dead-letter queue. */
  RecordsPoison: 'Count',
  /** Records named in batchItemFailures: to be delivered again. */
  RecordsFailed: 'Count',
  /** Registers whose counted state changed. */
  FavouritesChanged: 'Count',
  CountRowsWritten: 'Count',
  /** TransactWriteItems that committed. */
  Transactions: 'Count',
  /** TransactWriteItems cancelled because another transaction held one of their items. */
  TransactionConflicts: 'Count',
  /** TransactWriteItems sent again, for whatever reason. */
  TransactionRetries: 'Count',
  /** As DynamoDB reports it, tables and indexes together, of transactions whose answer arrived. */
  WriteUnitsConsumed: 'Count',
  /** ApproximateCreationDateTime to commit, of the oldest record of each committed transaction. */
  Lag: 'Milliseconds',
} as const;

export type MetricName = keyof typeof metricUnits;

/** The CloudWatch namespace of every metric above. */
export const metricsNamespace = 'FavouriteCounts';
