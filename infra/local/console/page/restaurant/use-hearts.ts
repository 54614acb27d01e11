/** Whether a user has marked the shown restaurants. Fetches each once; after that, its heart changes it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { showProblem } from '../use-console.ts';
import { type HeartWriter, readMarked, setFavourite } from './favourites-api.ts';

export interface Hearts {
  readonly user: string;
  /** False until the server has responded. */
  isMarked(restaurant: string): boolean;
  toggle(restaurant: string): void;
}

/**
 * @param by who writes them; undefined if nobody does, and then there are no hearts
 * @param epoch when it changes, everything is fetched again
 */
export function useHearts(
  by: HeartWriter | undefined,
  user: string,
  { restaurants, epoch }: { readonly restaurants: readonly string[]; readonly epoch: string },
): Hearts | undefined {
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
    const asked = restaurants.filter((restaurant) => !known.current.has(keyOf(user, restaurant)));
    if (by === undefined || asked.length === 0) return;
    for (const restaurant of asked) known.current.set(keyOf(user, restaurant), 'asked');
    const take = (marked: ReadonlySet<string>): void => {
      for (const restaurant of asked) {
        const key = keyOf(user, restaurant);
        // If the user pressed the heart meanwhile, keep the newer value.
        if (known.current.get(key) === 'asked') set(key, marked.has(restaurant));
      }
    };
    readMarked(by, user, asked).then(take, () => {
      // Forget them, so that they are fetched again when the shown restaurants change.
      for (const restaurant of asked) known.current.delete(keyOf(user, restaurant));
    });
  }, [by, user, epoch, JSON.stringify(restaurants)]);

  if (by === undefined) return undefined;
  return {
    user,
    isMarked: (restaurant) => known.current.get(keyOf(user, restaurant)) === true,
    toggle(restaurant) {
      const key = keyOf(user, restaurant);
      const before = known.current.get(key) === true;
      set(key, !before);
      const order = (orders.current.get(key) ?? Promise.resolve())
        .then(() => setFavourite(by, { user, restaurant, isMarked: !before }))
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
