/**
 * Tables of favourites of several shapes, and what their rows may hold. The meaning of each content is
 * written by hand, so that it does not depend on the code under test. Ids hold the characters that code might
 * use to join them.
 */
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import type { Item } from '../../../src/tables/dynamodb/scan.ts';

/** What one row holds beside its key, and what that means. Undefined stands for a row that is gone. */
export interface Content {
  readonly attributes: Item;
  /** The restaurant whose register the row names, if it names one. */
  readonly restaurant: string | undefined;
  readonly verdict: 'counts' | 'does not count' | 'not ours' | 'rejected';
  /** What the register holds if the row counts. */
  readonly since?: string;
}

export interface ShapeRow {
  readonly key: Item;
  /** How registers identify the row. */
  readonly rowId: string;
}

export interface Shape {
  readonly source: Source;
  readonly rows: readonly ShapeRow[];
  /** What a row may hold, by the index of the row. */
  readonly contents: readonly (readonly Content[])[];
}

const counts = (restaurant: string, since: string, attributes: Item): Content => ({
  ...{ attributes, restaurant, verdict: 'counts', since },
});
const uncounted = (restaurant: string, attributes: Item): Content => ({
  ...{ attributes, restaurant, verdict: 'does not count' },
});
const rejected = (restaurant: string | undefined, attributes: Item): Content => ({
  ...{ attributes, restaurant, verdict: 'rejected' },
});
const notOurs = (attributes: Item): Content => ({ attributes, restaurant: undefined, verdict: 'not ours' });

export const AUGUST = '2022-08-01T12:00:00Z';
export const SEPTEMBER = '2022-09-01T08:00:00Z';
const RESTAURANTS = ['osteria', 'ost#eria', '100%'] as const;

/** A surrogate key; restaurant and flag are attributes that may change (shapes 6, 9, 10). */
export const surrogate = {
  source: {
    key: [{ name: 'id', type: 'S' }],
    restaurant: { attribute: 'postId' },
    createdAt: { attribute: 'createdAt', format: 'rfc3339' },
    countedWhen: { attribute: '_deleted', notEquals: true },
  },
  rows: ['id-1', 'id#2', 'id-3'].map((id) => ({ key: { id: { S: id } }, rowId: id })),
  at: (restaurant: string, date = AUGUST) =>
    counts(restaurant, date, { postId: { S: restaurant }, createdAt: { S: date } }),
  /** The update that sets the flag also removes the date. */
  softDeleted: (restaurant: string) =>
    uncounted(restaurant, { postId: { S: restaurant }, _deleted: { BOOL: true } }),
  undated: (restaurant: string) => rejected(restaurant, { postId: { S: restaurant } }),
  unreadableFlag: (restaurant: string) =>
    rejected(restaurant, { postId: { S: restaurant }, createdAt: { S: AUGUST }, _deleted: { S: 'no' } }),
  unreadableRestaurant: rejected(undefined, { postId: { L: [] }, createdAt: { S: AUGUST } }),
  otherKind: notOurs({ kind: { S: 'comment' }, createdAt: { S: AUGUST } }),
} as const satisfies Omit<Shape, 'contents'> & Readonly<Record<string, unknown>>;

const surrogateContents: readonly Content[] = [
  ...RESTAURANTS.flatMap((restaurant) => [
    surrogate.at(restaurant),
    surrogate.at(restaurant, SEPTEMBER),
    surrogate.softDeleted(restaurant),
    surrogate.undated(restaurant),
  ]),
  surrogate.unreadableFlag('osteria'),
  surrogate.unreadableRestaurant,
  surrogate.otherKind,
  // A user may be renamed, which changes no count.
  counts('osteria', AUGUST, {
    ...surrogate.at('osteria').attributes,
    name: { S: 'Ada' },
  }),
];

