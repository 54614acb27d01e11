/**
 * Reads the rows of a table of favourites as the setting `source` describes them: first which register a row
 * names, then whether the row counts. So a rejected row still names its register if its restaurant can be
 * read.
 */
import { type RegisterKey, type RestaurantId } from './register-key.ts';
import { type Rejection, rejection } from './rejection.ts';
import { isLongerThan, member, readId } from './source/attributes.ts';
import { createRowKeys, PARTITION_KEY_BYTES_MAX, type PrimaryKey, type ReadKey } from './source/row-key.ts';
import { isRestaurantInKey, type Source } from './source/source.ts';
import { createJudge } from './source/verdict.ts';
import type { CreatedAt } from './time-window.ts';

/** A row, or an image of one in a stream record. */
export type FavouriteRow =
  | { readonly kind: 'countable'; readonly key: RegisterKey; readonly createdAt: CreatedAt }
  /** A favourite that does not count at present. */
  | { readonly kind: 'uncounted'; readonly key: RegisterKey }
  /** Another kind of item, which names no register. */
  | { readonly kind: 'not-ours'; readonly key: undefined }
  | {
      readonly kind: 'uncountable';
      /** Undefined if its restaurant cannot be read. */
      readonly key: RegisterKey | undefined;
      readonly rejection: Rejection;
    };

export interface Mapping {
  readonly source: Source;
  readonly keyNames: readonly string[];
  /** The attributes that reading a row needs, those of the key included. */
  readonly attributes: readonly string[];
  /** @param keys attributes that include the primary key. */
  readonly readKey: (keys: unknown) => ReadKey;
  /** Reads an image of the row with that key. */
  readonly readImage: (key: ReadKey, image: unknown) => FavouriteRow;
  /** Reads an item of the table. */
  readonly readRow: (item: unknown) => FavouriteRow;
  /**
   * The key of the row that a register belongs to. Undefined if no row of this source can have such a
   * register: damage or another source wrote it.
   */
  readonly primaryKeyOf: (register: RegisterKey) => PrimaryKey | undefined;
}

const notOurs: FavouriteRow = { kind: 'not-ours', key: undefined };

/**
 * @param timeZone of the windows, in which the dates of rows are read
 * @throws {RangeError} for a source that `readSource` refuses
 */
export function createMapping(source: Source, timeZone: string): Mapping {
  const rowKeys = createRowKeys(source);
  const judge = createJudge(source, timeZone);
  const restaurantOf = restaurantReader(source);

  const readImage = (key: ReadKey, image: unknown): FavouriteRow => {
    if (key.kind === 'other') return notOurs;
    if (key.kind === 'rejection') return { kind: 'uncountable', key: undefined, rejection: key };
    const restaurantId = restaurantOf(key, image);
    if (restaurantId === undefined) return notOurs;
    if (typeof restaurantId !== 'string') {
      return { kind: 'uncountable', key: undefined, rejection: restaurantId };
    }
    const name = { restaurantId: restaurantId as RestaurantId, rowId: key.rowId };
    const verdict = judge(image, key.ids);
    if (verdict === 'does-not-count') return { kind: 'uncounted', key: name };
    return verdict.kind === 'counts'
      ? { kind: 'countable', key: name, createdAt: verdict.createdAt }
      : { kind: 'uncountable', key: name, rejection: verdict };
  };

  return {
    source,
    keyNames: source.key.map(({ name }) => name),
    attributes: attributesOf(source),
    readKey: (keys) => rowKeys.read(keys),
    readImage,
    readRow: (item) => readImage(rowKeys.read(item), item),
    primaryKeyOf: (register) => rowKeys.write(register),
  };
}

/** Whether both are the same register, or both are none. */
export function isSameRegister(a: RegisterKey | undefined, b: RegisterKey | undefined): boolean {
  return a?.restaurantId === b?.restaurantId && a?.rowId === b?.rowId;
}

/** The reader returns undefined for an image without a restaurant. */
function restaurantReader(source: Source) {
  const { attribute } = source.restaurant ?? {};
  const isInKey = isRestaurantInKey(source);
  return (
    key: Extract<ReadKey, { readonly kind: 'key' }>,
    image: unknown,
  ): string | Rejection | undefined => {
    const restaurantId = isInKey ? key.ids.restaurant : readId(member(image, attribute));
    if (restaurantId !== null && !isLongerThan(restaurantId ?? '', PARTITION_KEY_BYTES_MAX))
      return restaurantId;
    const detail = `expected text or a number of at most ${PARTITION_KEY_BYTES_MAX} bytes in ${attribute}`;
    return rejection('unreadable-restaurant', detail);
  };
}

function attributesOf({ key, restaurant, user, createdAt, countedWhen }: Source): readonly string[] {
  const others = [restaurant, user, createdAt === 'none' ? undefined : createdAt, countedWhen];
  return [...new Set([...key.map(({ name }) => name), ...others.flatMap((one) => one?.attribute ?? [])])];
}
