/**
 * The fault `poison`: extra records that no aggregator can ever apply, of many kinds. Each is unique and follows a real record,
 * from whose sequence number it is made, so that every delivery of it is the same.
 */
import { hash } from 'node:crypto';
import type { FaultPlan } from './fault-plan.ts';
import { createMalformedRecord, type NeighbourRecord, poisonKinds } from './poison-kinds.ts';

/** Digits of an eventID, as AWS's have. */
const EVENT_ID_DIGITS = 32;

export interface Poison {
  readonly record: unknown;
  /** As an answer can name it; undefined where that is the malformation. */
  readonly eventID: string | undefined;
}

/** Rolls for the record, which is in the stream; the poison goes right behind it. */
export function createPoison(options: {
  readonly faults: FaultPlan;
  readonly neighbour: NeighbourRecord;
}): Poison | undefined {
  const { faults, neighbour } = options;
  if (!faults.roll('poison')) return undefined;
  const kind = poisonKinds[Math.floor(faults.random('poison') * poisonKinds.length)];
  if (kind === undefined) return undefined;
  const nonce = neighbour.dynamodb.SequenceNumber;
  const eventID = hash('sha256', `poison/${kind}/${neighbour.eventID}`, 'hex').slice(0, EVENT_ID_DIGITS);
  const record = createMalformedRecord({ kind, nonce, eventID, neighbour });
  faults.happened('poison');
  const isNamed =
    typeof record === 'object' && record !== null && 'eventID' in record && record.eventID === eventID;
  return { record, eventID: isNamed ? eventID : undefined };
}
