/** The layouts of the shapes, by the name of their files. */
import { createHash } from 'node:crypto';
import * as dates from './dates.ts';
import { type Flag, type Item, type Layout, type Mark, number, text, type Value } from './layout.ts';

/** Ids that are easily mixed up: by case, blanks or encoding, or because they mean something elsewhere. */
const oddTexts = [
  ...['R1', ' r1', 'r1 ', '7', '007', 'cafe\u0301', 'caf\u00e9', 'カフェ', '🍜', '\ufb00', '{restaurant}'],
  ...['Joe\'s "Diner", No. 5', '__proto__', 'ALL_TIME', '%2F', 'two\nlines', '["r1"]'],
];
const oddNumbers = ['0', '-7', '7.5', '0.07', '12345678901234567890123456789012345678', '1E38', '-1E-20'];
/** It differs from the one above in its last digit. */
const nearlyTheSame = '12345678901234567890123456789012345679';

const plain = {
  date: dates.rfc3339Date,
  dateAttribute: 'created_at',
  unreadableDates: dates.unreadableDates.rfc3339,
  oddRestaurants: [...oddTexts, 'a#b', 'a:b'],
  isUpdated: false,
} as const;

/** Attributes without the undefined ones. */
function item(attributes: Readonly<Record<string, Value | undefined>>): Item {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value)) as Item;
}

function userAndRestaurant({ user, restaurant, date }: Mark): Item {
  return item({ user_id: text(user), restaurant_id: text(restaurant), created_at: date });
}

const byUser: Layout = { ...plain, key: ['user_id', 'restaurant_id'], row: userAndRestaurant };

/** A number for each name: `r3` becomes 3, a user's name becomes the codes of its letters. */
function idNumber(name: string): Value {
  const [, digits] = /^r(\d+)$/.exec(name) ?? [];
  const letters = () => Array.from(Buffer.from(name)).join('');
  return number(digits ?? (/^-?[\d.]+(?:E-?\d+)?$/.test(name) ? name : letters()));
}

/** The table of shape 1 has an index by user and date, which refuses other types and empty text. */
function isIndexed(date: Value | undefined): boolean {
  return date === undefined || (typeof date['S'] === 'string' && date['S'] !== '');
}

/** 32 hexadecimal digits that are the same for the same mark. */
function digestOf({ user, restaurant, copy = 0 }: Mark): string {
  return createHash('sha256')
    .update(JSON.stringify([user, restaurant, copy]))
    .digest('hex')
    .slice(0, 32);
}

