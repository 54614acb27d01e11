/** The methods of the client with their options and answers. These types are public. */

/**
 * All methods reject with a `BadInputError` if the input can never succeed. They reject with a
 * `TableReadError` or a `TableWriteError` if a request to DynamoDB fails; `retryable` then says whether the
 * same call may succeed later. Counts and rankings are a second or two behind marks and un-marks.
 *
 * `mark`, `unmark`, `favourite` and `favouritesOf` need a table of the default shape. Into any other table
 * your application writes the rows itself.
 */
export interface FavouriteCountsClient {
  /**
   * Marks a restaurant as a favourite of a user, now. Idempotent: a marked favourite keeps its first
   * `createdAt`. Ids must not contain `#`. The user id has at most 1,024 bytes, and both ids at most 2,047.
   */
  mark(favourite: FavouriteIds): Promise<Mark>;
  /** Idempotent: also succeeds if the restaurant is not marked. */
  unmark(favourite: FavouriteIds): Promise<void>;
  /** Whether it is marked. A consistent read, which sees every earlier mark and un-mark. */
  favourite(favourite: FavouriteIds): Promise<FavouriteState>;
  /** A page of a user's favourites, newest first. Usually well within a second behind marks and un-marks. */
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

/** Names one favourite of the default table. */
export interface FavouriteIds {
  readonly restaurantId: string;
  readonly userId: string;
}

export interface Mark extends FavouriteIds {
  /** False if it was marked already; it then keeps its first `createdAt`. */
  readonly isNew: boolean;
  /** Such as `2022-08-01T12:00:00.000Z`; null if another application wrote the row without one. */
  readonly createdAt: string | null;
}

export type FavouriteState =
  /** `createdAt` is null if another application wrote the row without one. */
  { readonly favourite: true; readonly createdAt: string | null } | { readonly favourite: false };

export interface FavouritesPage {
  readonly favourites: readonly { readonly restaurantId: string; readonly createdAt: string }[];
  /** Continues after this page; undefined on the last page. */
  readonly cursor: string | undefined;
}

/** Which page of a list. */
export interface PageOptions {
  /** Rows on the page, from 1 to 100; 20 by default. It may change from page to page. */
  readonly limit?: number | undefined;
  /** The cursor of the previous page; undefined for the first page. */
  readonly cursor?: string | undefined;
}

export interface RestaurantCounts {
  readonly restaurantId: string;
  /** Keyed by the name of the window: `AUG_2022`, even if the caller said `THIS_MONTH`. */
  readonly counts: Readonly<Record<string, number>>;
  /** When one of these counts last changed, such as `2022-08-01T12:00:00.000Z`; null if none ever did. */
  readonly updatedAt: string | null;
}

export interface CountsOptions {
  /**
   * At most 100 names: `ALL_TIME`, a window such as `AUG_2022`, or the current one such as `THIS_MONTH`. By
   * default `ALL_TIME` and the current window of each kind.
   */
  readonly windows?: readonly string[] | undefined;
}

export interface RankingPage {
  /** The name of the window: `AUG_2022`, even if the caller said `THIS_MONTH`. */
  readonly window: string;
  /** The highest count first, all above 0. Equal counts share a rank, and the next rank skips: 1, 2, 2, 4. */
  readonly restaurants: readonly RankedRestaurant[];
  /** Continues after this page; undefined on the last page. */
  readonly cursor: string | undefined;
}

export interface RankedRestaurant {
  readonly restaurantId: string;
  readonly favouriteCount: number;
  readonly rank: number;
}

export interface RankingOptions extends PageOptions {
  /** `ALL_TIME` (by default), a window such as `AUG_2022`, or the current one such as `THIS_MONTH`. */
  readonly window?: string | undefined;
}
