/**
 * The faults of records in the pipe. `duplicate` and `reorder`: records of a lane come again, or come late.
 * `drop`: the pipe gives records up, and only its dead-letter queue knows their range. `vanish` (in
 * shard.ts): nothing knows of them, as after a pipe that was down for longer than the stream keeps its
 * records. `poison`: extra records that the target can never apply.
 */
import { hash } from 'node:crypto';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { isObject } from '../json.ts';
import type { Delivery } from './delivery.ts';
import type { PipeRecord } from './stream-source.ts';

/** The share of a batch that is held back when it loses records to a later one. */
const HELD_BACK_SHARE = 0.3;
/** After how many following batches at most the held ones come. */
const BATCHES_BETWEEN_MAX = 3;
/**
 * Neighbours that share one fate: what bisecting leaves of a batch when a partition takes no writes for an
 * hour.
 */
const DROPPED_TOGETHER = 20;
/** As many digits as AWS's event ids have. */
const EVENT_ID_DIGITS = 32;

/**
 * A slice of what the lane delivered before, to be merged with the batch that `cause` opens.
 * `cut`: the share of its size at which the batch is cut, so that the same records come in another cut.
 */
export function pickDuplicates(
  faults: FaultPlan,
  recent: readonly Delivery[],
  cause: Delivery,
  batchSize: number,
): { readonly duplicates: readonly Delivery[]; readonly cut: number } {
  if (recent.length === 0 || !faults.roll('duplicate')) return { duplicates: [], cut: 1 };
  const size = 1 + Math.floor(faults.random('duplicate') * Math.min(recent.length, batchSize));
  const start = Math.floor(faults.random('duplicate') * (recent.length - size + 1));
  const cut = faults.random('duplicate') < 0.5 ? 1 : faults.random('duplicate');
  const { arrivedAtMs, heldPosition } = cause;
  const duplicates = recent
    .slice(start, start + size)
    .map((delivery) => ({ ...delivery, arrivedAtMs, heldPosition, isDuplicate: true }));
  return { duplicates, cut };
}

export interface HeldBack {
  readonly deliveries: readonly Delivery[];
  readonly heldAtMs: number;
  /** Batches of the lane that go first. */
  batchesLeft: number;
  /** Counts the fault, once, when a later record was delivered before a held one. */
  noteOvertakenBy(batch: readonly Delivery[]): void;
}

/** A random part of the batch stays behind, as after an answer that named it. */
export function pickHeldBack(
  faults: FaultPlan,
  batch: readonly Delivery[],
  nowMs: number,
): { readonly delivered: readonly Delivery[]; readonly held?: HeldBack } {
  if (batch.length === 0 || !faults.roll('reorder')) return { delivered: batch };
  const always = Math.floor(faults.random('reorder') * batch.length);
  const isHeld = batch.map((_, i) => i === always || faults.random('reorder') < HELD_BACK_SHARE);
  const deliveries = batch.filter((_, i) => isHeld[i]);
  const firstOrder = Math.min(...deliveries.map(({ order }) => order));
  let isOvertaken = false;
  const held: HeldBack = {
    deliveries,
    heldAtMs: nowMs,
    batchesLeft: 1 + Math.floor(faults.random('reorder') * BATCHES_BETWEEN_MAX),
    noteOvertakenBy: (others) => {
      if (isOvertaken || !others.some(({ order }) => order > firstOrder)) return;
      isOvertaken = true;
      faults.happened('reorder');
    },
  };
  return { delivered: batch.filter((_, i) => !isHeld[i]), held };
}

/**
 * Rolls once for each group of neighbours in a batch; each dropped group becomes one dead-letter range.
 * Duplicates are not dropped, because they were delivered, and poison is not, because the stream does not
 * hold it.
 */
export function pickDropped(faults: FaultPlan, batch: readonly Delivery[]) {
  const kept: Delivery[] = [];
  const dropped: (readonly Delivery[])[] = [];
  for (let start = 0; start < batch.length; start += DROPPED_TOGETHER) {
    const group = batch.slice(start, start + DROPPED_TOGETHER);
    const isHit = faults.roll('drop');
    const lost = isHit ? group.filter(({ isDuplicate, isPoison }) => !isDuplicate && !isPoison) : [];
    kept.push(...group.filter((delivery) => !lost.includes(delivery)));
    if (lost.length > 0) dropped.push(lost);
  }
  return { kept, dropped };
}

/** Where a poison record goes: behind `neighbour`, a real record. */
export interface PoisonPlace {
  readonly neighbour: PipeRecord;
  /** Digits that make the record unique. */
  readonly nonce: string;
  readonly eventID: string;
}

/**
 * What can be wrong with a record depends on the table: the caller names the kinds and makes their records.
 */
export type PoisonKinds = Readonly<Record<string, (place: PoisonPlace) => unknown>>;

/** Made from its neighbour's sequence number, so that every delivery of it is the same. */
export function createPoison(
  faults: FaultPlan,
  kinds: PoisonKinds,
  neighbour: PipeRecord,
): Pick<Delivery, 'record' | 'eventID'> | undefined {
  const choices = Object.entries(kinds);
  if (choices.length === 0 || !faults.roll('poison')) return undefined;
  const choice = choices[Math.floor(faults.random('poison') * choices.length)];
  if (choice === undefined) return undefined;
  const [kind, create] = choice;
  const eventID = hash('sha256', `poison/${kind}/${neighbour.eventID}`, 'hex').slice(0, EVENT_ID_DIGITS);
  const record = create({ neighbour, nonce: neighbour.dynamodb.SequenceNumber, eventID });
  faults.happened('poison');
  // An answer cannot name a record whose malformation is its event id.
  return { record, eventID: isObject(record) && record['eventID'] === eventID ? eventID : undefined };
}
