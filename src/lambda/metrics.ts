/**
 * All metric names and their units: handlers emit these metrics, and the dashboard and the alarms use them.
 * The namespace is the name of the pipeline, so that the metrics of two pipelines in one account stay apart.
 * The only dimension is the service.
 */
export const aggregatorMetricUnits = {
  RecordsReceived: 'Count',
  /** Readable records of marks. */
  MarksReceived: 'Count',
  /** Readable records of un-marks. */
  UnmarksReceived: 'Count',
  /** Records that this invocation counted. */
  RecordsApplied: 'Count',
  /** Records whose register already has their position or a higher one: mostly redeliveries. */
  RecordsStale: 'Count',
  /** Records that change no count: updates of other attributes, and other kinds of item. */
  RecordsSkipped: 'Count',
  /** Records that can never be applied, and that the dead-letter queue confirmed. */
  RecordsPoison: 'Count',
  /** Records in batchItemFailures, which the pipe delivers again. */
  RecordsFailed: 'Count',
  /** Registers whose counted state changed. */
  FavouritesChanged: 'Count',
  CountRowsWritten: 'Count',
  /** TransactWriteItems that committed. */
  Transactions: 'Count',
  /** TransactWriteItems cancelled because another transaction held one of their items. */
  TransactionConflicts: 'Count',
  /** TransactWriteItems sent again, for any reason. */
  TransactionRetries: 'Count',
  /** Write units of tables and indexes, as DynamoDB reports them, for transactions whose answer arrived. */
  WriteUnitsConsumed: 'Count',
  /** Time from ApproximateCreationDateTime to the commit, for the oldest record of each transaction. */
  Lag: 'Milliseconds',
} as const;

/** Emitted by report, once for each reconcile. Metrics of stages that the mode skips are zero. */
export const reconcileMetricUnits = {
  /** Rows of Favourites, and registers without a row, that heal compared. */
  ReconcileFavouritesChecked: 'Count',
  /** Restaurants whose counts the audit compared with their registers. */
  ReconcileRestaurantsChecked: 'Count',
  /** Registers that did not match their row of Favourites. */
  ReconcileRegisterDriftFound: 'Count',
  /** Registers that heal corrected. */
  ReconcileRegisterDriftCorrected: 'Count',
  /** Count rows that did not match their registers. */
  ReconcileCountDriftFound: 'Count',
  /** Count rows that the audit corrected. */
  ReconcileCountDriftCorrected: 'Count',
  /** Rows of Favourites that can never be counted. They are not drift. */
  ReconcileUncountableRows: 'Count',
  /** Restaurants not compared: they kept changing, even during a hold, the time ran out, or a read failed. */
  ReconcileRestaurantsNotAudited: 'Count',
  /** How often the audit held a restaurant. */
  ReconcileHolds: 'Count',
  /** Dead letters that were deleted: their records, or newer ones of the same rows, are committed. */
  DeadLettersRedriven: 'Count',
  /** Dead letters that were tried and stay in the queue. */
  DeadLettersLeft: 'Count',
  /** Dead letters whose range has partly left the stream; each also counts as redriven or left. */
  DeadLettersExpired: 'Count',
  /** Read units of the whole run, as DynamoDB reports them. */
  ReconcileReadUnits: 'Count',
  /** Write units of the whole run, as DynamoDB reports them. */
  ReconcileWriteUnits: 'Count',
  /** Time that redrive worked, summed over its invocations. */
  ReconcileRedriveDuration: 'Milliseconds',
  /** Time that heal worked, summed over its invocations. */
  ReconcileHealDuration: 'Milliseconds',
  /** Time that the audit worked, summed over its invocations. */
  ReconcileAuditDuration: 'Milliseconds',
  /** 1 if a stage could not finish, or if drift remains. */
  ReconcileRunsFailed: 'Count',
} as const;

export const metricUnits = { ...aggregatorMetricUnits, ...reconcileMetricUnits } as const;

export type MetricName = keyof typeof metricUnits;

/** The dimension of every metric, and its values: the functions that emit metrics. */
export const metricsDimension = 'service';
export const metricsServices = { aggregator: 'aggregator', reconcile: 'reconcile-report' } as const;
