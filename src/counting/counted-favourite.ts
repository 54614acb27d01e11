/**
 * The register of one favourite: a last-writer-wins value that says what has been counted and which stream
 * position said so. An event replaces it when its position is higher, and the counts move by the difference of
 * what the old and the new value contribute. Hence I1 (the counts are the sum of the registers) and I2 (the
 * order, number and cut of the deliveries do not matter: the highest position wins).
 *
 *     deliveries   +5 ──> −7 ──> +5 again (an answer was lost)
 *     register     +5     −7     −7: position 5 is below 7, stale
 *     count         1      0      0
 */
import type { FavouriteEvent } from './favourite-event.ts';
import type { StreamPosition } from './stream-position.ts';
import { type CreatedAt, type TimeWindow, type WindowCalendar, windowsOf } from './time-window.ts';

export interface Register {
  readonly position: StreamPosition;
  /** Undefined: not counted, a tombstone. */
  readonly createdAt: CreatedAt | undefined;
}

/** What changing one register does to the counts of its restaurant. Windows that do not move are left out. */
export type CountDeltas = ReadonlyMap<TimeWindow, number>;

export type Outcome = { readonly kind: 'stale' } | { readonly kind: 'applied'; readonly next: Register };

/** Stale when what the register holds is as new or newer; otherwise the register that `event` leaves behind. */
export function applyEvent(prior: Register | undefined, event: FavouriteEvent): Outcome {
  if (prior !== undefined && event.position <= prior.position) return { kind: 'stale' };
  const createdAt = event.change.kind === 'mark' ? event.change.createdAt : undefined;
  return { kind: 'applied', next: { position: event.position, createdAt } };
}

/** How the counts move when what a register counts goes from `prior` to `next`. */
export function countDeltas(
  { prior, next }: { readonly prior: CreatedAt | undefined; readonly next: CreatedAt | undefined },
  calendar: WindowCalendar,
): CountDeltas {
  const deltas = new Map<TimeWindow, number>();
  if (prior === next) return deltas;
  for (const window of next === undefined ? [] : windowsOf(next, calendar)) deltas.set(window, 1);
  for (const window of prior === undefined ? [] : windowsOf(prior, calendar)) {
    if (!deltas.delete(window)) deltas.set(window, -1);
  }
  return deltas;
}
