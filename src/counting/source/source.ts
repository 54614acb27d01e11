/**
 * The description of a table of favourites: the setting `source`. It says how a row is identified, which
 * restaurant it marks, since when, and whether it counts. Shapes that work are in docs/source.md.
 */
export interface Source {
  /** The partition key, then the sort key if there is one. */
  readonly key: readonly KeyAttribute[];
  /** Needed if no pattern holds `{restaurant}`; otherwise it must agree with the key where it is present. */
  readonly restaurant?: IdAttribute;
  /** Must agree with the `{user}` of the key where it is present. */
  readonly user?: IdAttribute;
  /** `none`: the rows have no date, so they are counted in ALL_TIME alone. */
  readonly createdAt: DateAttribute | 'none';
  /** Without it every row counts. */
  readonly countedWhen?: Condition;
  /** Whether updates of rows are read; {@link readsUpdates} says when they must be. */
  readonly updates?: boolean;
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
  /**
   * Literals, `{restaurant}` and `{user}`, such as `USER#{user}`. Without a pattern the attribute only helps
   * to identify the row.
   */
  readonly pattern?: string;
}

/** An attribute that holds an id, as text or as a number. */
export interface IdAttribute {
  readonly attribute: string;
}

export const dateFormats = ['rfc3339', 'sql', 'date', 'epoch-seconds', 'epoch-milliseconds'] as const;
export type DateFormat = (typeof dateFormats)[number];

export interface DateAttribute {
  readonly attribute: string;
  readonly format: DateFormat;
  /** The IANA time zone of dates that do not name their own. With `sql` only, and there it is required. */
  readonly zone?: string;
}

export type Scalar = string | number | boolean;

/** Exactly one of `equals`, `notEquals` and `exists`. An absent attribute meets `notEquals`. */
export interface Condition {
  readonly attribute: string;
  readonly equals?: Scalar;
  readonly notEquals?: Scalar;
  readonly exists?: boolean;
}

/** The table that the stack creates if there is no `source`. */
export const defaultSource: Source = {
  key: [{ name: 'restaurant_id_user_id', type: 'S', pattern: '{restaurant}#{user}' }],
  restaurant: { attribute: 'restaurant_id' },
  user: { attribute: 'user_id' },
  createdAt: { attribute: 'created_at', format: 'rfc3339' },
};

export function isDefaultSource(source: Source): boolean {
  return JSON.stringify(source) === JSON.stringify(defaultSource);
}

export function isRestaurantInKey({ key }: Source): boolean {
  return key.some(({ pattern = '' }) => pattern.includes('{restaurant}'));
}

/**
 * Whether MODIFY records may change a count: if the source says so, and always if a row can stop counting or
 * change its restaurant while it lives.
 */
export function readsUpdates(source: Source): boolean {
  return source.updates === true || source.countedWhen !== undefined || !isRestaurantInKey(source);
}

/** Whether a row can be judged only by its attributes, so that a record needs its new image. */
export function needsNewImage(source: Source): boolean {
  return source.createdAt !== 'none' || source.countedWhen !== undefined || !isRestaurantInKey(source);
}

/** Whether the old image alone says which register a row leaves. */
export function needsOldImage(source: Source): boolean {
  return !isRestaurantInKey(source);
}
