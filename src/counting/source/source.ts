/**
 * The description of a table of favourites: the setting `source`. It says what identifies a row, which
 * restaurant the row marks, since when, and whether it counts. docs/source.md shows ten tables.
 */
export interface Source {
  /** The partition key, then the sort key if there is one. */
  readonly key: readonly KeyAttribute[];
  /**
   * Required if no pattern holds `{restaurant}`. Otherwise it is a check: a row that has the attribute must
   * agree with its key.
   */
  readonly restaurant?: IdAttribute;
  /** A check of the `{user}` in the key: a row that has the attribute must agree with its key. */
  readonly user?: IdAttribute;
  /** `none`: the rows have no date, so they are counted in ALL_TIME alone. */
  readonly createdAt: DateAttribute | 'none';
  /** Without it, every row counts. */
  readonly countedWhen?: Condition;
  /** Whether updates of rows are read. Some sources always read them: see {@link readsUpdates}. */
  readonly updates?: boolean;
}

export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
  /**
   * Literals, `{restaurant}` and `{user}`, such as `USER#{user}`. An attribute without a pattern only
   * identifies the row.
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

/** Has exactly one of `equals`, `notEquals` and `exists`. An absent attribute meets `notEquals`. */
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

/** Whether the rows are those of the default table. Its updates may be read too. */
export function isDefaultSource(source: Source): boolean {
  return JSON.stringify({ ...source, updates: undefined }) === JSON.stringify(defaultSource);
}

export function isRestaurantInKey({ key }: Source): boolean {
  return key.some(({ pattern = '' }) => pattern.includes('{restaurant}'));
}

/**
 * Whether MODIFY records are read: if the source says so, and always if an update can change whether a row
 * counts or which restaurant it marks.
 */
export function readsUpdates(source: Source): boolean {
  return source.updates === true || source.countedWhen !== undefined || !isRestaurantInKey(source);
}

/** Whether a record needs its new image, because the key alone does not say what the row counts. */
export function needsNewImage(source: Source): boolean {
  return source.createdAt !== 'none' || source.countedWhen !== undefined || !isRestaurantInKey(source);
}

/** Whether a record needs its old image, because only that says which restaurant the row marked before. */
export function needsOldImage(source: Source): boolean {
  return !isRestaurantInKey(source);
}

/** Whether the records of a stream with this view type hold the images that the source needs. */
export function hasImages(viewType: string, source: Source): boolean {
  if (needsOldImage(source)) return viewType === 'NEW_AND_OLD_IMAGES';
  return !needsNewImage(source) || viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES';
}
