/**
 * I4, heal: what differs between a favourite and its register, and the change that puts the register right. The
 * change keeps the register's position, so that an event still under way lands after it and wins, and leaves a
 * tombstone where no favourite is, so that an old event delivered again stays stale.
 */
import type { FavouriteChange } from '../commit/plan.ts';
import type { FavouriteKey, FavouriteRow } from './favourite-event.ts';
import { countedBy, isDamaged, isSameRegister, type StoredRegister } from './stored-register.ts';
import { EMPTY_POSITION, isStreamPosition } from './stream-position.ts';
import type { CreatedAt } from './time-window.ts';

/** One favourite as both tables showed it. Undefined: there was no row. */
export interface Observation {
  readonly key: FavouriteKey;
  readonly favourite: FavouriteRow | undefined;
  readonly register: StoredRegister | undefined;
}

/** Whether the register is not what the favourite asks for. A row that can never be counted asks for none. */
export function differs({ favourite, register }: Observation): boolean {
  return countedBy(register) !== wantedBy(favourite) || (register !== undefined && isDamaged(register));
}

/**
 * Whether the second observation shows the very difference that the first one did. Where either side moved in
 * between, an event was under way: that is no drift. Damage is none's doing, and may keep events out: there the
 * favourite may move.
 */
export function stillStands(first: Observation, second: Observation): boolean {
  if (!differs(second) || !isSameRegister(first.register, second.register)) return false;
  if (second.register !== undefined && isDamaged(second.register)) return true;
  return (
    first.favourite?.kind === second.favourite?.kind &&
    wantedBy(first.favourite) === wantedBy(second.favourite)
  );
}

/**
 * The change that ends the difference, on condition that the register is still the observed one.
 * Safe only when the favourite was read after the register: then an event that the reading missed either comes
 * before the commit, and fails its condition, or after it, and wins.
 */
export function healOf({ key, favourite, register }: Observation): FavouriteChange {
  const position = isStreamPosition(register?.position) ? register.position : EMPTY_POSITION;
  return {
    key,
    next: { position, createdAt: wantedBy(favourite) },
    expected: countedBy(register),
    oldestWrittenAtMs: undefined,
    guard: { register },
  };
}

/**
 * Whether events may have come and gone as stale because of the register's position: the favourite that healed it
 * may be older than they are, and must be read once more.
 */
export function mayHideEvents({ register }: Observation): boolean {
  return register !== undefined && !isStreamPosition(register.position);
}

function wantedBy(favourite: FavouriteRow | undefined): CreatedAt | undefined {
  return favourite?.kind === 'countable' ? favourite.createdAt : undefined;
}
