/**
 * The fault `poison`: extra records that the target can never apply. Each is unique and follows a real record, from
 * whose sequence number it is made, so that every delivery of it is the same.
 */
import { hash } from 'node:crypto';
import { isObject } from '../json.ts';
import type { FaultPlan } from './fault-plan.ts';

/** Where a poison record goes: behind `neighbour`, a real record. */
export interface PoisonPlace {
  readonly neighbour: { readonly eventID: string; readonly dynamodb: { readonly SequenceNumber: string } };
  /** Digits that make the record unique. */
  readonly nonce: string;
  readonly eventID: string;
}

/** What can be wrong with a record depends on the table: the caller names the kinds and makes their records. */
export type PoisonKinds = Readonly<Record<string, (place: PoisonPlace) => unknown>>;

/** As many digits as AWS's have. */
const EVENT_ID_DIGITS = 32;

export interface Poison {
  readonly record: unknown;
  /** Undefined where the malformation is that an answer cannot name it. */
  readonly eventID: string | undefined;
}

/** Rolls for one record. */
export function createPoison(
  faults: FaultPlan,
  kinds: PoisonKinds,
  neighbour: PoisonPlace['neighbour'],
): Poison | undefined {
  const choices = Object.entries(kinds);
  if (choices.length === 0 || !faults.roll('poison')) return undefined;
  const choice = choices[Math.floor(faults.random('poison') * choices.length)];
  if (choice === undefined) return undefined;
  const [kind, create] = choice;
  const eventID = hash('sha256', `poison/${kind}/${neighbour.eventID}`, 'hex').slice(0, EVENT_ID_DIGITS);
  const record = create({ neighbour, nonce: neighbour.dynamodb.SequenceNumber, eventID });
  faults.happened('poison');
  return { record, eventID: isObject(record) && record['eventID'] === eventID ? eventID : undefined };
}