/** Restaurant and user in two key attributes, beside other kinds of item (shape 5). */
const singleTableSource: Source = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'createdAt', format: 'epoch-seconds' },
  countedWhen: { attribute: 'state', equals: 'ACTIVE' },
};
const singleTableRow = (user: string, SK: string): ShapeRow => ({
  key: { PK: { S: `USER#${user}` }, SK: { S: SK } },
  rowId: user,
});
const singleTableContents = (restaurant: string): readonly Content[] => [
  counts(restaurant, '2022-08-01T12:00:00.000Z', { state: { S: 'ACTIVE' }, createdAt: { N: '1659355200' } }),
  counts(restaurant, '2022-09-01T08:00:00.000Z', { state: { S: 'ACTIVE' }, createdAt: { N: '1662019200' } }),
  uncounted(restaurant, { state: { S: 'ARCHIVED' } }),
  uncounted(restaurant, { createdAt: { N: '1659355200' } }),
  rejected(restaurant, { state: { S: 'ACTIVE' }, createdAt: { S: 'soon' } }),
  rejected(restaurant, { state: { BOOL: true }, createdAt: { N: '1659355200' } }),
];

/** The default table, with rows that are updated in place (shapes 1 and 10). */
const updatedSource: Source = { ...defaultSource, updates: true };
const updatedRow = (restaurant: string, user: string): ShapeRow => ({
  key: { restaurant_id_user_id: { S: `${restaurant}#${user}` } },
  rowId: user,
});
const updatedContents = (restaurant: string): readonly Content[] => [
  counts(restaurant, AUGUST, { created_at: { S: AUGUST } }),
  counts(restaurant, SEPTEMBER, { created_at: { S: '2022-09-01t10:00:00+02:00' } }),
  counts(restaurant, AUGUST, { created_at: { S: AUGUST }, restaurant_id: { S: restaurant } }),
  rejected(restaurant, {}),
  rejected(restaurant, { created_at: { S: AUGUST }, restaurant_id: { S: 'elsewhere' } }),
];

/** Two key attributes without a pattern, one of them a number, and no dates (shapes 2, 7, 8). */
const numberedSource: Source = {
  key: [
    { name: 'tenant', type: 'S' },
    { name: 'number', type: 'N' },
  ],
  restaurant: { attribute: 'venue' },
  createdAt: 'none',
  countedWhen: { attribute: 'deletedAt', exists: false },
};
const NUMBERS = ['1', '12345678901234567890123456789012345678'];
const numberedContents = (['7', '70'] as const).flatMap((venue) => [
  counts(venue, 'undated', { venue: { N: venue } }),
  counts(venue, 'undated', { venue: { S: venue }, note: { S: 'the same id as text' } }),
  uncounted(venue, { venue: { N: venue }, deletedAt: { N: '1' } }),
]);

export const shapes: Readonly<Record<string, Shape>> = {
  'a surrogate key': { ...surrogate, contents: surrogate.rows.map(() => surrogateContents) },
  'one table for many kinds of item': {
    source: singleTableSource,
    rows: [
      singleTableRow('a#b', 'FAV#osteria'),
      singleTableRow('a#b', 'FAV#ost#eria'),
      singleTableRow('a#b', 'ORDER#osteria'),
    ],
    contents: [
      singleTableContents('osteria'),
      singleTableContents('ost#eria'),
      singleTableContents('osteria').map(({ attributes }) => notOurs(attributes)),
    ],
  },
  'the default key, with updates': {
    source: updatedSource,
    rows: [updatedRow('osteria', 'ada'), updatedRow('osteria', 'bob'), updatedRow('100%', 'ada')],
    contents: ['osteria', 'osteria', '100%'].map(updatedContents),
  },
  'numbers as ids': {
    source: numberedSource,
    rows: NUMBERS.map((number) => ({
      key: { tenant: { S: 'a#b' }, number: { N: number } },
      rowId: `["a#b","${number}"]`,
    })),
    contents: NUMBERS.map(() => [
      ...numberedContents,
      rejected(undefined, { venue: { BOOL: true } }),
      notOurs({ venue: { NULL: true } }),
      notOurs({ kind: { S: 'order' } }),
    ]),
  },
};
