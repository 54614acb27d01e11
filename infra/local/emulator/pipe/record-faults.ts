/**
 * The faults that the pipe injects into its records:
 *
 * - `duplicate`: a lane delivers records again;
 * - `reorder`: a lane delivers records late;
 * - `drop`: the pipe gives up on records, and sends their range to the dead-letter queue;
 * - `vanish` (in shard.ts): records are lost silently, as when a pipe is down for longer than the retention
 *   of the stream;
 * - `poison`: the pipe delivers extra records that the target can never apply.
 */
import { hash } from 'node:crypto';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { isObject } from '../json.ts';
import type { Delivery } from './delivery.ts';
import type { PipeRecord } from './stream-source.ts';

/** The share of a batch that `reorder` holds back. */
const HELD_BACK_SHARE = 0.3;
/** Maximum number of batches that overtake the records that `reorder` holds back. */
const BATCHES_BETWEEN_MAX = 3;
/** `drop` takes neighbours together, as when a pipe gives up on all records of an outage. */
const DROPPED_TOGETHER = 20;
/** On AWS an eventID has 32 hex digits. */
const EVENT_ID_DIGITS = 32;

/**
 * Picks some of the records that the lane has delivered, to queue them in front of `cause`, the first record
 * of the next batch. `cut` scales the size of the next batch, so that the records are batched
 * differently.
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
  /** Number of batches that the lane still delivers before these records. */
  batchesLeft: number;
  /** Counts the fault when a newer record is delivered before a held one, but only the first time. */
  noteOvertakenBy(batch: readonly Delivery[]): void;
}

/** Holds back a random part of the batch, as if the target had reported it as failed. */
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
 * Decides at random for each group of neighbours in a batch. Each dropped group becomes one dead-letter
 * range. Duplicates are never dropped, because the lane has already delivered them. Poison is never dropped,
 * because it is not in the stream.
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

/** Where to inject a poison record: after `neighbour`, a real record. */
export interface PoisonPlace {
  readonly neighbour: PipeRecord;
  /** Digits that make the record unique. */
  readonly nonce: string;
  readonly eventID: string;
}

/**
 * Functions that make poison records, by name. The caller provides them, because they depend on its table.
 */
export type PoisonKinds = Readonly<Record<string, (place: PoisonPlace) => unknown>>;

/** Derives the poison record from its neighbour alone, so that every delivery of it is identical. */
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
  // A list of failures cannot name a record whose eventID is malformed.
  return { record, eventID: isObject(record) && record['eventID'] === eventID ? eventID : undefined };
}
