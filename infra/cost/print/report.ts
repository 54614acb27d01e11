/** The estimate as text: what is assumed, dollars by part and contender, and the ceilings. */
import { formatRankingSettings } from '../../../src/counting/ranking.ts';
import { formatTimeWindowSettings } from '../../../src/counting/time-window.ts';
import { alignColumns, count, plural } from '../../command-line/text.ts';
import { type Bill, totalOf } from '../bill.ts';
import type { Ceiling } from '../ceilings.ts';
import type { Contender, Estimate } from '../estimate.ts';
import { assumed } from '../measured.ts';
import { pricesDate, region } from '../prices.ts';
import { type ContenderName, eventsOf } from '../usage.ts';

export const contenderNames: Readonly<Record<ContenderName, string>> = {
  ours: 'ours',
  add: '(a) ADD',
  netDeltas: '(b) sums',
  idempotency: '(c) once',
  scan: '(f) scan',
};

const parts: Readonly<Record<keyof Bill, string>> = {
  pipe: 'Pipe',
  lambda: 'Lambda',
  tableWrites: 'Writes of tables',
  indexWrites: 'Writes of the index',
  reads: 'Reads',
  storage: 'Storage',
  recovery: 'Point-in-time recovery',
  cloudWatch: 'Metrics, alarms, dashboard',
  logs: 'Logs',
  reconcile: 'Reconcile',
};

export function reportOf(estimate: Estimate): string {
  return [
    assumptions(estimate),
    dollarTable(estimate.contenders),
    legend(),
    ceilingTable(estimate.ceilings),
    footnotes(estimate),
  ].join('\n\n');
}

function assumptions({ load, traffic }: Estimate): string {
  const windows = formatTimeWindowSettings(load.timeWindows);
  const ranking = formatRankingSettings(load.ranking);
  const events = eventsOf(traffic);
  const seconds = (events * traffic.lanes) / traffic.eventsPerSecond;
  const batches = rounded(traffic.batchesPerMonth);
  const unmarks = count(load.unmarkShare * 100);
  return [
    `${plural(load.favouritesPerDay, 'favourite')} a day, with ${unmarks}% un-marks: ` +
      `${rounded(traffic.eventsPerSecond)} events a second.`,
    `${plural(load.restaurants, 'restaurant')} by Zipf's law; ` +
      `${plural(load.favouritesStored, 'favourite')} stored.`,
    `Windows: ALL_TIME${windows === '' ? '' : `,${windows}`}. Ranked: ${ranking === '' ? 'all' : ranking}.`,
    `Stream: ${plural(traffic.streamShards, 'shard')} of ${plural(load.parallelizationFactor, 'lane')}. ` +
      `Each lane: a batch of ${rounded(events)} every ${rounded(seconds)} s. Batches a month: ${batches}.`,
  ].join('\n');
}

function dollarTable(contenders: readonly Contender[]): string {
  const names = contenders.map(({ name }) => contenderNames[name]);
  const row = (title: string, value: (contender: Contender) => string): readonly string[] => [
    title,
    ...contenders.map(value),
  ];
  const rows = [
    ['Dollars a month', ...names],
    ...Object.entries(parts).map(([part, title]) =>
      row(`  ${title}`, ({ bills }) => dollars(bills.onDemand[part as keyof Bill])),
    ),
    row('Total, on demand', ({ bills }) => dollars(totalOf(bills.onDemand))),
    row('  Writes if provisioned', ({ bills: { provisioned } }) =>
      dollars(provisioned.tableWrites + provisioned.indexWrites),
    ),
    row('Total, provisioned', ({ bills }) => dollars(totalOf(bills.provisioned))),
    row('Write units an event', ({ writeUnitsPerEvent }) => writeUnitsPerEvent.toFixed(2)),
  ];
  return alignColumns(rows, ['text', ...contenders.map(() => 'number' as const)]);
}

function legend(): string {
  return [
    '(a) one ADD for each record and window. (b) the sums of a batch in transactions, without registers.',
    '(c) (a) with an idempotency record for each stream record. (f) a full scan every night.',
    '(a) and (b) count twice after a lost answer, and (c) may; nothing repairs that. (f) is a day late.',
  ].join('\n');
}

function ceilingTable(ceilings: readonly Ceiling[]): string {
  const rows = ceilings.map(({ what, here, limit, lift }) => [
    here >= limit ? '! ' : '  ',
    what,
    rounded(here),
    count(limit),
    lift,
  ]);
  return alignColumns(
    [['  ', 'Ceiling', 'here', 'limit', 'what lifts it'], ...rows],
    ['text', 'text', 'number', 'number', 'text'],
  );
}

function footnotes({ streamReads, ceilings }: Estimate): string {
  const met = ceilings.filter(({ here, limit }) => here >= limit).length;
  return [
    ...(met > 0
      ? [`! This load meets ${plural(met, 'ceiling')}: the estimate holds only once they are lifted.`]
      : []),
    `Prices of ${region}, ${pricesDate}, without free tiers. None of this comes from a bill: docs/cost.md.`,
    `Provisioned: ${assumed.utilization * 100}% of it is used. The construct's tables are on demand.`,
    `Not in the table: the pipe's reads of the stream, if AWS bills them: ${dollars(streamReads)}.`,
  ].join('\n');
}

/** Cents below a hundred dollars, whole dollars above. */
export function dollars(amount: number): string {
  if (amount === 0) return '–';
  if (amount < 0.005) return '0.00';
  return amount < 100 ? amount.toFixed(2) : count(amount);
}

/** Three digits, or all digits before the point. */
export function rounded(number: number): string {
  if (number >= 1e9) return `${count(number / 1e9)} billion`;
  if (number >= 1e6) return `${Number((number / 1e6).toPrecision(3))} million`;
  return number >= 100 ? count(number) : String(Number(number.toPrecision(3)));
}
