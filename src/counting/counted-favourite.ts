/**
 * The register of one favourite: a last-writer-wins value that holds what has been counted, and the stream
 * position of the event that decided it. An event with a higher position replaces it, and the counts change
 * by the difference between what the old and the new value contribute. Hence I1 (the counts are the sum of
 * the registers) and I2 (order, repetition and batching of the deliveries do not matter: the highest position
 * wins).
 *
 *     deliveries   +5 ──> −7 ──> +5 again (an answer was lost)
 *     register     +5     −7     −7: position 5 is below 7, stale
 *     count         1      0      0
 */
import type { FavouriteEvent } from './favourite-event.ts';
import type { RegisterKey } from './register-key.ts';
import { isStreamPosition, OPENED_POSITION, type StreamPosition } from './stream-position.ts';
import { type CreatedAt, type TimeWindow, type WindowCalendar, windowsOf } from './time-window.ts';

/** A register as events and heal write it. */
export interface Register {
  readonly position: StreamPosition;
  /** Undefined in a tombstone, which counts nothing. */
  readonly createdAt: CreatedAt | undefined;
}

/** `undefined`: the attribute is missing. `null`: it is not text, which only damage can cause. */
export type StoredText = string | null | undefined;

/** A register as stored, which may be damaged. */
export interface StoredRegister {
  readonly position: StoredText;
  readonly createdAt: StoredText;
  /** Whether TTL will delete it: correct for a tombstone, damage on a counted register. */
  readonly expires: boolean;
}

/** The replacement of one register. */
export interface FavouriteChange {
  readonly key: RegisterKey;
  readonly next: Register;
  readonly requires: Requirement;
  readonly oldestWrittenAtMs: number | undefined;
}

/** The condition on the register when it is replaced; if it fails, DynamoDB cancels the transaction. */
export type Requirement =
  /** For an event: the register must be older than the event, and must count what the deltas assume. */
  | {
      readonly kind: 'older-than-event';
      readonly event: FavouriteEvent;
      readonly counting: CreatedAt | undefined;
    }
  /**
   * For heal: the register must be unchanged since heal read it. Heal keeps the position, so no weaker
   * condition is safe.
   */
  | { readonly kind: 'exactly'; readonly register: StoredRegister | undefined };

/** `above`: at the floor of the ranking or higher. */
export type FloorSide = 'above' | 'below';

/** How the count of one window changes. */
export interface CountChange {
  readonly restaurantId: RegisterKey['restaurantId'];
  readonly window: TimeWindow;
  /** Zero only on ALL_TIME, when the deltas cancel out: the revision must still rise (I4). */
  readonly delta: number;
  /** Where a window has a floor: the side of it on which the new count is expected. */
  readonly side?: FloorSide;
}

export type Outcome = { readonly kind: 'stale' } | { readonly kind: 'applied'; readonly next: Register };

/**
 * The event is stale if the register has the same position or a higher one; otherwise it determines the next
 * register. A register with a missing or damaged position is older than every event.
 */
export function applyEvent(
  prior: Pick<StoredRegister, 'position'> | undefined,
  event: FavouriteEvent,
): Outcome {
  if (typeof prior?.position === 'string' && event.position <= prior.position) return { kind: 'stale' };
  return { kind: 'applied', next: registerAfter(event) };
}

/** The register that an event writes if it is not stale. */
export function registerAfter({ position, createdAt }: FavouriteEvent): Register {
  return { position, createdAt };
}

/** How the counts change when a register goes from `prior` to `next`. Unchanged windows are left out. */
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

/** The `created_at` that a change removes from the counts when it commits. */
export function replacedBy({ requires }: FavouriteChange): CreatedAt | undefined {
  return requires.kind === 'exactly' ? countedBy(requires.register) : requires.counting;
}

/** The `created_at` under which the counts include a register (I1). Any text counts, even damaged text. */
export function countedBy(register: Pick<StoredRegister, 'createdAt'> | undefined): CreatedAt | undefined {
  return (register?.createdAt ?? undefined) as CreatedAt | undefined;
}

/**
 * Whether the register has an invalid position, has been opened by heal but not settled, has a `created_at`
 * that is not text, or is counted although TTL would delete it.
 */
export function isDamaged({ position, createdAt, expires }: StoredRegister): boolean {
  const isSettled = isStreamPosition(position) && position !== OPENED_POSITION;
  return !isSettled || createdAt === null || (createdAt !== undefined && expires);
}
