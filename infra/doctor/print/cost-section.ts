/** What counting would cost, as text. */
import { usageOf } from '#usage';
import type { Source } from '../../../src/counting/source/source.ts';
import { count, plural } from '../../command-line/text.ts';
import type { Check } from '../check.ts';
import { type Cost, costOf, rateOf, seedCost, standingCost, unitsPerEvent } from '../cost.ts';
import type { SampleRead } from '../read/read-sample.ts';
import type { TableFacts } from '../read/table-facts.ts';
import { atMost, bullets, dollarRange, dollars, section } from './lines.ts';

export function costSection(options: {
  readonly facts: TableFacts;
  readonly sample: SampleRead;
  readonly check: Check;
  readonly source: Source;
  readonly nowMs: number;
}): string {
  const { facts, sample, check, source, nowMs } = options;
  const isDated = source.createdAt !== 'none';
  const sampled = sample.items.length;
  const inTable = sample.isWhole ? sampled : Math.max(facts.items, sampled);
  const shards = Math.max(1, facts.stream?.openShards ?? 1);
  const rate = isDated ? rateOf(check.dates, { sampled, inTable, nowMs }) : undefined;
  const [low, high] = unitsPerEvent(isDated);
  const table = { isDated, shards };
  const rows = (check.total.counts / Math.max(1, sampled)) * inTable;
  const monthly = costText(costOf(rate?.eventsPerMonth ?? 1e6, table));
  const windows = isDated ? 'ALL_TIME, MONTH and DAY' : 'ALL_TIME alone';
  const seed = atMost(seedCost(rows, facts.sizeBytes, isDated));
  const lines = [
    rate === undefined
      ? `No rate can be seen, because no row has a date. For each million events: ${monthly}.`
      : `${rateText(rate)}, so about ${plural(Math.round(rate.eventsPerMonth), 'new favourite')} a month: ` +
        `${monthly}. Rows that were deleted do not show: an un-mark costs as much as a mark.`,
    `Each event takes ${low} to ${high} write units, or fewer in a busy batch (${windows}).`,
    `Seeding the ${plural(Math.round(rows), 'row')} that count: ${seed}, once.`,
    `Storage, the weekly repair, metrics and alarms: about ${dollars(standingCost(rows, table))} a month.`,
    `Prices are those of us-east-1, on demand. For other loads and settings: ${usageOf('cost')} --help.`,
  ];
  return section('What it would cost', bullets(lines));
}

function rateText({ rows, untilMs, isNow }: NonNullable<ReturnType<typeof rateOf>>): string {
  const until = new Date(untilMs).toISOString().slice(0, 10);
  const when = isNow ? 'the last 30 days' : `the 30 days before the newest one, ${until}`;
  return `${count(rows)} ${rows === 1 ? 'row of the sample is' : 'rows of the sample are'} from ${when}`;
}

function costText({ writes, functionAndPipe, total }: Cost): string {
  return (
    `${dollarRange(total)} (DynamoDB writes ${dollarRange(writes)}, ` +
    `Lambda, pipe and logs ${atMost(functionAndPipe)})`
  );
}
