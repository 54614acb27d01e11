/**
 * Two scans side by side, paired by restaurant. Both tables have the restaurant as partition key, so that in
 * practice the same segment of both has the same restaurants in the same order; nothing here depends on it. Every
 * item that is added leaves in exactly one group, so that the groups of a restaurant sum up to its registers and
 * rows however they were cut: when none of them differs, the restaurant does not. What differs is read again whole.
 */
import type { RestaurantId } from '../../counting/favourite-event.ts';
import { addToTally, type CountRow, type CountSettings, type Tally } from '../../counting/drift.ts';
import type { CountedRegister } from '../../tables/counted-favourites.ts';

/** What the scans brought of one restaurant so far. */
export interface RestaurantGroup {
  readonly restaurantId: RestaurantId;
  readonly rows: readonly CountRow[];
  readonly tally: Tally;
}

export type ScannedSide = 'registers' | 'rows';

export interface ScanPairing {
  addRegisters(registers: readonly CountedRegister[]): void;
  addRows(rows: readonly CountRow[]): void;
  /** No more of it will come: what is missing on that side is not there. */
  end(side: ScannedSide): void;
  /** The side that is behind, and is to be read next. */
  behind(): ScannedSide;
  /** Groups that both scans have passed; all of them once the two that are open outgrow their bound. */
  take(): readonly RestaurantGroup[];
  /** What is left, at the end. */
  takeAll(): readonly RestaurantGroup[];
}

interface OpenGroup extends RestaurantGroup {
  readonly rows: CountRow[];
  readonly seenIn: Set<ScannedSide>;
}

export function pairScans(
  settings: Pick<CountSettings, 'timeWindows'> & { readonly nowMs: number },
  /** Rows and windows that are kept in memory: some 200 bytes each. */
  entriesMax = 50_000,
): ScanPairing {
  const groups = new Map<RestaurantId, OpenGroup>();
  const frontier = new Map<ScannedSide, RestaurantId>();
  const ended = new Set<ScannedSide>();
  /** Groups that only that side has seen. */
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
    addRegisters(registers) {
      for (const { restaurantId, createdAt } of registers) {
        const { tally } = groupOf(restaurantId, 'registers');
        entries -= tally.size;
        if (createdAt !== undefined) addToTally(tally, createdAt, settings);
        entries += tally.size;
      }
    },
    addRows(rows) {
      for (const row of rows) groupOf(row.restaurantId, 'rows').rows.push(row);
      entries += rows.length;
    },
    end(side) {
      ended.add(side);
    },
    behind() {
      if (ended.has('registers')) return 'rows';
      return ended.has('rows') || unpaired.registers <= unpaired.rows ? 'registers' : 'rows';
    },
    take() {
      const open = [...groups.values()];
      if (entries > entriesMax) return remove(open);
      return remove(open.filter((group) => isPassed(group, 'registers') && isPassed(group, 'rows')));
    },
    takeAll: () => remove([...groups.values()]),
  };
}

function otherSide(side: ScannedSide): ScannedSide {
  return side === 'rows' ? 'registers' : 'rows';
}
