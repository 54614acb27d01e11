/** Multiplies what a contender uses by the prices. */
import { assumed } from './measured.ts';
import { prices } from './prices.ts';
import { gigabytes, type Usage } from './usage.ts';

/** Dollars a month, by part. */
export interface Bill {
  readonly pipe: number;
  readonly lambda: number;
  readonly tableWrites: number;
  readonly indexWrites: number;
  readonly reads: number;
  readonly storage: number;
  readonly recovery: number;
  readonly cloudWatch: number;
  readonly logs: number;
  readonly reconcile: number;
}

/** `provisioned` has writes at the price of provisioned capacity; all else is the same. */
export type Capacity = 'onDemand' | 'provisioned';

/** What the construct has beside tables, pipe and function. The tutorials have none of it. */
export interface Extras {
  readonly cloudWatch: number;
  readonly reconcile: number;
  /** Days that logs are kept. */
  readonly logDays: number;
}

const LOG_MONTH_DAYS = 30;

export function billOf(usage: Usage, capacity: Capacity, extras: Extras): Bill {
  const writeUnit = writeUnitDollars(capacity);
  const logGb = gigabytes(usage.logBytes);
  return {
    pipe: usage.pipeRequests * prices.pipeRequest.dollars,
    lambda: lambdaDollars(usage),
    tableWrites: usage.tableWriteUnits * writeUnit,
    indexWrites: usage.indexWriteUnits * writeUnit,
    reads: usage.readUnits * prices.readUnit.dollars,
    storage: gigabytes(usage.tableBytes + usage.indexBytes) * prices.storageGbMonth.dollars,
    recovery: gigabytes(usage.tableBytes) * prices.recoveryGbMonth.dollars,
    cloudWatch: extras.cloudWatch,
    logs:
      logGb * prices.logGb.dollars +
      logGb * (extras.logDays / LOG_MONTH_DAYS) * assumed.logCompression * prices.logStorageGbMonth.dollars,
    reconcile: extras.reconcile,
  };
}

export function lambdaDollars({ invocations, gbSeconds }: Pick<Usage, 'invocations' | 'gbSeconds'>): number {
  return invocations * prices.lambdaRequest.dollars + gbSeconds * prices.lambdaGbSecond.dollars;
}

/** A unit of provisioned capacity writes 3,600 units in an hour, if all of it is used. */
export function writeUnitDollars(capacity: Capacity): number {
  if (capacity === 'onDemand') return prices.writeUnit.dollars;
  return prices.writeCapacityHour.dollars / 3_600 / assumed.utilization;
}

export function watchingDollars(counts: {
  readonly metrics: number;
  readonly alarmMetrics: number;
  readonly dashboards: number;
}): number {
  return (
    counts.metrics * prices.metricMonth.dollars +
    counts.alarmMetrics * prices.alarmMonth.dollars +
    counts.dashboards * prices.dashboardMonth.dollars
  );
}

export function totalOf(bill: Bill): number {
  const parts: readonly number[] = Object.values(bill);
  return parts.reduce((sum, dollars) => sum + dollars, 0);
}
