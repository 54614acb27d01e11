/** The whole estimate: ours beside the others, on demand and provisioned, and the ceilings. Pure. */
import { settingsFor } from '../settings/settings.ts';
import { metricUnits } from '../../src/lambda/metrics.ts';
import { type Bill, billOf, type Capacity, type Extras, watchingDollars } from './bill.ts';
import { type Ceiling, ceilingsOf } from './ceilings.ts';
import { countRows } from './count-rows.ts';
import { type Load, type Traffic, trafficOf } from './load.ts';
import { distinctRestaurants, zipf } from './popularity.ts';
import { prices, SECONDS_A_MONTH } from './prices.ts';
import { reconcileDollars, reconcileUsage } from './reconcile.ts';
import {
  addUsage,
  type ContenderName,
  eventsOf,
  idempotencyUsage,
  netDeltasUsage,
  oursUsage,
  scanUsage,
  sumOf,
  type Usage,
  type Work,
} from './usage.ts';

export interface Contender {
  readonly name: ContenderName;
  readonly usage: Usage;
  readonly bills: Readonly<Record<Capacity, Bill>>;
  readonly writeUnitsPerEvent: number;
}

export interface Estimate {
  readonly load: Load;
  readonly traffic: Traffic;
  readonly contenders: readonly Contender[];
  readonly ceilings: readonly Ceiling[];
  /** What the pipe’s reads of the stream would cost if AWS bills them, which its pages do not say. */
  readonly streamReads: number;
}

/** Metrics of all alarms of the stack without its API; a test counts them. */
export const alarmMetrics = 13;
export const watching = { metrics: Object.keys(metricUnits).length, alarmMetrics, dashboards: 1 } as const;
const LOG_DAYS = settingsFor('prod').logs.retentionDays;
const POLLS_A_SECOND = 4;

export function estimate(load: Load): Estimate {
  const traffic = trafficOf(load);
  const popularity = zipf(load.restaurants);
  const rows = countRows(load, traffic, popularity);
  const work: Work = { load, traffic, rows };
  const perDay = load.favouritesPerDay * (1 + load.unmarkShare);
  const reconcile = reconcileDollars(
    reconcileUsage(
      load,
      sumOf(rows, ({ stored }) => stored),
    ),
  );
  const ours: Extras = { cloudWatch: watchingDollars(watching), reconcile, logDays: LOG_DAYS };
  const others: Extras = { cloudWatch: 0, reconcile: 0, logDays: LOG_DAYS };
  const usages: readonly (readonly [ContenderName, Usage])[] = [
    ['ours', oursUsage(work)],
    ['add', addUsage(work)],
    ['netDeltas', netDeltasUsage(work)],
    ['idempotency', idempotencyUsage(work)],
    ['scan', scanUsage(work, distinctRestaurants(popularity, perDay))],
  ];
  const events = traffic.batchesPerMonth * eventsOf(traffic);
  return {
    load,
    traffic,
    contenders: usages.map(([name, usage]) => {
      const extras = name === 'ours' ? ours : others;
      return {
        name,
        usage,
        bills: {
          onDemand: billOf(usage, 'onDemand', extras),
          provisioned: billOf(usage, 'provisioned', extras),
        },
        writeUnitsPerEvent: (usage.tableWriteUnits + usage.indexWriteUnits) / events,
      };
    }),
    ceilings: ceilingsOf(work, popularity),
    streamReads: traffic.streamShards * POLLS_A_SECOND * SECONDS_A_MONTH * prices.streamRead.dollars,
  };
}
