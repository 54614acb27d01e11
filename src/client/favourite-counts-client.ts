/** Everything that application code can ask, without HTTP. The API answers by the same code. */
import type { WindowSettings } from '../counting/time-window.ts';
import { type CountsOptions, countsOf, type RestaurantCounts } from './counts.ts';
import {
  favourite,
  type FavouriteIds,
  favouritesOf,
  type FavouritesPage,
  type FavouriteState,
  mark,
  type Mark,
  type PageOptions,
  unmark,
} from './favourites.ts';
import { checkRestaurantId } from './input.ts';
import { ranking, type RankingOptions, type RankingPage } from './ranking.ts';
import type { ClientStore } from './store.ts';

/**
 * All methods reject with a {@link BadInputError} for input that can never succeed, and with a
 * {@link TableReadError} or a {@link TableWriteError} if a request to DynamoDB fails; its `retryable` says
 * whether the same call may succeed later. Counts and rankings are eventually consistent, a second or two
 * behind the marks.
 *
 * `mark`, `unmark`, `favourite` and `favouritesOf` work on a table of the default shape only. In any other
 * table your application writes the rows itself.
 */
export interface FavouriteCountsClient {
  /**
   * Marks a restaurant as a favourite of a user, now. Idempotent: a marked favourite keeps its first
   * `createdAt`. Ids hold no `#`; the user's has at most 1,024 bytes, and both together at most 2,047.
   */
  mark(favourite: FavouriteIds): Promise<Mark>;
  /** Idempotent: succeeds too if it is not marked. */
  unmark(favourite: FavouriteIds): Promise<void>;
  /** Whether it is marked. A consistent read, which sees every earlier mark and un-mark. */
  favourite(favourite: FavouriteIds): Promise<FavouriteState>;
  /** A page of what a user has marked, newest first. Eventually consistent, within a fraction of a second. */
  favouritesOf(userId: string, options?: PageOptions): Promise<FavouritesPage>;
  /** The counts of one restaurant by window. A restaurant that nobody has marked counts 0. */
  counts(restaurantId: string, options?: CountsOptions): Promise<RestaurantCounts>;
  /**
   * The counts of up to 100 restaurants in the same windows, one answer for each id and in their order. An id
   * may occur twice.
   */
  countsOf(restaurantIds: readonly string[], options?: CountsOptions): Promise<readonly RestaurantCounts[]>;
  /** A page of the restaurants of a window, the highest count first. */
  ranking(options?: RankingOptions): Promise<RankingPage>;
}

export interface ClientParts {
  readonly store: ClientStore;
  readonly settings: WindowSettings & {
    /** The number of shards to read. */
    readonly rankingShards: number;
  };
  readonly clock: { readonly nowMs: () => number };
}

export function clientOn({ store, settings, clock }: ClientParts): FavouriteCountsClient {
  const { timeWindows, timeZone, rankingShards: shards } = settings;
  const tables = () => ({ store, calendar: { timeWindows, timeZone, nowMs: clock.nowMs() }, shards });
  return {
    mark: (ids) => mark(store, ids, clock.nowMs()),
    unmark: (ids) => unmark(store, ids),
    favourite: (ids) => favourite(store, ids),
    favouritesOf: (userId, options) => favouritesOf(store, userId, options),
    counts: async (restaurantId, options) => {
      checkRestaurantId(restaurantId);
      const [counts] = await countsOf(tables(), [restaurantId], options);
      return counts as RestaurantCounts;
    },
    countsOf: (restaurantIds, options) => countsOf(tables(), restaurantIds, options),
    ranking: (options) => ranking(tables(), options),
  };
}
