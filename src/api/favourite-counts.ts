/** The counts of one restaurant in the windows that are asked for. */
import type { RestaurantId } from '../counting/favourite-event.ts';
import { isRetained, type WindowCalendar } from '../counting/time-window.ts';
import type { Query } from './query-string.ts';
import { readWindows } from './window.ts';
import type { ApiStore } from './store.ts';

/** A window without a row, or past its retention, counts 0. @throws {Problem} */
export async function readFavouriteCounts(
  restaurantId: RestaurantId,
  query: Query,
  { store, calendar }: { readonly store: ApiStore; readonly calendar: WindowCalendar },
) {
  const windows = readWindows(query['windows'], calendar);
  const retained = windows.filter((window) => isRetained(window, calendar));
  const rows = retained.length === 0 ? [] : await store.counts(restaurantId, retained);
  const counts = new Map(rows.map(({ window, favouriteCount }) => [window, favouriteCount]));
  return {
    restaurant_id: restaurantId,
    // Less than none is damage that waits for its audit.
    counts: Object.fromEntries(windows.map((window) => [window, Math.max(0, counts.get(window) ?? 0)])),
    updated_at: latest(rows.map(({ updatedAt }) => updatedAt)),
  };
}

function latest(times: readonly (string | undefined)[]): string | null {
  return times.reduce<string | null>(
    (last, time) => (time !== undefined && (last === null || time > last) ? time : last),
    null,
  );
}
