/**
 * What a row of each shape counts as, written by hand for each shape from its description in words. It does
 * not read the settings in `NAME.json`, so it finds mistakes in how the product reads them.
 */
import {
  bareDay,
  chisinauSqlDay,
  millisecondsDay,
  type ReadDay,
  rfc3339Day,
  secondsDay,
} from './read-dates.ts';
import { digitsOf } from './read-numbers.ts';

export type Value = Readonly<Record<string, unknown>>;
export type Item = Readonly<Record<string, Value>>;

export type Reading =
  /** In `ALL_TIME` alone if the day is undefined. */
  | { readonly kind: 'counts'; readonly restaurant: string; readonly day: string | undefined }
  /** A soft delete, or another kind of item. */
  | { readonly kind: 'other' }
  /** A dead letter. Its restaurant may be known all the same. */
  | { readonly kind: 'rejected'; readonly restaurant: string | undefined }
  /** A dead letter whatever happens to the row, even when it is deleted. */
  | { readonly kind: 'unreadable key' };

export interface Reader {
  /** The attributes of the key, in the order of the table. */
  readonly key: readonly string[];
  /** Whether the counts follow updates in place. */
  readonly readsUpdates: boolean;
  readonly read: (item: Item) => Reading;
}

const other: Reading = { kind: 'other' };
const unreadableKey: Reading = { kind: 'unreadable key' };

function text(value: Value | undefined): string {
  return String(value?.['S']);
}

function bytes(id: string): number {
  return Buffer.byteLength(id);
}

function dated(restaurant: string, day: string | undefined): Reading {
  return day === undefined ? { kind: 'rejected', restaurant } : { kind: 'counts', restaurant, day };
}

/** Shapes 3, 4 and most of 8: the user and the restaurant are the key. */
function inTwoAttributes(readDay: ReadDay): Reader['read'] {
  return ({ user_id, restaurant_id, created_at }) =>
    bytes(text(user_id)) > 1024 ? unreadableKey : dated(text(restaurant_id), readDay(created_at));
}

const pair = { key: ['user_id', 'restaurant_id'] };

/** The restaurant in an attribute: text or a number. Null: the attribute is there, but holds no id. */
function restaurantIn(value: Value | undefined): string | null | undefined {
  if (value === undefined || 'NULL' in value) return undefined;
  if (typeof value['N'] === 'string') return digitsOf(value['N']);
  return typeof value['S'] === 'string' && value['S'] !== '' ? value['S'] : null;
}

function byAttribute(value: Value | undefined, judge: (restaurant: string) => Reading): Reading {
  const restaurant = restaurantIn(value);
  if (restaurant === undefined) return other;
  return restaurant === null ? { kind: 'rejected', restaurant: undefined } : judge(restaurant);
}

/** An id in an attribute of shape 1 beside the same id in the key. */
function agrees(value: Value | undefined, id: string): boolean {
  if (value === undefined) return true;
  const { N: number } = value;
  return typeof number === 'string'
    ? /^\d+$/.test(id) && digitsOf(number) === digitsOf(id)
    : value['S'] === id;
}

function softlyDeleted(isHidden: (item: Item) => boolean | 'unreadable'): Reader {
  return {
    key: ['userId', 'restaurantId'],
    readsUpdates: true,
    read(item) {
      const restaurant = text(item['restaurantId']);
      const hidden = isHidden(item);
      if (hidden === 'unreadable') return { kind: 'rejected', restaurant };
      return hidden ? other : dated(restaurant, rfc3339Day(item['createdAt']));
    },
  };
}

function isDeleted({ _deleted: flag }: Item): boolean | 'unreadable' {
  if (flag === undefined) return false;
  return typeof flag['BOOL'] === 'boolean' ? flag['BOOL'] : 'unreadable';
}

