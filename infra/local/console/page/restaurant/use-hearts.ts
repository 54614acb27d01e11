/** Whether a user has marked the restaurants that are shown: asked once each, then as the hearts are pressed. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { showProblem } from '../use-console.ts';
import { readFavourite, setFavourite } from './favourites-api.ts';

export interface Hearts {
  readonly user: string;
  /** False also while it is being asked. */
  isMarked(restaurant: string): boolean;
  toggle(restaurant: string): void;
}

/** @param epoch when it changes, everything is asked anew */
export function useHearts(user: string, restaurants: readonly string[], epoch: number): Hearts {
  const known = useRef(new Map<string, boolean | 'asked'>());
  /** By heart, the order under way: the next one waits, or a mark and its un-mark could change places. */
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
        // A heart that was pressed meanwhile knows better.
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
