/** The estimate as JSON, with everything that it is made of. */
import { totalOf } from '../bill.ts';
import type { Estimate } from '../estimate.ts';
import { assumed, measured } from '../measured.ts';
import { prices, pricesDate, region } from '../prices.ts';

export function jsonOf({ load, traffic, contenders, ceilings, streamReads }: Estimate): string {
  const printed = {
    load,
    traffic,
    contenders: contenders.map(({ name, usage, bills, writeUnitsPerEvent }) => ({
      name,
      usage,
      writeUnitsPerEvent,
      dollarsPerMonth: {
        onDemand: { ...bills.onDemand, total: totalOf(bills.onDemand) },
        provisioned: { ...bills.provisioned, total: totalOf(bills.provisioned) },
      },
    })),
    streamReadsIfBilled: streamReads,
    ceilings,
    measured,
    assumed,
    prices: { region, date: pricesDate, ...prices },
  };
  return JSON.stringify(printed, undefined, 2);
}
