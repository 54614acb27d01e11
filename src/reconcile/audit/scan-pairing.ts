/**
 * Pairs two scans, which run side by side, by restaurant. Both tables have the restaurant as partition key,
 * so in practice the same segment of both holds the same restaurants in the same order, but nothing here
 * depends on it. Every item ends up in exactly one group. So the groups of a restaurant add up to its
 * registers and rows, wherever the pages end: if no group differs, the restaurant does not differ. A
 * restaurant with a group that differs is read again.
 */
import type { RestaurantId } from '../../counting/register-key.ts';
import { addToTally, type CountRow, type Tally } from '../../counting/drift.ts';
import type { WindowCalendar } from '../../counting/time-window.ts';
import type { CountedRegister } from '../../tables/counted-favourites.ts';

/** The registers and rows of one restaurant that the scans have returned. */
export interface RestaurantGroup {
  readonly restaurantId: RestaurantId;
  readonly rows: readonly CountRow[];
  readonly tally: Tally;
}

export const scannedSides = ['registers', 'rows'] as const;
export type ScannedSide = (typeof scannedSides)[number];

interface OpenGroup extends RestaurantGroup {
  readonly rows: CountRow[];
  readonly seenIn: Set<ScannedSide>;
}

export function pairScans(
  calendar: WindowCalendar,
  /** How many rows and windows are kept in memory; each takes some 200 bytes. */
  entriesMax = 50_000,
) {
  const groups = new Map<RestaurantId, OpenGroup>();
  const frontier = new Map<ScannedSide, RestaurantId>();
  const ended = new Set<ScannedSide>();
  /** For each scan, the number of groups that the other scan has not returned yet. */
  const unpaired = { registers: 0, rows: 0 };
  let entries = 0;

  function groupOf(restaurantId: RestaurantId, side: ScannedSide): OpenGroup {
    frontier.set(side, restaurantId);
    let group = groups.get(restaurantId);
    if (group === undefined) {
      group = { restaurantId, rows: [], tally: new Map(), seenIn: new Set() };
      groups.set(restaurantId, group);
    }
    if (!group.seenIn.has(side)) {
      group.seenIn.add(side);
      if (group.seenIn.size === 1) unpaired[side] += 1;
      else unpaired[otherSide(side)] -= 1;
    }
    return group;
  }

  function isPassed({ restaurantId, seenIn }: OpenGroup, side: ScannedSide): boolean {
    return ended.has(side) || (seenIn.has(side) && frontier.get(side) !== restaurantId);
  }

  function remove(some: readonly OpenGroup[]): readonly RestaurantGroup[] {
    for (const { restaurantId, rows, tally, seenIn } of some) {
      groups.delete(restaurantId);
      entries -= rows.length + tally.size;
      if (seenIn.size === 1) unpaired[seenIn.has('rows') ? 'rows' : 'registers'] -= 1;
    }
    return some;
  }

  return {
    addRegisters(registers: readonly CountedRegister[]): void {
      for (const { restaurantId, createdAt } of registers) {
        const { tally } = groupOf(restaurantId, 'registers');
        entries -= tally.size;
        if (createdAt !== undefined) addToTally(tally, createdAt, calendar);
        entries += tally.size;
      }
    },
    addRows(rows: readonly CountRow[]): void {
      for (const row of rows) groupOf(row.restaurantId, 'rows').rows.push(row);
      entries += rows.length;
    },
    /** Marks a scan as finished: what it has not returned does not exist. */
    end(side: ScannedSide): void {
      ended.add(side);
    },
    /** The side to scan next. */
    behind(): ScannedSide {
      if (ended.has('registers')) return 'rows';
      return ended.has('rows') || unpaired.registers <= unpaired.rows ? 'registers' : 'rows';
    },
    /**
     * Removes and returns the groups that both scans have passed, or all groups if there are too many to
     * keep.
     */
    take(): readonly RestaurantGroup[] {
      const open = [...groups.values()];
      if (entries > entriesMax) return remove(open);
      return remove(open.filter((group) => isPassed(group, 'registers') && isPassed(group, 'rows')));
    },
    takeAll: (): readonly RestaurantGroup[] => remove([...groups.values()]),
  };
}

function otherSide(side: ScannedSide): ScannedSide {
  return side === 'rows' ? 'registers' : 'rows';
}
