/** The floors that rank about a hundred restaurants of a load, as the variable RANKING. */
import { plainWindows, windowKindsInOrder } from './favourite-change.ts';
import type { LoadEvent } from './loads.ts';

const RANKED = 100;

/** For each kind of window the count of rank 100 in the window with the most favourites. */
export function top100Of(events: readonly LoadEvent[]): string {
  return windowKindsInOrder
    .map((kind, index) => {
      const windows = Map.groupBy(events, ({ createdAt }) => plainWindows(createdAt)[index]);
      const [fullest = []] = [...windows.values()].toSorted((a, b) => b.length - a.length);
      const counts = new Map<string, number>();
      for (const { restaurantId, isMark } of fullest) {
        counts.set(restaurantId, (counts.get(restaurantId) ?? 0) + (isMark ? 1 : -1));
      }
      const highest = [...counts.values()].toSorted((a, b) => b - a);
      return `${kind}:${Math.max(1, highest[Math.min(RANKED, highest.length) - 1] ?? 1)}`;
    })
    .join();
}
