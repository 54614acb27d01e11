/**
 * The differences that a consistent read confirmed, as digests: a difference is drift only if it shows the
 * same evidence after the grace period (I4). Digests are small enough to be kept in the state machine during
 * the wait. They are salted with the run's id, so that the history of the execution reveals no user.
 */
import { differs, evidenceOf, isOpened, type Observation } from '../../counting/drift.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { sha256 } from '../../lambda/sha256.ts';

/** Maps the digest of a favourite's key to the digest of its evidence. */
export type Suspects = Map<string, string>;

/** 60 bits: among 400,000 rows and 6,000 suspects two keys share a digest once in 10^9 stretches. */
const KEY_LENGTH = 10;
/** 24 bits: one in 16 million suspects that changed looks unchanged, and its commit is conditional anyway. */
const EVIDENCE_LENGTH = 4;

/** Stands for the evidence of an opened register, which any event in flight may change. */
const OPENED = '*'.repeat(EVIDENCE_LENGTH);

export function suspectsOf(confirmed: readonly Observation[], runId: string): Suspects {
  return new Map(
    confirmed.map((seen) => [
      keyDigest(seen.key, runId),
      isOpened(seen) ? OPENED : evidenceDigest(seen, runId),
    ]),
  );
}

/**
 * Whether the observation shows the same difference that was confirmed before. For a register that was opened
 * before the grace period, any difference stands: an event that was in flight then may have changed it.
 */
export function stillStands(seen: Observation, suspects: Suspects, runId: string): boolean {
  const confirmed = suspects.get(keyDigest(seen.key, runId));
  return differs(seen) && (confirmed === OPENED || confirmed === evidenceDigest(seen, runId));
}

/** Whether the register was opened before the grace period, and an event has made it agree with its row. */
export function wasReplaced(seen: Observation, suspects: Suspects, runId: string): boolean {
  return !differs(seen) && suspects.get(keyDigest(seen.key, runId)) === OPENED;
}

export function keyDigest({ restaurantId, rowId }: RegisterKey, runId: string): string {
  return sha256(JSON.stringify([runId, restaurantId, rowId])).slice(0, KEY_LENGTH);
}

function evidenceDigest(seen: Observation, runId: string): string {
  const { restaurantId, rowId } = seen.key;
  return sha256(JSON.stringify([runId, restaurantId, rowId, evidenceOf(seen)])).slice(0, EVIDENCE_LENGTH);
}

export function writeSuspects(suspects: Suspects): string {
  return [...suspects].flat().join('');
}

export function parseSuspects(text: string): Suspects {
  const length = KEY_LENGTH + EVIDENCE_LENGTH;
  const suspects: Suspects = new Map();
  for (let at = 0; at < text.length; at += length) {
    suspects.set(text.slice(at, at + KEY_LENGTH), text.slice(at + KEY_LENGTH, at + length));
  }
  return suspects;
}
