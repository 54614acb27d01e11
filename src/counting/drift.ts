/**
 * The comparisons of I4: which register differs from its favourite (heal), which count differs from its
 * registers (audit), and the write that corrects each.
 */
import type { Brand } from './brand.ts';
import { countedBy, type FavouriteChange, isDamaged, type StoredRegister } from './counted-favourite.ts';
import { type FavouriteRow, isSameRegister } from './mapping.ts';
import { isRanked, rankingKeyOf, type RankingSettings } from './ranking.ts';
import type { RegisterKey, RestaurantId } from './register-key.ts';
import { EMPTY_POSITION, isStreamPosition, OPENED_POSITION, type StreamPosition } from './stream-position.ts';
import {
  ALL_TIME,
  type CreatedAt,
  expiresAtOf,
  isRetained,
  type TimeWindow,
  type WindowCalendar,
  type WindowSettings,
  windowsOf,
} from './time-window.ts';

/** One register, and the row that it belongs to, as read from both tables. A missing one is undefined. */
export interface Observation {
  readonly key: RegisterKey;
  /** The row may name another register, or none. */
  readonly favourite: FavouriteRow | undefined;
  readonly register: StoredRegister | undefined;
}

/** Whether the register is damaged, or counts something other than its favourite requires. */
export function differs(observation: Observation): boolean {
  const { register } = observation;
  return countsWrong(observation) || (register !== undefined && isDamaged(register));
}

export function countsWrong({ key, favourite, register }: Observation): boolean {
  return countedBy(register) !== wanted({ key, favourite });
}

/**
 * A difference is drift only if this text stays the same during the grace period. It holds the register and
 * the `created_at` that the favourite requires; if either changes, an event was in flight. It leaves out the
 * favourite if the register is damaged, because a damaged register may make events look stale.
 */
export function evidenceOf({ key, favourite, register }: Observation): string {
  const wants = { wanted: wanted({ key, favourite }) };
  if (register === undefined) return JSON.stringify(wants);
  const { position, createdAt, expires } = register;
  return JSON.stringify({ position, createdAt, expires, ...(isDamaged(register) ? {} : wants) });
}

/**
 * The change that corrects the difference. It keeps the register's position, so that an event still in flight
 * has a higher one and wins. Without a favourite it writes a tombstone, so that an old event that is
 * redelivered stays stale.
 *
 * Safe only if the favourite was read after the register. An event that these reads missed then commits
 * either before this change, whose condition fails, or after it, and wins.
 */
export function healOf({ key, favourite, register }: Observation): FavouriteChange {
  return {
    key,
    next: { position: healedPosition(register), createdAt: wanted({ key, favourite }) },
    requires: { kind: 'exactly', register },
    oldestWrittenAtMs: undefined,
  };
}

function healedPosition(register: StoredRegister | undefined): StreamPosition {
  if (register === undefined) return EMPTY_POSITION;
  return isStreamPosition(register.position) ? register.position : OPENED_POSITION;
}

/**
 * Whether the register's position may have made newer events look stale. The favourite that was read for the
 * correction may be older than those events, so it must be read again.
 */
export function mayHideEvents({ register }: Observation): boolean {
  return register !== undefined && !isStreamPosition(register.position);
}

/**
 * Gives a register with an unreadable position one that every event beats, and leaves what it counts. Nobody
 * knows which events the register had applied, so an old one that is still in flight may now win. Heal
 * therefore settles the register only after the grace period, when that event has arrived. If it settled the
 * register at once, the register would count the old event until the next run.
 */
export function openingOf({ key, register }: Observation): FavouriteChange {
  return {
    key,
    next: { position: OPENED_POSITION, createdAt: countedBy(register) },
    requires: { kind: 'exactly', register },
    oldestWrittenAtMs: undefined,
  };
}

/** Whether the register was opened, and no event has come since. */
export function isOpened({ register }: Observation): boolean {
  return register?.position === OPENED_POSITION;
}

/** The same as {@link healOf} after the grace period: an opened register is then settled. */
export function settledHealOf(observation: Observation): FavouriteChange {
  const change = healOf(observation);
  return isOpened(observation) ? { ...change, next: { ...change.next, position: EMPTY_POSITION } } : change;
}

/** Whether the row counts and names the register, so that the register must count it. */
export function isCounting(observation: Pick<Observation, 'key' | 'favourite'>): boolean {
  return wanted(observation) !== undefined;
}

