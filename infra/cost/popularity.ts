/**
 * How unevenly favourites are spread over restaurants: by Zipf's law with exponent 1, where the n-th most
 * popular restaurant has 1/n of the favourites of the first. Nothing is simulated: all results are sums over
 * all restaurants.
 */

export interface Popularity {
  readonly restaurants: number;
  /** The share of the most popular restaurant. */
  readonly topShare: number;
  /** The sum of `term(share)` over all restaurants. */
  sum(term: (share: number) => number): number;
}

/** So many restaurants are summed one by one. The others are in groups, a thousandth of their rank wide. */
const SINGLE_RANKS = 10_000;
const GROUP_SHARE = 1_000;

interface Group {
  readonly restaurants: number;
  /** Of each restaurant, before it is divided by the sum of all. */
  readonly weight: number;
}

export function zipf(restaurants: number): Popularity {
  // The least popular first, so that rounding loses least.
  const groups = groupsOf(restaurants).toReversed();
  const total = groups.reduce((sum, { restaurants: count, weight }) => sum + count * weight, 0);
  return {
    restaurants,
    topShare: 1 / total,
    sum: (term) =>
      groups.reduce((sum, { restaurants: count, weight }) => sum + count * term(weight / total), 0),
  };
}

function groupsOf(restaurants: number): readonly Group[] {
  const groups: Group[] = [];
  for (let rank = 1; rank <= restaurants; ) {
    const width = rank < SINGLE_RANKS ? 1 : Math.floor(rank / GROUP_SHARE);
    const next = Math.min(rank + width, restaurants + 1);
    const count = next - rank;
    // The sum of 1/rank over a group is this logarithm, with an error below 1e-9 of it.
    const sum = count === 1 ? 1 / rank : Math.log((next - 0.5) / (rank - 0.5));
    groups.push({ restaurants: count, weight: sum / count });
    rank = next;
  }
  return groups;
}

/** The probability that at least one of so many favourites goes to a restaurant with that share. */
export function touchedBy(favourites: number, share: number): number {
  return share >= 1 ? Math.min(1, favourites) : -Math.expm1(favourites * Math.log1p(-share));
}

/** How many different restaurants so many favourites have, on average. */
export function distinctRestaurants(popularity: Popularity, favourites: number): number {
  return popularity.sum((share) => touchedBy(favourites, share));
}
