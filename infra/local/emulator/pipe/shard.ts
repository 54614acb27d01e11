/**
 * One shard of the stream. It reads records from its checkpoint on, filters them, distributes them to its
 * lanes by item key, and keeps a low-water mark of the answered records. The shard is finished when it is
 * closed and every record is answered. Its child shards start only then.
 */
import { hash32 } from '../random.ts';
import { deliverBatch } from './batch-delivery.ts';
import type { ShardCheckpoint } from './checkpoints.ts';
import type { Delivery } from './delivery.ts';
import { Lane } from './lane.ts';
import { LowWaterMark } from './low-water-mark.ts';
import type { PipeContext } from './pipe-context.ts';
import { createPoison } from './record-faults.ts';
import { readShard } from './shard-reader.ts';
import type { IteratorStart, PipeRecord } from './stream-source.ts';

/** The reader pauses at this many unanswered records. Until then, a stuck lane does not stop the others. */
const READ_AHEAD_RECORDS_MAX = 20_000;
const READ_AHEAD_BYTES_MAX = 64 * 1024 * 1024;

export class Shard {
  readonly #context: PipeContext;
  readonly #shardId: string;
  readonly #start: IteratorStart;
  readonly #mark: LowWaterMark;
  readonly #lanes: readonly Lane[];
  #pending = 0;
  #pendingBytes = 0;
  #reachedDrain = 0;
  #isAtTip = false;
  #isClosed = false;

  constructor(context: PipeContext, shardId: string, start: IteratorStart) {
    this.#context = context;
    this.#shardId = shardId;
    this.#start = start;
    this.#mark = new LowWaterMark(start.kind === 'AFTER' ? start.sequenceNumber : undefined);
    const onAnswered = (delivery: Delivery): void => this.#release(delivery);
    const owner = {
      deliver: (batch: readonly Delivery[]) => deliverBatch(batch, { ...context, shardId, onAnswered }),
      hold: (duplicate: Delivery) => this.#hold(duplicate),
      drop: onAnswered,
      isFlushing: () => this.#isClosed || (context.isDraining() && this.#isAtTip),
      isDone: () => context.isStopping() || this.#isFinished(),
    };
    this.#lanes = Array.from(
      { length: context.settings.parallelizationFactor },
      () => new Lane(context, owner),
    );
  }

  get checkpoint(): ShardCheckpoint {
    const { sequenceNumber } = this.#mark;
    return { finished: this.#isFinished(), ...(sequenceNumber !== undefined && { sequenceNumber }) };
  }

  get oldestCreatedAtMs(): number | undefined {
    return this.#mark.oldestCreatedAtMs;
  }

  get readEnd(): number {
    return this.#mark.end;
  }

  get answeredEnd(): number {
    return this.#mark.answeredEnd;
  }

  /**
   * The number of the newest drain for which every record that the shard held then is read; Infinity once the
   * shard is closed and fully read.
   */
  get reachedDrain(): number {
    return this.#isClosed ? Number.POSITIVE_INFINITY : this.#reachedDrain;
  }

  /** Makes all lanes check again whether a batch is due, for example when a drain begins. */
  wake(): void {
    for (const lane of this.#lanes) lane.wake();
  }

  /** Resolves when the shard is finished, or when the pipe has stopped. */
  async run(): Promise<void> {
    // Wait for all together, so that the first failure rejects immediately.
    await Promise.all([this.#readToEnd(), ...this.#lanes.map((lane) => lane.run())]);
    this.#context.progress.notify();
  }

  async #readToEnd(): Promise<void> {
    const { progress, isStopping } = this.#context;
    await readShard({
      ...this.#context,
      shardId: this.#shardId,
      start: this.#start,
      hasRoom: () => this.#pending < READ_AHEAD_RECORDS_MAX && this.#pendingBytes < READ_AHEAD_BYTES_MAX,
      onRecords: (records) => {
        this.#isAtTip = false;
        for (const record of records) this.#take(record);
        progress.notify();
      },
      onTip: (drain) => {
        this.#isAtTip = true;
        this.#reachedDrain = drain;
        this.wake();
        progress.notify();
      },
    });
    if (!isStopping()) this.#isClosed = true;
    while (!isStopping() && !this.#isFinished()) {
      this.wake();
      await progress.wait();
    }
    this.wake();
  }

  #take(record: PipeRecord): void {
    const { meter, filter, faults, clock, poisonKinds } = this.#context;
    const { SequenceNumber: sequenceNumber, ApproximateCreationDateTime } = record.dynamodb;
    const createdAtMs = ApproximateCreationDateTime * 1000;
    const position = this.#mark.add({ sequenceNumber, createdAtMs });
    meter.recordsRead += 1;
    const isKept = filter(record);
    if (!isKept) meter.recordsFiltered += 1;
    const hasVanished = isKept && faults.roll('vanish');
    if (hasVanished) faults.happened('vanish');
    if (isKept && !hasVanished) {
      const lane = this.#lanes[laneOf(record, this.#lanes.length)];
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
      const poison = createPoison(faults, poisonKinds, record);
      for (const each of poison === undefined ? [delivery] : [delivery, withPoison(delivery, poison)]) {
        this.#hold(each);
        lane?.push(each);
      }
    }
    // `add` placed a hold. Release it only after each delivery has its own, or the mark could pass this
    // record.
    this.#mark.release(position);
  }

  #hold(delivery: Delivery): void {
    this.#pending += 1;
    this.#pendingBytes += delivery.sizeBytes;
    this.#context.meter.recordsPending += 1;
    this.#mark.hold(delivery.heldPosition);
  }

  #release(delivery: Delivery): void {
    this.#pending -= 1;
    this.#pendingBytes -= delivery.sizeBytes;
    this.#context.meter.recordsPending -= 1;
    this.#mark.release(delivery.heldPosition);
    this.#context.progress.notify();
  }

  #isFinished(): boolean {
    return this.#isClosed && this.#mark.answeredEnd === this.#mark.end;
  }
}

function withPoison(delivery: Delivery, poison: Pick<Delivery, 'record' | 'eventID'>): Delivery {
  return { ...delivery, ...poison, sizeBytes: jsonBytes(poison.record), isPoison: true };
}

function jsonBytes(record: unknown): number {
  return Buffer.byteLength(JSON.stringify(record));
}

/** All records of an item go to the same lane, which keeps their order. */
function laneOf(record: PipeRecord, lanes: number): number {
  return hash32(JSON.stringify(record.dynamodb.Keys)) % lanes;
}
