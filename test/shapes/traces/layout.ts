/** How the application of a shape writes its rows. The stories and the walk write every shape through it. */

/** An attribute in DynamoDB's JSON, such as `{ "S": "r1" }`. */
export type Value = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Value>>;

/** A write to the table: the item, or the key of the item to delete. */
export type Write = { readonly put: Item } | { readonly delete: Item };

export interface Mark {
  readonly user: string;
  readonly restaurant: string;
  /** Undefined: the row has no date. */
  readonly date: Value | undefined;
  /** Tells rows with the same user and restaurant apart, where the shape allows several. */
  readonly copy?: number;
}

/** Changes an item without changing its key. */
export type Edit = (item: Item, random: () => number) => Item;

/** The values of the attribute that decides whether a row counts. Undefined: the attribute is absent. */
export interface Flag {
  readonly attribute: string;
  readonly shown: readonly (Value | undefined)[];
  readonly hidden: readonly (Value | undefined)[];
  /** Of a type that is not expected. */
  readonly unreadable: readonly Value[];
}

export interface Layout {
  /** The names of the key attributes. */
  readonly key: readonly string[];
  readonly row: (mark: Mark) => Item;
  /** Writes an instant of the year 2022, given as `2022-08-01T12:00:00.000Z`. */
  readonly date: (iso: string) => Value | undefined;
  readonly dateAttribute: string;
  readonly unreadableDates: readonly (Value | undefined)[];
  /** Ids that are easily confused, damaged or misread. */
  readonly oddRestaurants: readonly string[];
  /** Whether the counts follow updates in place. If not, the application does not write any that matter. */
  readonly isUpdated: boolean;
  readonly flag?: Flag;
  /** The attribute that holds the restaurant, if the key does not. */
  readonly restaurantAttribute?: string;
}

export function text(value: string): Value {
  return { S: value };
}

export function number(value: string | number): Value {
  return { N: String(value) };
}

/** Sets or removes one attribute. */
export function withAttribute(item: Item, name: string, value: Value | undefined): Item {
  const { [name]: _, ...others } = item;
  return value === undefined ? others : { ...others, [name]: value };
}

export function keyOf({ key }: Pick<Layout, 'key'>, item: Item): Item {
  return Object.fromEntries(key.map((name) => [name, item[name] ?? text('')]));
}

export function pick<T>(values: readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined && values.length === 0) throw new RangeError('Cannot pick from an empty list');
  return value as T;
}