/** What the register must count: its row's `created_at`, if the row counts and names this register. */
function wanted({ key, favourite }: Pick<Observation, 'key' | 'favourite'>): CreatedAt | undefined {
  return favourite?.kind === 'countable' && isNamedBy(favourite, key) ? favourite.createdAt : undefined;
}

/**
 * Whether the row names this register. It does not after a move to another restaurant, or if it is another
 * kind of item by now.
 */
export function isNamedBy(favourite: FavouriteRow | undefined, key: RegisterKey): boolean {
  return isSameRegister(favourite?.key, key);
}

/** Whether the correction would take a favourite out of the counts. A change of its date does not. */
export function uncounts(observation: Observation): boolean {
  return countedBy(observation.register) !== undefined && wanted(observation) === undefined;
}

/** A row's revision as it was read: the number's text, or one of the two words below. Compare with `===`. */
export type Revision = Brand<string, 'Revision'>;
/** There is no row, or the row has no revision. */
export const NO_REVISION = 'none' as Revision;
/** The attribute exists but is not a number. */
export const DAMAGED_REVISION = 'damaged' as Revision;

/** A count row as stored; an attribute that is missing or of the wrong type is undefined. */
export interface CountRow {
  readonly restaurantId: RestaurantId;
  /** The sort key; damage may leave one that is not a window. */
  readonly window: TimeWindow;
  readonly count: number | undefined;
  readonly rankingKey: string | undefined;
  /** Epoch seconds; NaN for an attribute that is not a number. */
  readonly expiresAt: number | undefined;
  readonly revision: Revision;
}

/** Counted registers by window: what the counts should be. */
export type Tally = Map<TimeWindow, number>;

/** The correct content of a count row, written on condition that its revision is still `was`. */
export interface RowCorrection {
  readonly window: TimeWindow;
  readonly was: Revision;
  readonly count: number;
  /** Undefined for a row that is not ranked. */
  readonly rankingKey: string | undefined;
  readonly expiresAt: number | undefined;
}

export interface CountSettings extends WindowSettings {
  readonly rankingShards: number;
  /** Every window is ranked if this is absent. */
  readonly ranking?: RankingSettings;
}

/** Adds a counted register to each of its windows. */
export function addToTally(tally: Tally, createdAt: CreatedAt, calendar: WindowCalendar): void {
  for (const window of windowsOf(createdAt, calendar)) {
    tally.set(window, (tally.get(window) ?? 0) + 1);
  }
}

/**
 * The rows to write, ALL_TIME first if it is among them. A window without a row counts zero. Windows that are
 * past their retention, or that the settings do not keep, are left alone.
 */
export function compareCounts(
  restaurantId: RestaurantId,
  { rows, tally }: { readonly rows: Iterable<CountRow>; readonly tally: ReadonlyMap<TimeWindow, number> },
  settings: CountSettings & WindowCalendar,
): readonly RowCorrection[] {
  const byWindow = new Map(Array.from(rows, (row) => [row.window, row] as const));
  const corrections: RowCorrection[] = [];
  for (const window of new Set([ALL_TIME, ...byWindow.keys(), ...tally.keys()])) {
    if (!isRetained(window, settings)) continue;
    const row = byWindow.get(window);
    const count = tally.get(window) ?? 0;
    const due = {
      count,
      // By the count that is due: the one that is stored may be damaged.
      rankingKey: isRanked(window, count, settings.ranking)
        ? rankingKeyOf(restaurantId, window, settings.rankingShards)
        : undefined,
      expiresAt: expiresAtOf(window, settings),
    };
    if (row === undefined ? due.count !== 0 : !isAsDue(row, due)) {
      corrections.push({ window, was: row?.revision ?? NO_REVISION, ...due });
    }
  }
  return corrections;
}

/** The revision after `was`: the next number, or 1 after a revision that is missing or damaged. */
export function nextRevision(was: Revision): Revision {
  return (/^\d+$/.test(was) ? String(BigInt(was) + 1n) : '1') as Revision;
}

/**
 * The revision of the ALL_TIME row. Every change of what a register counts raises it, so while it stays the
 * same, no register of the restaurant has changed what it counts.
 */
export function guardOf(rows: Iterable<CountRow>): Revision {
  for (const { window, revision } of rows) if (window === ALL_TIME) return revision;
  return NO_REVISION;
}

function isAsDue(row: CountRow, due: Pick<RowCorrection, 'count' | 'rankingKey' | 'expiresAt'>): boolean {
  return (
    row.count === due.count &&
    row.rankingKey === due.rankingKey &&
    row.expiresAt === due.expiresAt &&
    /^\d+$/.test(row.revision)
  );
}
