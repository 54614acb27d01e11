/**
 * I4, the audit's comparison: what the count rows of a restaurant must be, from its registers and the settings,
 * and which of them are not. Windows past their retention, and those that are not kept, are no one's to touch.
 */
import type { Brand } from './brand.ts';
import type { RestaurantId } from './favourite-event.ts';
import { rankingKeyOf } from './ranking.ts';
import {
  ALL_TIME,
  type CreatedAt,
  expiresAtOf,
  isRetained,
  type TimeWindow,
  type TimeWindowSettings,
  windowsOf,
} from './time-window.ts';

/** A row's revision as it was read: the number's text, or one of the two words below. Compare with `===`. */
export type Revision = Brand<string, 'Revision'>;
/** There is no row, or the row has no revision. */
export const NO_REVISION = 'none' as Revision;
/** The attribute is there and is no number. */
export const DAMAGED_REVISION = 'damaged' as Revision;

/** A count row as it stands; what is missing or of another type than it should be is undefined. */
export interface CountRow {
  readonly restaurantId: RestaurantId;
  /** The sort key; it may name no window. */
  readonly window: TimeWindow;
  readonly count: number | undefined;
  readonly rankingKey: string | undefined;
  /** Epoch seconds; NaN for an attribute that is no number. */
  readonly expiresAt: number | undefined;
  readonly revision: Revision;
}

/** Counted registers by window: what the counts should be. */
export type Tally = Map<TimeWindow, number>;

/** A count row that is not what it should be, and what to write: on condition that its revision is still `was`. */
export interface RowCorrection {
  readonly window: TimeWindow;
  readonly was: Revision;
  readonly count: number;
  readonly rankingKey: string;
  readonly expiresAt: number | undefined;
}

export interface CountSettings {
  readonly timeWindows: TimeWindowSettings;
  readonly rankingShards: number;
}

/** Adds a counted register to every window it may lie in; those past their retention are left out in the end. */
export function addToTally(
  tally: Tally,
  createdAt: CreatedAt,
  o: { readonly timeWindows: TimeWindowSettings; readonly nowMs: number },
): void {
  for (const window of windowsOf(createdAt, { settings: o.timeWindows, nowMs: o.nowMs })) {
    tally.set(window, (tally.get(window) ?? 0) + 1);
  }
}

/** The rows to write, ALL_TIME first where it is among them. A window without a row counts zero. */
export function compareCounts(
  restaurantId: RestaurantId,
  { rows, tally }: { readonly rows: Iterable<CountRow>; readonly tally: ReadonlyMap<TimeWindow, number> },
  { timeWindows, rankingShards, nowMs }: CountSettings & { readonly nowMs: number },
): readonly RowCorrection[] {
  const byWindow = new Map(Array.from(rows, (row) => [row.window, row] as const));
  const corrections: RowCorrection[] = [];
  for (const window of new Set([ALL_TIME, ...byWindow.keys(), ...tally.keys()])) {
    if (!isRetained(window, { settings: timeWindows, nowMs })) continue;
    const row = byWindow.get(window);
    const due = {
      count: tally.get(window) ?? 0,
      rankingKey: rankingKeyOf(restaurantId, window, rankingShards),
      expiresAt: expiresAtOf(window, timeWindows),
    };
    if (row === undefined ? due.count !== 0 : !isAsDue(row, due)) {
      corrections.push({ window, was: row?.revision ?? NO_REVISION, ...due });
    }
  }
  return corrections;
}

/** The revision after `was`: the next number, or the first one where there was none that could be read. */
export function nextRevision(was: Revision): Revision {
  return (/^\d+$/.test(was) ? String(BigInt(was) + 1n) : '1') as Revision;
}

/** The revision that guards a restaurant: every change of what a register counts raises it. */
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
