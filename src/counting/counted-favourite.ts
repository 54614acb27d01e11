/**
 * The register of one favourite: a last-writer-wins value that says what has been counted and which stream
 * position said so. An event replaces it when its position is higher, and the counts move by the difference
 * of what the old and the new value contribute. Hence I1 (the counts are the sum of the registers) and I2
 * (the order, number and cut of the deliveries do not matter: the highest position wins).
 *
 *     deliveries   +5 ──> −7 ──> +5 again (an answer was lost)
 *     register     +5     −7     −7: position 5 is below 7, stale
 *     count         1      0      0
 */
import type { FavouriteEvent, FavouriteKey } from './favourite-event.ts';
import { isStreamPosition, type StreamPosition } from './stream-position.ts';
import { type CreatedAt, type TimeWindow, type WindowCalendar, windowsOf } from './time-window.ts';

/** A register as events and heal write it. */
export interface Register {
  readonly position: StreamPosition;
  /** Undefined: not counted, a tombstone. */
  readonly createdAt: CreatedAt | undefined;
}

/** `undefined`: the attribute is missing. `null`: it is not text, which only damage leaves. */
export type StoredText = string | null | undefined;

/** A register as it stands in the table, damage included. */
export interface StoredRegister {
  readonly position: StoredText;
  readonly createdAt: StoredText;
  /** Whether TTL will delete it: right for a tombstone, damage on a register that counts. */
  readonly expires: boolean;
}

/** The replacement of one register. */
export interface FavouriteChange {
  readonly key: FavouriteKey;
  readonly next: Register;
  readonly requires: Requirement;
  readonly oldestWrittenAtMs: number | undefined;
}

/** What must be true of the register when it is replaced; otherwise its transaction is cancelled. */
export type Requirement =
  /** An event's: the register is older than the event, and counts what the deltas were computed from. */
  | {
      readonly kind: 'older-than-event';
      readonly event: FavouriteEvent;
      readonly counting: CreatedAt | undefined;
    }
  /** Heal's: the register is as it was read. Heal keeps its position, so nothing weaker would do. */
  | { readonly kind: 'exactly'; readonly register: StoredRegister | undefined };

/** How the count of one window moves. */
export interface CountChange {
  readonly restaurantId: FavouriteKey['restaurantId'];
  readonly window: TimeWindow;
  /** Zero on ALL_TIME only: the deltas of registers cancel, but the revision must still move (I4). */
  readonly delta: number;
}

export type Outcome = { readonly kind: 'stale' } | { readonly kind: 'applied'; readonly next: Register };

/**
 * Stale when the register is as new or newer; otherwise the register that the event leaves behind. A register
 * whose position is missing or damaged is older than every event.
 */
export function applyEvent(
  prior: Pick<StoredRegister, 'position'> | undefined,
  event: FavouriteEvent,
): Outcome {
  if (typeof prior?.position === 'string' && event.position <= prior.position) return { kind: 'stale' };
  return { kind: 'applied', next: registerAfter(event) };
}

/** The register that an event leaves behind where it is not stale. */
export function registerAfter({ position, change }: FavouriteEvent): Register {
  return { position, createdAt: change.kind === 'mark' ? change.createdAt : undefined };
}

/** How the counts move when a register that counts `prior` counts `next`. Unmoved windows are left out. */
export function countDeltas(
  { prior, next }: { readonly prior: CreatedAt | undefined; readonly next: CreatedAt | undefined },
  calendar: WindowCalendar,
): ReadonlyMap<TimeWindow, number> {
  const deltas = new Map<TimeWindow, number>();
  if (prior === next) return deltas;
  for (const window of next === undefined ? [] : windowsOf(next, calendar)) deltas.set(window, 1);
  for (const window of prior === undefined ? [] : windowsOf(prior, calendar)) {
    if (!deltas.delete(window)) deltas.set(window, -1);
  }
  return deltas;
}

/** What a change takes out of the counts when it commits. */
export function replacedBy({ requires }: FavouriteChange): CreatedAt | undefined {
  return requires.kind === 'exactly' ? countedBy(requires.register) : requires.counting;
}

/** What the counts hold of a register (I1). Any text counts, even text that damage made unreadable. */
export function countedBy(register: Pick<StoredRegister, 'createdAt'> | undefined): CreatedAt | undefined {
  return (register?.createdAt ?? undefined) as CreatedAt | undefined;
}

/**
 * Damage that no favourite explains: a position that events cannot be compared with, a `created_at` that is
 * not text, or a counted register that TTL would delete.
 */
export function isDamaged({ position, createdAt, expires }: StoredRegister): boolean {
  return !isStreamPosition(position) || createdAt === null || (createdAt !== undefined && expires);
}
