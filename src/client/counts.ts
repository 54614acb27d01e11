/** The counts of restaurants by window. A window without a row, or past its retention, counts 0. */
import { isRetained, type WindowCalendar } from '../counting/time-window.ts';
import { BadInputError } from './bad-input.ts';
import type { CountsOptions, RestaurantCounts } from './favourite-counts-client.ts';
import { checkRestaurantId, isListOf } from './input.ts';
import type { ClientStore } from './store.ts';
import { readWindows } from './window.ts';

/** Restaurants in one call; more than a page shows. */
const RESTAURANTS_MAX = 100;

export async function countsOf(
  { store, calendar }: { readonly store: ClientStore; readonly calendar: WindowCalendar },
  restaurantIds: readonly string[],
  options: CountsOptions = {},
): Promise<readonly RestaurantCounts[]> {
  if (!isListOf(RESTAURANTS_MAX, restaurantIds)) {
    const expected = `a list of at most ${RESTAURANTS_MAX} ids; split a longer one into several calls`;
    throw new BadInputError('restaurant-id', `restaurantIds must be ${expected}`);
  }
  // A hole in the list is an id that is missing, which `map` would skip.
  const ids = Array.from(restaurantIds, (id, at) => checkRestaurantId(id, `restaurantIds[${at}]`));
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
