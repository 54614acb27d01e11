/** Random writes to a few rows, so that many of them meet in the same counts. */
import { randomInstant } from './dates.ts';
import { type Item, keyOf, type Layout, pick, withAttribute, type Write } from './layout.ts';

const users = Array.from({ length: 6 }, (_, at) => `u${at + 1}`);
const restaurants = Array.from({ length: 5 }, (_, at) => `r${at + 1}`);
const COPIES = 2;

interface WalkedRow {
  readonly item: Item;
  /** The row may be rejected, so no put repeats it exactly: that would be a record on some engines only. */
  readonly isSpoiled: boolean;
}

/** Returns a function that makes the next write. */
export function createWalk(layout: Layout, random: () => number): (options: { maySpoil: boolean }) => Write {
  const rows = new Map<string, WalkedRow>();
  const { flag, unreadableDates } = layout;
  const draw = (): Item => {
    const [user, restaurant] = [pick(users, random), pick(restaurants, random)];
    const copy = Math.floor(random() * COPIES);
    const marked = layout.row({ user, restaurant, date: layout.date(randomInstant(random)), copy });
    if (flag === undefined) return marked;
    return withAttribute(marked, flag.attribute, pick(random() < 0.15 ? flag.hidden : flag.shown, random));
  };
  const spoil = (item: Item): Item =>
    flag !== undefined && flag.unreadable.length > 0 && random() < 0.3
      ? withAttribute(item, flag.attribute, pick(flag.unreadable, random))
      : withAttribute(item, layout.dateAttribute, pick(unreadableDates, random));
  const move = (item: Item): Item =>
    layout.restaurantAttribute === undefined
      ? item
      : withAttribute(item, layout.restaurantAttribute, draw()[layout.restaurantAttribute]);
  const visited = (item: Item): Item =>
    withAttribute(item, 'visits', { N: String(Math.floor(random() * 1e6)) });

  return ({ maySpoil }) => {
    const drawn = draw();
    const key = JSON.stringify(keyOf(layout, drawn));
    const row = rows.get(key);
    const put = (item: Item, isSpoiled: boolean): Write => {
      rows.set(key, { item, isSpoiled });
      return { put: item };
    };
    const remove = (): Write => {
      rows.delete(key);
      return { delete: keyOf(layout, drawn) };
    };
    const chance = random();
    if (row === undefined) {
      if (chance < 0.04) return remove();
      const isBad = chance < 0.1 && unreadableDates.length > 0;
      return put(isBad ? spoil(drawn) : drawn, isBad);
    }
    if (chance < 0.35) return remove();
    if (chance < 0.5 && !row.isSpoiled) return put(row.item, false);
    if (layout.isUpdated && chance > 0.6) {
      if (chance > 0.9 && maySpoil) return put(spoil(visited(row.item)), true);
      return chance > 0.8 ? put(move(visited(row.item)), row.isSpoiled) : put(drawn, false);
    }
    return put(visited(row.item), row.isSpoiled);
  };
}
