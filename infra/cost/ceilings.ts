/** The limits that a growing load meets, how near this load is, and what lifts each of them. */
import { writeUnits } from './items.ts';
import { assumed, limits } from './measured.ts';
import { type Popularity, touchedBy } from './popularity.ts';
import { SECONDS_A_MONTH } from './prices.ts';
import { eventsOf, oursBatch, oursUsage, sumOf, type Work } from './usage.ts';

export interface Ceiling {
  readonly what: string;
  readonly here: number;
  readonly limit: number;
  readonly lift: string;
}

export function ceilingsOf(work: Work, popularity: Popularity): readonly Ceiling[] {
  const { load, traffic, rows } = work;
  const events = eventsOf(traffic);
  const batchesPerSecond = traffic.eventsPerSecond / events;
  const top = popularity.topShare;
  const { milliseconds } = oursBatch(work);
  const usage = oursUsage(work);
  const busiest = Math.max(...rows.map(({ sharedRanked }) => sharedRanked));
  // Each kind of window of the top restaurant is one row, which a batch changes at most once.
  const topRows = touchedBy(events, top) * rows.length * writeUnits.countRow;
  const underWay = (batchesPerSecond * milliseconds) / 1_000;
  return [
    {
      what: 'units a second: one table on demand, with its index',
      here: largestTable(work, usage),
      limit: limits.tableWriteUnits,
      lift: 'the quota for a table; ranking',
    },
    {
      what: 'units a second: count rows of the top restaurant',
      here: batchesPerSecond * topRows,
      limit: limits.partitionWriteUnits,
      lift: 'pipe.maximumBatchingWindowSeconds',
    },
    {
      what: 'events a second: registers of the top restaurant',
      here: top * traffic.eventsPerSecond,
      limit: limits.partitionWriteUnits / writeUnits.register,
      lift: 'DynamoDB splits them, given time',
    },
    {
      what: 'changes a second: a window and shard of the ranking',
      here: (batchesPerSecond * busiest) / load.rankingShards,
      limit: limits.indexChangesASecond,
      lift: 'rankingShards; ranking',
    },
    {
      what: 'seconds of work a second: each lane of the pipe',
      here: underWay / traffic.lanes,
      limit: 1,
      lift: 'pipe.parallelizationFactor',
    },
    {
      what: 'records: each batch',
      here: events,
      limit: Math.floor(Math.min(load.batchSize, limits.payloadBytes / assumed.recordBytes)),
      lift: 'pipe.batchSize, up to 6 MB',
    },
    {
      what: 'invocations at once: all functions of the account',
      here: underWay,
      limit: limits.lambdaConcurrency,
      lift: 'the quota for concurrency',
    },
    {
      what: 'batches at once: all pipes of the account',
      here: underWay,
      limit: limits.pipeConcurrency,
      lift: 'the quota for pipes',
    },
  ];
}

/** Registers, or count rows with their index: the one that takes more. */
function largestTable(
  { traffic, rows }: Work,
  {
    tableWriteUnits,
    indexWriteUnits,
  }: { readonly tableWriteUnits: number; readonly indexWriteUnits: number },
): number {
  const registers = eventsOf(traffic) * writeUnits.register;
  const counts = sumOf(rows, ({ shared }) => shared) * writeUnits.countRow;
  const registerUnits = (tableWriteUnits * registers) / (registers + counts);
  return Math.max(registerUnits, tableWriteUnits - registerUnits + indexWriteUnits) / SECONDS_A_MONTH;
}
