/** The client on top of a store: every method that application code and the API use, without HTTP. */
import type { RankingSettings } from '../counting/ranking.ts';
import type { WindowSettings } from '../counting/time-window.ts';
import { countsOf } from './counts.ts';
import type { FavouriteCountsClient, RestaurantCounts } from './favourite-counts-client.ts';
import { favourite, favouritesOf, mark, unmark } from './favourites.ts';
import { checkRestaurantId } from './input.ts';
import { ranking } from './ranking.ts';
import type { ClientStore } from './store.ts';

export interface ClientParts {
  readonly store: ClientStore;
  readonly settings: WindowSettings & {
    /** The number of shards to read. */
    readonly rankingShards: number;
    /** The floors to read from; every window is ranked if this is absent. */
    readonly ranking?: RankingSettings | undefined;
  };
  readonly clock: { readonly nowMs: () => number };
}

export function clientOver({ store, settings, clock }: ClientParts): FavouriteCountsClient {
  const { timeWindows, timeZone, rankingShards: shards } = settings;
  const { ranking: floors } = settings;
  const tables = () => ({
    store,
    calendar: { timeWindows, timeZone, nowMs: clock.nowMs() },
    shards,
    ranking: floors,
  });
  return {
    mark: (ids) => mark(store, given(ids), clock.nowMs()),
    unmark: (ids) => unmark(store, given(ids)),
    favourite: (ids) => favourite(store, given(ids)),
    favouritesOf: (userId, options) => favouritesOf(store, userId, given(options)),
    counts: async (restaurantId, options) => {
      checkRestaurantId(restaurantId);
      const [counts] = await countsOf(tables(), [restaurantId], given(options));
      return counts as RestaurantCounts;
    },
    countsOf: (restaurantIds, options) => countsOf(tables(), restaurantIds, given(options)),
    ranking: (options) => ranking(tables(), given(options)),
  };
}

/** Callers in JavaScript pass null for what they leave out, also for a single option. */
function given<T extends object>(members: T | null | undefined): T {
  const present = Object.entries(members ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(present) as T;
}
