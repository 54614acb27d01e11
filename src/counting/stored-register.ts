/**
 * A register as it stands in the table, damage included: what heal compares, and what its commit is conditional
 * on. `Register` is what events make of it; this is what may be there.
 */
import { isStreamPosition } from './stream-position.ts';
import type { CreatedAt } from './time-window.ts';

/** `undefined`: the attribute is missing. `null`: it is there and is no text, which only damage leaves. */
export type StoredText = string | null | undefined;

export interface StoredRegister {
  readonly position: StoredText;
  readonly createdAt: StoredText;
  /** Whether TTL is to delete it: right for a tombstone, damage on a register that counts. */
  readonly expires: boolean;
}

/** What the counts hold of it, if they are its sum (I1): text counts, even where damage left it unreadable. */
export function countedBy(register: StoredRegister | undefined): CreatedAt | undefined {
  return (register?.createdAt ?? undefined) as CreatedAt | undefined;
}

/**
 * Whether something is wrong with it that no favourite explains: a position that events cannot be compared with,
 * a `created_at` that is no text, or a counted register that TTL would take out of the sum.
 */
export function isDamaged({ position, createdAt, expires }: StoredRegister): boolean {
  return !isStreamPosition(position) || createdAt === null || (createdAt !== undefined && expires);
}

export function isSameRegister(a: StoredRegister | undefined, b: StoredRegister | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.position === b.position && a.createdAt === b.createdAt && a.expires === b.expires;
}
