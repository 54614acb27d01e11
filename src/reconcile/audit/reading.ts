/**
 * One reading of one restaurant: its rows, then its registers, then whether the guard stood still meanwhile. The
 * order matters: a transaction that commits in between is seen by the recount or not, but it moves the guard.
 */
import type { RestaurantId } from '../../counting/favourite-event.ts';
import type { ScannedPage } from '../../tables/dynamodb/scan.ts';
import {
  addToTally,
  compareCounts,
  type CountRow,
  type CountSettings,
  guardOf,
  type Revision,
  type RowCorrection,
  type Tally,
} from '../../counting/drift.ts';
import type { AuditStore } from './store.ts';

export interface ReadingContext extends CountSettings {
  readonly store: AuditStore;
  readonly clock: { nowMs(): number };
  readonly deadlineMs: number;
  readonly addReadUnits: (units: number) => void;
}

export interface Reading {
  readonly rows: readonly CountRow[];
  /** What would put the restaurant right, if nothing moves; empty when nothing differs. */
  readonly corrections: readonly RowCorrection[];
  /** The ALL_TIME row's revision, as it was among the rows. */
  readonly guard: Revision;
  /** And after the recount: another one tells that the reading is of two moments. */
  readonly guardAfter: Revision;
  readonly begunAtMs: number;
  readonly endedAtMs: number;
}

/**
 * Undefined when the time ran out. What an eventually consistent reading finds is a hint: it does not look at the
 * guard again.
 */
export async function readRestaurant(
  restaurantId: RestaurantId,
  { consistent }: { readonly consistent: boolean },
  context: ReadingContext,
): Promise<Reading | undefined> {
  const { store, clock, addReadUnits, timeWindows } = context;
  const begunAtMs = clock.nowMs();
  const rows: CountRow[] = [];
  const tally: Tally = new Map();
  const isWhole =
    (await readAll(
      (after) => store.queryCountRows(restaurantId, { consistent, ...after }),
      (some) => rows.push(...some),
    )) &&
    (await readAll(
      (after) => store.queryRegisters(restaurantId, { consistent, ...after }),
      (some) => {
        for (const { createdAt } of some) {
          if (createdAt !== undefined) addToTally(tally, createdAt, { timeWindows, nowMs: begunAtMs });
        }
      },
    ));
  if (!isWhole) return undefined;
  const guard = guardOf(rows);
  const after = consistent ? await store.readGuard(restaurantId) : { revision: guard, readUnits: 0 };
  addReadUnits(after.readUnits);
  const corrections = compareCounts(restaurantId, { rows, tally }, { ...context, nowMs: begunAtMs });
  return { rows, corrections, guard, guardAfter: after.revision, begunAtMs, endedAtMs: clock.nowMs() };

  async function readAll<T>(
    read: (after: { readonly after?: string }) => Promise<ScannedPage<T>>,
    add: (items: readonly T[]) => void,
  ): Promise<boolean> {
    let next: string | undefined;
    do {
      if (clock.nowMs() >= context.deadlineMs) return false;
      const page = await read(next === undefined ? {} : { after: next });
      addReadUnits(page.readUnits);
      add(page.items);
      next = page.next;
    } while (next !== undefined);
    return true;
  }
}
