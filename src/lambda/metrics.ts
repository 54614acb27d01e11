/**
 * The one list of metric names and units: what the handlers emit is what dashboards and alarms may name.
 * Their namespace is the name of the stack, so that two stacks in one account do not add up, and their only
 * dimension is the service.
 */
export const aggregatorMetricUnits = {
  RecordsReceived: 'Count',
  /** Records received that are readable events: favourites made. */
  MarksReceived: 'Count',
  /** And favourites removed. What is left of RecordsReceived can never be applied. */
  UnmarksReceived: 'Count',
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

/** Once for each reconcile, at its end, from the report. What a mode has no use for is zero. */
export const reconcileMetricUnits = {
  /** Compared by heal: rows of Favourites, and registers that no favourite stands behind. */
  ReconcileFavouritesChecked: 'Count',
  ReconcileRestaurantsChecked: 'Count',
  ReconcileRegisterDriftFound: 'Count',
  ReconcileRegisterDriftCorrected: 'Count',
  ReconcileCountDriftFound: 'Count',
  ReconcileCountDriftCorrected: 'Count',
  /** Rows of Favourites that can never be counted. Not drift. */
  ReconcileUncountableRows: 'Count',
  /** Restaurants that moved too much to be compared, hold or no hold. */
  ReconcileRestaurantsNotAudited: 'Count',
  /** Times that a restaurant was asked to hold. */
  ReconcileHolds: 'Count',
  /** Dead letters whose content is committed, deleted. */
  DeadLettersRedriven: 'Count',
  /** Dead letters that were tried and stay. */
  DeadLettersLeft: 'Count',
  /** Dead letters of which the stream no longer holds all; among redriven or left as well. */
  DeadLettersExpired: 'Count',
  /** As DynamoDB reports them. */
  ReconcileReadUnits: 'Count',
  ReconcileWriteUnits: 'Count',
  /** Milliseconds of work of a stage, summed over its invocations. */
  ReconcileRedriveDuration: 'Milliseconds',
  ReconcileHealDuration: 'Milliseconds',
  ReconcileAuditDuration: 'Milliseconds',
  /** 1 for a run that ended in failure: a stage could not finish, or drift remains. */
  ReconcileRunsFailed: 'Count',
} as const;

export const metricUnits = { ...aggregatorMetricUnits, ...reconcileMetricUnits } as const;

export type MetricName = keyof typeof metricUnits;

/** The dimension of every metric, and the functions that emit them, as it names them. */
export const metricsDimension = 'service';
export const metricsServices = { aggregator: 'aggregator', reconcile: 'reconcile-report' } as const;
