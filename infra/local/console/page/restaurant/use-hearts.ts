/** Whether a user has marked the shown restaurants. Fetches each once; after that, its heart changes it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { showProblem } from '../use-console.ts';
import { readFavourite, setFavourite } from './favourites-api.ts';

export interface Hearts {
  readonly user: string;
  /** False until the API has responded. */
  isMarked(restaurant: string): boolean;
  toggle(restaurant: string): void;
}

/** @param epoch when it changes, everything is fetched again */
export function useHearts(user: string, restaurants: readonly string[], epoch: number): Hearts {
  const known = useRef(new Map<string, boolean | 'asked'>());
  /** The running request of each heart. The next one waits, so that a mark and its un-mark stay in order. */
  const orders = useRef(new Map<string, Promise<void>>());
  const [, redraw] = useState(0);
  const set = (key: string, marked: boolean): void => {
    known.current.set(key, marked);
    redraw((count) => count + 1);
  };

  useEffect(() => {
    known.current.clear();
  }, [epoch]);

  useEffect(() => {
    for (const restaurant of restaurants) {
      const key = keyOf(user, restaurant);
      if (known.current.has(key)) continue;
      known.current.set(key, 'asked');
      readFavourite(user, restaurant).then(
        // If the user pressed the heart meanwhile, keep the newer value.
        (marked) => known.current.get(key) === 'asked' && set(key, marked),
        () => undefined,
      );
    }
  }, [user, epoch, restaurants.join('\n')]);

  return {
    user,
    isMarked: (restaurant) => known.current.get(keyOf(user, restaurant)) === true,
    toggle(restaurant) {
      const key = keyOf(user, restaurant);
      const before = known.current.get(key) === true;
      set(key, !before);
      const order = (orders.current.get(key) ?? Promise.resolve())
        .then(() => setFavourite(user, restaurant, !before))
        .then(
          () => showProblem(undefined),
          (error: unknown) => {
            set(key, before);
            showProblem(error instanceof Error ? error.message : String(error));
          },
        );
      orders.current.set(key, order);
    },
  };
}

const keyOf = (user: string, restaurant: string): string => JSON.stringify([user, restaurant]);
