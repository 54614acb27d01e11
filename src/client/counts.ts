/** The counts of restaurants by window. A window without a row, or past its retention, counts 0. */
import { isRetained, type WindowCalendar } from '../counting/time-window.ts';
import { BadInputError, checkRestaurantId, isListOf } from './input.ts';
import type { ClientStore } from './store.ts';
import { readWindows } from './window.ts';

export interface RestaurantCounts {
  readonly restaurantId: string;
  /** By the name of the window, such as `AUG_2022`, also where the caller said `THIS_MONTH`. */
  readonly counts: Readonly<Record<string, number>>;
  /** When one of these counts last changed, such as `2022-08-01T12:00:00.000Z`; null if none ever did. */
  readonly updatedAt: string | null;
}

export interface CountsOptions {
  /**
   * At most 100 names: `ALL_TIME`, a window such as `AUG_2022`, or a present one such as `THIS_MONTH`. By
   * default `ALL_TIME` and the present window of each kind.
   */
  readonly windows?: readonly string[] | undefined;
}

/** Restaurants in one call. A page shows fewer. */
const RESTAURANTS_MAX = 100;

export async function countsOf(
  { store, calendar }: { readonly store: ClientStore; readonly calendar: WindowCalendar },
  restaurantIds: readonly string[],
  options: CountsOptions = {},
): Promise<readonly RestaurantCounts[]> {
  if (!isListOf(RESTAURANTS_MAX, restaurantIds)) {
    const expected = `a list of at most ${RESTAURANTS_MAX} ids; ask in parts`;
    throw new BadInputError('restaurant-id', `restaurantIds must be ${expected}`);
  }
  const ids = restaurantIds.map((id, at) => checkRestaurantId(id, `restaurantIds[${at}]`));
  const windows = readWindows(options.windows, calendar);
  const retained = windows.filter((window) => isRetained(window, calendar));
  const keys = ids.flatMap((restaurantId) => retained.map((window) => ({ restaurantId, window })));
  const rows = keys.length === 0 ? [] : await store.counts(keys);

  return ids.map((restaurantId, at) => {
    const own = rows.slice(at * retained.length, (at + 1) * retained.length);
    const counts = new Map(retained.map((window, index) => [window, own[index]?.favouriteCount ?? 0]));
    // A count below 0 is damage that the next audit repairs.
    const shown = windows.map((window) => [window, Math.max(0, counts.get(window) ?? 0)] as const);
    const changes = own.flatMap((row) => row?.updatedAt ?? []).toSorted();
    return { restaurantId, counts: Object.fromEntries(shown), updatedAt: changes.at(-1) ?? null };
  });
}
