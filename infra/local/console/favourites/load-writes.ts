/** Turns the events of the load into writes to a table of any shape. */
import type { Source } from '../../../../src/counting/source/source.ts';
import { fitIds } from '../../invented-rows.ts';
import type { Item, ReplayEvent, RowWrite } from '../../replay/replay-write.ts';
import { restaurants } from '../../replay/restaurant-names.ts';
import type { Favourite, RowMaker } from './row-maker.ts';

/** @returns the reason in one sentence if there can be no load, because a key cannot be made a second time */
export function createLoadWrites(
  source: Source,
  maker: RowMaker,
): ((event: ReplayEvent) => RowWrite) | { readonly reason: string } {
  const example = maker.keyOf(fitted(source, { restaurantId: restaurants[0] ?? '', userId: 'visitor-1' }));
  if (example === undefined) {
    return {
      reason: 'The key of a row holds its date, so the load could not find a row again to un-mark it.',
    };
  }
  return (event) => {
    const favourite = fitted(source, event);
    const key = maker.keyOf(favourite) ?? {};
    // A size of 0: rows are small, and a transaction of 100 of them is far from its limit.
    const write = { row: JSON.stringify(key), bytes: 0 };
    if (event.kind === 'un-mark') return { ...write, kind: 'delete', key };
    const item: Item = maker.rowOf(favourite, Date.parse(event.createdAt));
    const [unlessExists = ''] = maker.mapping.keyNames;
    return { ...write, kind: 'put', item, unlessExists };
  };
}

/** Turns names into digits where the key holds numbers, and leaves out what separates the ids in a key. */
function fitted(source: Source, { restaurantId, userId }: Favourite): Favourite {
  const fit = (digits: string) => fitIds(source, { restaurant: restaurantId, user: userId, digits });
  return {
    restaurantId: fit(String(restaurants.indexOf(restaurantId) + 1)).restaurant,
    userId: fit(String(Number(/\d+/.exec(userId)?.[0] ?? 0))).user,
  };
}