export const readers: Readonly<Record<string, Reader>> = {
  1: {
    key: ['restaurant_id_user_id'],
    readsUpdates: false,
    read({ restaurant_id_user_id, restaurant_id, user_id, created_at }) {
      const [restaurant = '', user = '', ...more] = text(restaurant_id_user_id).split('#');
      if (restaurant === '' || user === '' || more.length > 0) return unreadableKey;
      const isSame = agrees(restaurant_id, restaurant) && agrees(user_id, user);
      return isSame ? dated(restaurant, rfc3339Day(created_at)) : { kind: 'rejected', restaurant };
    },
  },
  2: {
    key: ['pk'],
    readsUpdates: false,
    read({ pk, created_at }) {
      const [user = '', restaurant = '', ...more] = text(pk).split(':');
      if (restaurant === '' || user === '' || more.length > 0) return unreadableKey;
      return dated(restaurant, rfc3339Day(created_at));
    },
  },
  '2-attribute': {
    key: ['pk'],
    readsUpdates: true,
    read({ pk, restaurant_id, created_at }) {
      if (bytes(text(pk)) > 1024) return unreadableKey;
      return byAttribute(restaurant_id, (restaurant) => dated(restaurant, rfc3339Day(created_at)));
    },
  },
  3: { ...pair, readsUpdates: false, read: inTwoAttributes(rfc3339Day) },
  4: { key: ['restaurant_id', 'user_id'], readsUpdates: false, read: inTwoAttributes(rfc3339Day) },
  5: {
    key: ['PK', 'SK'],
    readsUpdates: true,
    read(item) {
      const [pk, sk] = [text(item['PK']), text(item['SK'])];
      if (!pk.startsWith('USER#') || !sk.startsWith('FAV#')) return other;
      const restaurant = sk.slice('FAV#'.length);
      if (pk === 'USER#' || restaurant === '') return unreadableKey;
      const hidden = isDeleted(item);
      if (hidden === 'unreadable') return { kind: 'rejected', restaurant };
      return hidden ? other : dated(restaurant, rfc3339Day(item['createdAt']));
    },
  },
  6: {
    key: ['id'],
    readsUpdates: true,
    read: ({ restaurantId, createdAt }) =>
      byAttribute(restaurantId, (restaurant) => dated(restaurant, rfc3339Day(createdAt))),
  },
  7: {
    ...pair,
    readsUpdates: false,
    read: ({ restaurant_id, created_at }) =>
      dated(digitsOf(String(restaurant_id?.['N'])), rfc3339Day(created_at)),
  },
  '7-attributes': {
    key: ['id'],
    readsUpdates: true,
    read: ({ restaurant_id, created_at }) =>
      byAttribute(restaurant_id, (restaurant) => dated(restaurant, rfc3339Day(created_at))),
  },
  8: { ...pair, readsUpdates: true, read: inTwoAttributes(rfc3339Day) },
  '8-sql': { ...pair, readsUpdates: true, read: inTwoAttributes(chisinauSqlDay) },
  '8-date': { ...pair, readsUpdates: true, read: inTwoAttributes(bareDay) },
  '8-epoch-seconds': { ...pair, readsUpdates: false, read: inTwoAttributes(secondsDay) },
  '8-epoch-milliseconds': { ...pair, readsUpdates: true, read: inTwoAttributes(millisecondsDay) },
  '8-none': {
    ...pair,
    readsUpdates: false,
    read: ({ user_id, restaurant_id }) =>
      bytes(text(user_id)) > 1024
        ? unreadableKey
        : { kind: 'counts', restaurant: text(restaurant_id), day: undefined },
  },
  9: softlyDeleted(isDeleted),
  '9-exists': softlyDeleted(({ deletedAt }) => deletedAt !== undefined),
  '9-equals': softlyDeleted(({ active }) => {
    if (active === undefined) return true;
    return typeof active['N'] === 'string' ? Number(active['N']) !== 1 : 'unreadable';
  }),
  10: {
    key: ['PK', 'SK'],
    readsUpdates: true,
    read({ PK, kind, restaurantId, favouritedAt }) {
      if (!text(PK).startsWith('USER#')) return other;
      if (text(PK) === 'USER#') return unreadableKey;
      return byAttribute(restaurantId, (restaurant) => {
        if (kind !== undefined && typeof kind['S'] !== 'string') return { kind: 'rejected', restaurant };
        return kind?.['S'] === 'favourite' ? dated(restaurant, rfc3339Day(favouritedAt)) : other;
      });
    },
  },
};
