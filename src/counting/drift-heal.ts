/**
 * I4, heal: what differs between a favourite and its register, and the change that puts the register right. The
 * change keeps the register's position, so that an event still under way lands after it and wins, and leaves a
 * tombstone where no favourite is, so that an old event delivered again stays stale.
 */
import type { FavouriteChange } from './commit-plan.ts';
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
 * between, an event was under way: that is no drift.
 */
export function stillStands(first: Observation, second: Observation): boolean {
  return (
    differs(second) &&
    isSameRegister(first.register, second.register) &&
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

function wantedBy(favourite: FavouriteRow | undefined): CreatedAt | undefined {
  return favourite?.kind === 'countable' ? favourite.createdAt : undefined;
}
