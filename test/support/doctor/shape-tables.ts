/** Tables of the ten shapes with realistic rows among other kinds of item, for the doctor to look at. */
import { hash32, seededRandom } from '../../../infra/local/emulator/random.ts';
import type { KeyName } from '../../../infra/doctor/profile/sample.ts';
import type { Source } from '../../../src/counting/source/source.ts';
import {
  type Item,
  keyOf,
  type Layout,
  pick,
  text,
  type Value,
  withAttribute,
} from '../../shapes/traces/layout.ts';
import { createLayouts } from '../../shapes/traces/layouts.ts';
import { randomInstant } from '../../shapes/traces/dates.ts';

export interface ShapeTable {
  readonly key: readonly KeyName[];
  readonly items: readonly Item[];
}

export interface ShapeTableOptions {
  readonly seed: number;
  /** Rows that are favourites. */
  readonly favourites: number;
  readonly others: number;
  /** The share of odd ids and unreadable values. */
  readonly oddShare?: number;
}

/** The share of rows that are softly deleted, where the shape has such a flag. */
const HIDDEN_SHARE = 0.15;

export function shapeTable(
  name: string,
  source: Source,
  { seed, favourites, others, oddShare = 0.02 }: ShapeTableOptions,
): ShapeTable {
  const random = seededRandom(hash32(`doctor ${name} ${seed}`));
  const layout = createLayouts(random)[name];
  if (layout === undefined) throw new RangeError(`There is no shape ${name}`);
  const rows = new Map<string, Item>();
  const add = (item: Item) => rows.set(JSON.stringify(keyOf(layout, item)), item);
  while (rows.size < favourites) add(favourite(layout, { random, oddShare }));
  for (const item of otherItems(name, others, random)) add(item);
  const items = [...rows.values()].map((item) => ({ item, place: random() }));
  return {
    key: source.key.map(({ name: attribute, type }) => ({ name: attribute, type })),
    items: items.toSorted((a, b) => a.place - b.place).map(({ item }) => item),
  };
}

function favourite(
  layout: Layout,
  { random, oddShare }: { readonly random: () => number; readonly oddShare: number },
): Item {
  const isOdd = () => random() < oddShare;
  const user = `u${Math.floor(random() * 300)}`;
  // Some restaurants are far more popular than others.
  const restaurant = isOdd() ? pick(layout.oddRestaurants, random) : `r${Math.floor(random() ** 2 * 120)}`;
  const unreadable = layout.unreadableDates.length > 0 && isOdd();
  const date = unreadable ? pick(layout.unreadableDates, random) : layout.date(randomInstant(random));
  const copy = layout.restaurantAttribute !== undefined && random() < 0.02 ? 1 : 0;
  const row = layout.row({ user, restaurant, date, copy });
  if (layout.flag === undefined) return row;
  const { attribute, shown, hidden, unreadable: bad } = layout.flag;
  const values = bad.length > 0 && isOdd() ? bad : random() < HIDDEN_SHARE ? hidden : shown;
  return withAttribute(row, attribute, pick(values, random));
}

/** Other kinds of item, where the key allows them. */
function otherItems(name: string, count: number, random: () => number): readonly Item[] {
  return Array.from({ length: count }, () => {
    const id = Math.floor(random() * 300);
    const at: Value = text(randomInstant(random));
    if (name === '5' || name === '10') return singleTableItem(id, at, random);
    if (name === '2-attribute')
      return { pk: text(`profile:u${id}`), email: text(`u${id}@example.com`), joined: at };
    if (name === '6')
      return { id: text(`profile-u${id}`), displayName: text(`User ${id}`), plan: text('free') };
    if (name === '7-attributes')
      return { id: { N: String(id) }, title: text(`Title ${id}`), price: { N: '12.50' } };
    return undefined;
  }).filter((item) => item !== undefined);
}

function singleTableItem(id: number, at: Value, random: () => number): Item {
  const [user, restaurant] = [`USER#u${id}`, `REST#r${id}`];
  return pick<Item>(
    [
      { PK: text(user), SK: text('PROFILE'), email: text(`u${id}@example.com`), createdAt: at },
      {
        PK: text(user),
        SK: text(`ORDER#${id}${Math.floor(random() * 99)}`),
        total: { N: '31.90' },
        createdAt: at,
      },
      { PK: text(restaurant), SK: text('META'), name: text(`Restaurant ${id}`), city: text('Lyon') },
      { PK: text(restaurant), SK: text(`REVIEW#u${id}`), stars: { N: '4' }, createdAt: at },
    ],
    random,
  );
}