function uuidOf(mark: Mark): string {
  return digestOf(mark).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A number of up to 38 digits, the most that DynamoDB stores. */
function longNumberOf(mark: Mark): string {
  return String(BigInt(`0x${digestOf(mark).slice(1)}`));
}

const deletedFlag: Flag = {
  attribute: '_deleted',
  shown: [undefined, { BOOL: false }],
  hidden: [{ BOOL: true }],
  unreadable: [text('true'), number(1), { NULL: true }],
};

function softlyDeleted(flag: Flag): Layout {
  return {
    ...plain,
    key: ['userId', 'restaurantId'],
    row: ({ user, restaurant, date }) =>
      item({
        userId: text(user),
        restaurantId: text(restaurant),
        createdAt: date,
        [flag.attribute]: flag.shown[0],
      }),
    dateAttribute: 'createdAt',
    isUpdated: true,
    flag,
  };
}

/** @param random draws the form of each date, where a shape has several. */
export function createLayouts(random: () => number): Readonly<Record<string, Layout>> {
  const drawn = (write: (iso: string, draw: () => number) => Value) => (iso: string) => write(iso, random);
  const { unreadableDates } = dates;
  return {
    1: {
      ...plain,
      key: ['restaurant_id_user_id'],
      row: (mark) => ({
        restaurant_id_user_id: text(`${mark.restaurant}#${mark.user}`),
        ...userAndRestaurant(mark),
      }),
      unreadableDates: unreadableDates.rfc3339.filter(isIndexed),
      oddRestaurants: [...oddTexts, 'a:b'],
    },
    2: {
      ...plain,
      key: ['pk'],
      row: ({ user, restaurant, date }) => item({ pk: text(`${user}:${restaurant}`), created_at: date }),
      oddRestaurants: [...oddTexts, 'a#b'],
    },
    '2-attribute': {
      ...plain,
      key: ['pk'],
      row: ({ user, restaurant, date }) =>
        item({
          pk: text(`us-east-1:${user}:${restaurant}`),
          restaurant_id: text(restaurant),
          created_at: date,
        }),
      isUpdated: true,
      restaurantAttribute: 'restaurant_id',
    },
    3: byUser,
    4: { ...byUser, key: ['restaurant_id', 'user_id'] },
    5: {
      ...plain,
      key: ['PK', 'SK'],
      row: ({ user, restaurant, date }) =>
        item({ PK: text(`USER#${user}`), SK: text(`FAV#${restaurant}`), createdAt: date }),
      dateAttribute: 'createdAt',
      isUpdated: true,
      flag: deletedFlag,
    },
    6: {
      ...plain,
      key: ['id'],
      row: (mark) =>
        item({
          id: text(uuidOf(mark)),
          ownerId: text(mark.user),
          restaurantId: text(mark.restaurant),
          createdAt: mark.date,
        }),
      dateAttribute: 'createdAt',
      isUpdated: true,
      restaurantAttribute: 'restaurantId',
    },
    7: {
      ...byUser,
      row: ({ user, restaurant, date }) =>
        item({ user_id: idNumber(user), restaurant_id: idNumber(restaurant), created_at: date }),
      oddRestaurants: [...oddNumbers, nearlyTheSame],
    },
    '7-attributes': {
      ...plain,
      key: ['id'],
      row: (mark) =>
        item({
          id: number(longNumberOf(mark)),
          restaurant_id: idNumber(mark.restaurant),
          created_at: mark.date,
        }),
      oddRestaurants: [...oddNumbers, nearlyTheSame],
      isUpdated: true,
      restaurantAttribute: 'restaurant_id',
    },
    8: {
      ...byUser,
      date: drawn(dates.anyRfc3339Date),
      unreadableDates: [...unreadableDates.rfc3339, ...unreadableDates.offsets],
      isUpdated: true,
    },
    '8-sql': {
      ...byUser,
      date: drawn(dates.sqlDate),
      unreadableDates: unreadableDates.sql,
      isUpdated: true,
    },
    '8-date': { ...byUser, date: dates.bareDate, unreadableDates: unreadableDates.date, isUpdated: true },
    '8-epoch-seconds': {
      ...byUser,
      date: drawn(dates.epochSeconds),
      unreadableDates: [...unreadableDates.epoch, ...unreadableDates.epochSeconds],
    },
    '8-epoch-milliseconds': {
      ...byUser,
      date: drawn(dates.epochMilliseconds),
      unreadableDates: [...unreadableDates.epoch, ...unreadableDates.epochMilliseconds],
      isUpdated: true,
    },
    '8-none': { ...byUser, date: () => undefined, unreadableDates: [] },
    9: softlyDeleted(deletedFlag),
    '9-exists': softlyDeleted({
      attribute: 'deletedAt',
      shown: [undefined],
      hidden: [text('2022-09-02T08:00:00Z'), { NULL: true }],
      unreadable: [],
    }),
    '9-equals': softlyDeleted({
      attribute: 'active',
      shown: [number(1), number('1.0'), number('1E0')],
      hidden: [undefined, number(0), number('1.5')],
      unreadable: [text('1'), { BOOL: true }],
    }),
    10: {
      ...plain,
      key: ['PK', 'SK'],
      row: (mark) =>
        item({
          PK: text(`USER#${mark.user}`),
          SK: text(`ENTRY#${digestOf(mark).slice(-12)}`),
          kind: text('favourite'),
          restaurantId: text(mark.restaurant),
          favouritedAt: mark.date,
        }),
      dateAttribute: 'favouritedAt',
      isUpdated: true,
      restaurantAttribute: 'restaurantId',
      flag: {
        attribute: 'kind',
        shown: [text('favourite')],
        hidden: [text('visit'), text('Favourite'), undefined],
        unreadable: [{ BOOL: true }, number(1)],
      },
    },
  };
}

export const layoutNames: readonly string[] = Object.keys(createLayouts(() => 0));
