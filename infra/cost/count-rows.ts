/** Which count rows a batch writes, and how many of them are in the index. */
import { keptKinds, type WindowKind } from '../../src/counting/time-window.ts';
import type { Load, Traffic } from './load.ts';
import { distinctRestaurants, type Popularity, touchedBy } from './popularity.ts';
import { DAYS_A_MONTH } from './prices.ts';

/** Days of one window. */
const spanDays: Readonly<Record<WindowKind, number>> = { YEAR: 365, MONTH: 30, WEEK: 7, DAY: 1 };
/** TransactWriteItems takes 100 actions: so many registers of one restaurant beside three count rows. */
const REGISTERS_OF_ONE_TRANSACTION = 97;
/** A row is deleted so many days after its retention (src/counting/time-window.ts). */
const DELETION_GRACE_DAYS = 7;
/** A window that is kept for ever is billed with the rows of so many days. */
export const FOREVER_DAYS = 365;

export interface KindRows {
  readonly kind: 'ALL_TIME' | WindowKind;
  /** Rows that one batch writes if its events share them. */
  readonly shared: number;
  /** Of `shared`, those with an index entry before or after the write. */
  readonly sharedRanked: number;
  /** Of one write for each event, those with an index entry. */
  readonly eventsRanked: number;
  /** Rows that a month adds, with an index entry from the start. */
  readonly newRankedPerMonth: number;
  /** Whether the aggregator must know the count before it writes. */
  readonly hasFloor: boolean;
  /** Rows in the table, and those of them in the index. */
  readonly stored: number;
  readonly storedRanked: number;
}

export function countRows(load: Load, traffic: Traffic, popularity: Popularity): readonly KindRows[] {
  const kinds = ['ALL_TIME', ...keptKinds(load.timeWindows)] as const;
  return kinds.map((kind) => kindRows(kind, load, traffic, popularity));
}

function kindRows(
  kind: 'ALL_TIME' | WindowKind,
  load: Load,
  { marks, unmarks }: Traffic,
  popularity: Popularity,
): KindRows {
  const isAllTime = kind === 'ALL_TIME';
  const ranked = load.ranking[kind] ?? 'on';
  // A mark counts in the current window. An un-mark counts in the window of its mark, which it shares with
  // others only if that window is ALL_TIME.
  const sharing = isAllTime ? marks + unmarks : marks;
  const alone = isAllTime ? 0 : unmarks;
  const perWindow = isAllTime ? load.favouritesStored : load.favouritesPerDay * spanDays[kind];
  const now = (share: number): number => rankedShare(ranked, perWindow * share, !isAllTime);
  const then = (share: number): number => rankedShare(ranked, perWindow * share, false);
  const rows = (share: number): number =>
    Math.max(touchedBy(sharing, share), (sharing * share) / REGISTERS_OF_ONE_TRANSACTION);
  const aloneRanked = alone === 0 ? 0 : alone * popularity.sum((share) => share * then(share));
  const inOneWindow = distinctRestaurants(popularity, perWindow);
  const windows = isAllTime ? 1 : windowsKept(kind, load);
  return {
    kind,
    shared: popularity.sum(rows) + alone,
    sharedRanked: popularity.sum((share) => rows(share) * now(share)) + aloneRanked,
    eventsRanked: sharing * popularity.sum((share) => share * now(share)) + aloneRanked,
    newRankedPerMonth: ranked === 'on' && !isAllTime ? (inOneWindow * DAYS_A_MONTH) / spanDays[kind] : 0,
    hasFloor: typeof ranked === 'number',
    stored: inOneWindow * windows,
    storedRanked: windows * popularity.sum((share) => touchedBy(perWindow, share) * then(share)),
  };
}

/**
 * The probability that a row is ranked when it is written. A window that fills reaches its floor after a part
 * of its time.
 */
function rankedShare(ranked: number | 'on' | 'off', countAtEnd: number, fills: boolean): number {
  if (typeof ranked !== 'number') return ranked === 'on' ? 1 : 0;
  if (countAtEnd < ranked) return 0;
  return fills ? 1 - ranked / countAtEnd : 1;
}

function windowsKept(kind: WindowKind, { timeWindows }: Load): number {
  const retention = timeWindows[kind] ?? 0;
  const days = retention === 'forever' ? FOREVER_DAYS : retention + DELETION_GRACE_DAYS;
  return Math.max(1, days / spanDays[kind]);
}
