/**
 * One shard of the stream: read from its checkpoint on, filtered, spread over its lanes by item key, its answers folded
 * into a low-water mark. It is finished when it is closed and all of it is answered; only then may its children start.
 */
import type { FaultPlan } from '../faults/fault-plan.ts';
import { hasVanished } from '../faults/lost-records.ts';
import { createPoison, type PoisonKinds } from '../faults/poison.ts';
import type { BatchDeliveryContext } from './batch-delivery.ts';
import { deliverBatch } from './batch-delivery.ts';
import type { ShardCheckpoint } from './checkpoint-store.ts';
import type { Delivery } from './delivery.ts';
import type { EventFilter } from './event-pattern.ts';
import { createLane, type Lane } from './lane.ts';
import { createLowWaterMark } from './low-water-mark.ts';
import { readShard } from './shard-reader.ts';
import type { Signal } from './signal.ts';
import type { IteratorStart, PipeRecord, StreamSource } from './stream-source.ts';

export interface Shard {
  readonly shardId: string;
  readonly checkpoint: ShardCheckpoint;
  readonly oldestCreatedAtMs: number | undefined;
  readonly position: { readonly readEnd: number; readonly answeredEnd: number };
  /** The newest drain whose end of the stream has been read; Infinity once the shard is closed and read. */
  readonly reachedDrain: number;
  /** A drain has begun, or anything else that lanes and reader look at. */
  wake(): void;
  /** Resolves when the shard is finished, or the pipe has stopped. */
  run(): Promise<void>;
}

export interface ShardOptions extends Omit<BatchDeliveryContext, 'onAnswered'> {
  readonly source: StreamSource;
  readonly filter: EventFilter;
  readonly faults: FaultPlan;
  readonly poisonKinds: PoisonKinds;
  readonly start: IteratorStart;
  /** Number of the newest drain; 0 before the first. */
  readonly newestDrain: () => number;
  readonly isDraining: () => boolean;
  /** Notified at every change that checkpoints, drains and reading ahead depend on. */
  readonly progress: Signal;
}

export function createShard(options: ShardOptions): Shard {
  const { settings, shardId, clock, counters, faults, progress } = options;
  const mark = createLowWaterMark(options.start.kind === 'AFTER' ? options.start.sequenceNumber : undefined);
  let pending = 0;
  let pendingBytes = 0;
  let reachedDrain = 0;
  let isAtTip = false;
  let isClosed = false;

  const onAnswered = (delivery: Delivery): void => {
    pending -= 1;
    pendingBytes -= delivery.sizeBytes;
    counters.recordsPending -= 1;
    mark.release(delivery.heldPosition);
    progress.notify();
  };
  const lanes = Array.from({ length: settings.parallelizationFactor }, () =>
    createLane({
      settings,
      clock,
      faults,
      deliver: (batch) => deliverBatch(batch, { ...options, onAnswered }),
      hold: (delivery) => {
        track(delivery);
        mark.hold(delivery.heldPosition);
      },
      drop: onAnswered,
      isFlushing: () => isClosed || (options.isDraining() && isAtTip),
      isStopping: () => options.isStopping() || isFinished(),
    }),
  );
  const isFinished = (): boolean => isClosed && mark.answeredEnd === mark.end;

  function track(delivery: Delivery): void {
    pending += 1;
    pendingBytes += delivery.sizeBytes;
    counters.recordsPending += 1;
  }

  function push(lane: Lane | undefined, delivery: Delivery): void {
    track(delivery);
    lane?.push(delivery);
  }

  function take(record: PipeRecord): void {
    const { SequenceNumber: sequenceNumber, ApproximateCreationDateTime } = record.dynamodb;
    const createdAtMs = ApproximateCreationDateTime * 1000;
    const position = mark.add({ sequenceNumber, createdAtMs });
    counters.recordsRead += 1;
    if (!options.filter(record)) {
      counters.recordsFiltered += 1;
      mark.release(position);
      return;
    }
    if (hasVanished(faults)) {
      mark.release(position);
      return;
    }
    const delivery = {
      record,
      eventID: record.eventID,
      sequenceNumber,
      createdAtMs,
      arrivedAtMs: clock.now(),
      sizeBytes: jsonBytes(record),
      order: position,
      heldPosition: position,
      isDuplicate: false,
      isPoison: false,
    };
    const lane = lanes[laneOf(record, lanes.length)];
    push(lane, delivery);
    const poison = createPoison(faults, options.poisonKinds, record);
    if (poison === undefined) return;
    mark.hold(position);
    push(lane, { ...delivery, ...poison, sizeBytes: jsonBytes(poison.record), isPoison: true });
  }

  const readerOptions = {
    ...options,
    hasRoom: (limits: { readonly recordsMax: number; readonly bytesMax: number }) =>
      pending < limits.recordsMax && pendingBytes < limits.bytesMax,
    onRecords: (records: readonly PipeRecord[]) => {
      isAtTip = false;
      for (const record of records) take(record);
      progress.notify();
    },
    onTip: (drain: number) => {
      isAtTip = true;
      reachedDrain = drain;
      for (const lane of lanes) lane.wake();
      progress.notify();
    },
  };

  async function readToEnd(): Promise<void> {
    await readShard(readerOptions);
    if (!options.isStopping()) isClosed = true;
    while (!options.isStopping() && !isFinished()) {
      for (const lane of lanes) lane.wake();
      await progress.wait();
    }
    for (const lane of lanes) lane.wake();
  }

  return {
    shardId,
    get checkpoint() {
      const { sequenceNumber } = mark;
      return { finished: isFinished(), ...(sequenceNumber === undefined ? {} : { sequenceNumber }) };
    },
    get oldestCreatedAtMs() {
      return mark.oldestCreatedAtMs;
    },
    get position() {
      return { readEnd: mark.end, answeredEnd: mark.answeredEnd };
    },
    get reachedDrain() {
      return isClosed ? Number.POSITIVE_INFINITY : reachedDrain;
    },
    wake: () => {
      for (const lane of lanes) lane.wake();
    },
    run: async () => {
      /** Together, so that a lane that fails is known at once. */
      await Promise.all([readToEnd(), ...lanes.map((lane) => lane.run())]);
      progress.notify();
    },
  };
}

function jsonBytes(record: unknown): number {
  return Buffer.byteLength(JSON.stringify(record));
}

/** The order of one item is kept because all its records go to one lane. FNV-1a over its key. */
function laneOf(record: PipeRecord, lanes: number): number {
  const key = JSON.stringify(record.dynamodb.Keys);
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % lanes;
}
