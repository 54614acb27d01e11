/**
 * One reading of one restaurant: its rows, then its registers, then the guard again, to see whether the
 * restaurant has changed meanwhile. The order matters: a transaction that commits in between always changes
 * the guard, whether or not the recount sees it.
 */
import {
  addToTally,
  compareCounts,
  type CountRow,
  guardOf,
  type Revision,
  type RowCorrection,
  type Tally,
} from '../../counting/drift.ts';
import type { RestaurantId } from '../../counting/register-key.ts';
import { orStopHere } from '../../tables/dynamodb/errors.ts';
import type { ScannedPage } from '../../tables/dynamodb/scan.ts';
import type { StepContext } from './context.ts';

export interface Reading {
  readonly rows: readonly CountRow[];
  /** The corrections that the restaurant needs if nothing else changes; empty if nothing differs. */
  readonly corrections: readonly RowCorrection[];
  /** The revision of the ALL_TIME row, read with the other rows. */
  readonly guard: Revision;
  /**
   * The guard after the recount. If it differs, the rows and the registers come from two different moments.
   */
  readonly guardAfter: Revision;
  readonly begunAtMs: number;
  readonly endedAtMs: number;
}

/**
 * Undefined when the time ran out, or when a read failed that may succeed later. So one throttled restaurant
 * does not undo the work of the whole step. An eventually consistent reading does not read the guard again.
 */
export async function readRestaurant(
  restaurantId: RestaurantId,
  how: { readonly consistent: boolean },
  context: StepContext,
): Promise<Reading | undefined> {
  return orStopHere(readAsItIs(restaurantId, how, context), true);
}

async function readAsItIs(
  restaurantId: RestaurantId,
  { consistent }: { readonly consistent: boolean },
  context: StepContext,
): Promise<Reading | undefined> {
  const { store, clock, add } = context;
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
          if (createdAt !== undefined) addToTally(tally, createdAt, { ...context, nowMs: begunAtMs });
        }
      },
    ));
  if (!isWhole) return undefined;
  const guard = guardOf(rows);
  const after = consistent ? await store.readGuard(restaurantId) : { revision: guard, readUnits: 0 };
  add({ readUnits: after.readUnits });
  const corrections = compareCounts(restaurantId, { rows, tally }, { ...context, nowMs: begunAtMs });
  return { rows, corrections, guard, guardAfter: after.revision, begunAtMs, endedAtMs: clock.nowMs() };

  async function readAll<T>(
    read: (after: { readonly after?: string }) => Promise<ScannedPage<T>>,
    take: (items: readonly T[]) => void,
  ): Promise<boolean> {
    let next: string | undefined;
    do {
      if (clock.nowMs() >= context.deadlineMs) return false;
      const page = await read(next === undefined ? {} : { after: next });
      add({ readUnits: page.readUnits });
      take(page.items);
      next = page.next;
    } while (next !== undefined);
    return true;
  }
}
