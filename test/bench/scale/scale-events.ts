/**
 * The events of `npm run bench:scale`: marks by as many users, by default half of them of one viral
 * restaurant, the others by Zipf 1.0, with one un-mark for nine marks. An event depends only on its number.
 * So nothing has to be remembered, and the memory of the run is that of the pipe.
 */
import { zipfOver } from '../../../infra/local/console/load-events.ts';
import { seededRandom } from '../../../infra/local/emulator/random.ts';
import type { ReplayEvent } from '../../../infra/local/replay/replay-write.ts';

export interface ScaleLoad {
  /** How many are marked. A ninth of them is un-marked later. */
  readonly favourites: number;
  readonly restaurants: number;
  /** Share of the marks that the viral restaurant gets, from 0 to 1. */
  readonly viralShare: number;
}

export const VIRAL = 'viral';
const MARKS_PER_UNMARK = 9;
const SKEW = 1;

export function eventCount({ favourites }: ScaleLoad): number {
  return favourites + Math.floor(favourites / MARKS_PER_UNMARK);
}

/** Takes its dates from the clock, as live traffic does. */
export function* scaleEvents(load: ScaleLoad, now: () => number = Date.now): Generator<ReplayEvent> {
  const favouriteOf = createFavourites(load);
  const createdAt = (): string => new Date(now()).toISOString();
  for (let marks = 1; marks <= load.favourites; marks += 1) {
    yield { kind: 'mark', ...favouriteOf(marks - 1), createdAt: createdAt() };
    if (marks % MARKS_PER_UNMARK !== 0) continue;
    // One from the middle of the history: each is taken once, and was counted long ago.
    yield { kind: 'un-mark', ...favouriteOf(Math.floor(marks / 2)), createdAt: createdAt() };
  }
}

function createFavourites({ restaurants, viralShare }: ScaleLoad) {
  const names = Array.from({ length: restaurants }, (_, i) => `restaurant-${i}`);
  const restaurantOf = zipfOver(names, SKEW);
  return (index: number): Pick<ReplayEvent, 'restaurantId' | 'userId'> => {
    const random = seededRandom(index);
    const restaurantId = random() < viralShare ? VIRAL : restaurantOf(random());
    return { restaurantId, userId: `user-${index}` };
  };
}
