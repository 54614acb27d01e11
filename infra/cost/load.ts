/** What the estimate is for: traffic, settings, and how the stream divides the events into batches. */
import type { RankingSettings } from '../../src/counting/ranking.ts';
import type { TimeWindowSettings } from '../../src/counting/time-window.ts';
import { itemBytes } from './items.ts';
import { assumed, limits } from './measured.ts';
import { SECONDS_A_DAY, SECONDS_A_MONTH } from './prices.ts';

export interface Load {
  readonly favouritesPerDay: number;
  /** Un-marks for each mark. */
  readonly unmarkShare: number;
  readonly restaurants: number;
  readonly favouritesStored: number;
  /** Shards of the stream; without them, as many as DynamoDB needs for the table. */
  readonly streamShards: number | undefined;
  readonly timeWindows: TimeWindowSettings;
  readonly ranking: RankingSettings;
  readonly rankingShards: number;
  readonly batchingWindowSeconds: number;
  readonly batchSize: number;
  readonly parallelizationFactor: number;
  readonly memoryMegabytes: number;
  readonly commitConcurrency: number;
}

export interface Traffic {
  readonly eventsPerSecond: number;
  readonly streamShards: number;
  /** Batches that may be under way at once. */
  readonly lanes: number;
  /** Marks and un-marks of a batch, on average. */
  readonly marks: number;
  readonly unmarks: number;
  readonly batchesPerMonth: number;
}

export function trafficOf(load: Load): Traffic {
  const eventsPerSecond = (load.favouritesPerDay * (1 + load.unmarkShare)) / SECONDS_A_DAY;
  const streamShards = load.streamShards ?? shardsOf(eventsPerSecond, load.favouritesStored);
  const lanes = streamShards * load.parallelizationFactor;
  const events = batchEvents(eventsPerSecond / lanes, load);
  const marks = events / (1 + load.unmarkShare);
  return {
    eventsPerSecond,
    streamShards,
    lanes,
    marks,
    unmarks: events - marks,
    batchesPerMonth: (eventsPerSecond * SECONDS_A_MONTH) / events,
  };
}

/** One for each partition of the table of favourites: by writes, by size, and as many as it starts with. */
export function shardsOf(eventsPerSecond: number, favouritesStored: number): number {
  return Math.max(
    limits.partitionsOfNewTable,
    Math.ceil(eventsPerSecond / limits.partitionWriteUnits),
    Math.ceil((favouritesStored * itemBytes.favourite) / limits.partitionBytes),
  );
}

/** Events in a batch: its first one, and those that come until the window closes or the batch is full. */
export function batchEvents(
  perSecond: number,
  { batchingWindowSeconds, batchSize }: Pick<Load, 'batchingWindowSeconds' | 'batchSize'>,
): number {
  const polled = perSecond * assumed.secondsBetweenPolls;
  const events = batchingWindowSeconds > 0 ? 1 + perSecond * batchingWindowSeconds : eventsOfAPoll(polled);
  return Math.max(1, Math.min(events, batchSize, limits.payloadBytes / assumed.recordBytes));
}

/** On average, of the polls that find an event at all. */
function eventsOfAPoll(events: number): number {
  return events === 0 ? 1 : events / -Math.expm1(-events);
}
