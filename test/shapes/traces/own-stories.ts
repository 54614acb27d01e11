/** The stories that belong to one shape each, by its name. */
import { type Item, type Layout, number, text, type Value, withAttribute, type Write } from './layout.ts';
import { type Stories, type Story, writerOf } from './stories.ts';

const put = (item: Item): Write => ({ put: item });

/** Bytes of the longest user in a register, and one more. */
const longest = 'u'.repeat(1024);
const tooLong = `${'é'.repeat(512)}u`;

export function ownStories(name: string, layout: Layout): Stories {
  return { early: [], anywhere: makers[name]?.(layout) ?? [], late: [] };
}

const makers: Readonly<Record<string, (layout: Layout) => readonly Story[]>> = {
  1: (layout) => [...idsInTwoPlaces(layout), ...wrongKeys(layout, 'restaurant_id_user_id', '#')],
  2: (layout) => [
    ...wrongKeys(layout, 'pk', ':'),
    [put({ pk: text('us-east-1:pat:r1'), created_at: text('2022-08-01T12:00:00Z') })],
  ],
  '2-attribute': (layout) => [...longKeys(layout), ...numbersAndTexts(layout)],
  3: longKeys,
  4: (layout) => {
    const { row, delete: unmark } = writerOf(layout);
    const id = `r${'1'.repeat(1500)}`;
    return [[put(row('pat', id)), put(row('quy', id)), unmark(row('pat', id))]];
  },
  5: otherKinds,
  6: (layout) => {
    const { row } = writerOf(layout);
    const owned = row('pat', 'r1');
    const given = withAttribute(owned, 'ownerId', text('quy'));
    return [[put(owned), put(given), put(withAttribute(given, 'ownerId', undefined)), put(owned)]];
  },
  7: sameNumbers,
  '7-attributes': numbersAndTexts,
  8: (layout) =>
    rowsWithDates(
      layout,
      [
        ...['2022-07-31T23:30:00-01:00', '2022-08-01T01:30:00+02:00', '2022-08-01t00:30:00.5+00:31'],
        ...['2024-02-29T00:00:00+00:00', '2022-01-01T05:44:59.999999999+05:45', '1969-12-31T23:59:59z'],
      ].map(text),
    ),
  '8-sql': (layout) =>
    rowsWithDates(
      layout,
      [
        // The clocks go forward: half past two does not exist.
        ...['2021-03-28 01:59:59', '2021-03-28 02:30:00', '2021-03-28 03:00:00'],
        // The clocks go back: half past two occurs twice.
        ...['2021-10-31 01:59:59', '2021-10-31 02:30:00', '2021-10-31 02:59:59.999', '2021-10-31 03:00:00'],
        ...[
          '2021-08-01T02:59:59',
          '2021-01-01 01:59:59',
          '2021-01-01 02:00:00',
          '2021-02-28 23:59:59.123456',
        ],
        ...['2021-10-31 02:30:00+02', '2021-10-31 02:30:00 +0300', '2021-03-28 00:30:00Z'],
      ].map(text),
    ),
  '8-date': (layout) => rowsWithDates(layout, ['2024-02-29', '2000-02-29', '2022-12-31'].map(text)),
  '8-epoch-seconds': (layout) =>
    rowsWithDates(layout, ['631152000', '4102444799.999', '1659311999.999999', '16593120E2'].map(number)),
  '8-epoch-milliseconds': (layout) =>
    rowsWithDates(layout, ['631152000000', '4102444799999', '1659311999999.9', '16593120E5'].map(number)),
  '8-none': (layout) => [
    ...longKeys(layout),
    ...rowsWithDates(layout, [text('2022-08-01T12:00:00Z'), text('yesterday'), { NULL: true }]),
  ],
  9: (layout) => {
    const { row, delete: remove } = writerOf(layout);
    const synced = { ...row('pat', 'r1'), _version: number(1) };
    const hidden = { ...synced, _deleted: { BOOL: true }, _ttl: number(1_661_990_400), _version: number(2) };
    return [[put(synced), put(hidden), remove(hidden), put({ ...synced, _version: number(3) })]];
  },
  10: (layout) => {
    const other = { PK: text('RESTAURANT#r1'), SK: text('MENU'), restaurantId: text('r1') };
    const favourite = { ...other, kind: text('favourite'), favouritedAt: text('2022-08-01T12:00:00Z') };
    const nobody = { ...favourite, PK: text('USER#') };
    const { delete: remove } = writerOf(layout);
    return [
      [put(other), put(favourite), remove(other)],
      [put(nobody), put({ ...nobody, kind: text('visit') }), remove(nobody)],
    ];
  },
};

/** Rows with these dates, each for its own user and restaurant; every second one is marked twice. */
function rowsWithDates(layout: Layout, values: readonly Value[]): readonly Story[] {
  const { row, delete: unmark } = writerOf(layout);
  return values.map((value, at) => {
    const item = row(`pat${Math.floor(at / 5)}`, `r${(at % 5) + 1}`, value);
    return [put(item), ...(at % 2 === 0 ? [unmark(item), put(item)] : [])];
  });
}

/** The key of shape 1 beside the two ids as attributes, which may be a number, missing, or wrong. */
function idsInTwoPlaces(layout: Layout): readonly Story[] {
  const { row, delete: unmark } = writerOf(layout);
  const numbered = (key: string, restaurant: Value): Item => ({
    restaurant_id_user_id: text(key),
    restaurant_id: restaurant,
    user_id: text(key.split('#')[1] ?? ''),
    created_at: text('2022-08-01T12:00:00Z'),
  });
  const [pat, quy, other] = [row('pat', 'r1'), row('pat', 'r2'), row('pat', 'r3')];
  const { restaurant_id: _, user_id: __, ...bare } = row('pat', 'r4');
  const wrong = { ...other, restaurant_id: text('R3') };
  return [
    [put(numbered('123#456', number(123)))],
    [put(numbered('0123#457', number('123.0')))],
    [put(numbered('124#456', number(123)))],
    [put(numbered('123#458', text('0123')))],
    [put({ ...pat, restaurant_id: text('r2') }), unmark(pat), put(pat)],
    [put({ ...quy, user_id: text('quy') })],
    [put(bare), unmark(bare), put(bare)],
    [put(wrong), unmark(wrong)],
  ];
}

/** Keys that do not hold exactly two ids. */
function wrongKeys(layout: Layout, name: string, separator: string): readonly Story[] {
  const { delete: unmark } = writerOf(layout);
  const keys = ['r1', `${separator}u1`, `r1${separator}`, `r1${separator}u1${separator}u2`, separator];
  return keys.map((key, at) => {
    const item = { [name]: text(key), created_at: text('2022-08-01T12:00:00Z') };
    return [put(item), ...(at % 2 === 0 ? [unmark(item)] : [])];
  });
}

/** The row of a register has at most 1,024 bytes. */
function longKeys(layout: Layout): readonly Story[] {
  const { row, delete: unmark } = writerOf(layout);
  const fits = layout.key.length === 1 ? longest.slice('us-east-1::r1'.length) : longest;
  return [
    [put(row(fits, 'r1')), unmark(row(fits, 'r1')), put(row(fits, 'r1'))],
    [put(row(tooLong, 'r1')), unmark(row(tooLong, 'r1'))],
    [put(row(`${tooLong}2`, 'r2'))],
  ];
}

/** Other kinds of item in the table of shape 5, some of which look nearly like a favourite. */
function otherKinds(layout: Layout): readonly Story[] {
  const { row, delete: remove } = writerOf(layout);
  const near = [
    ...['META', 'PROFILE', 'FAVS#r1', 'FAV', 'fav#r1', 'XFAV#r1', ' FAV#r1', 'FAVOURITE#r1', 'ORDER#1'].map(
      (SK) => ['USER#u1', SK] as const,
    ),
    ...['ORG#u1', 'user#u1', 'USERS#u1', 'USER', 'REST#r1'].map((PK) => [PK, 'FAV#r1'] as const),
  ];
  // They pass the filter of the pipe, but an id is empty.
  const empty = [
    ['USER#u1', 'FAV#'],
    ['USER#', 'FAV#r1'],
  ] as const;
  const item = (PK: string, SK: string): Item => ({
    ...{ PK: text(PK), SK: text(SK), createdAt: text('2022-08-01T12:00:00Z') },
    tags: { SS: ['a', 'b'] },
  });
  const favourite = row('pat', 'r1', 'lastOfJuly');
  const archived = { ...favourite, SK: text('ARCHIVE#FAV#r1') };
  const renamed = (one: Item): Item => ({ ...one, tags: { SS: ['c'] } });
  return [
    ...near.map(([PK, SK], at) => {
      const other = item(PK, SK);
      return [[put(other)], [put(other), put(renamed(other))], [put(other), remove(other)]][at % 3] ?? [];
    }),
    ...empty.map(([PK, SK]) => [put(item(PK, SK)), put(renamed(item(PK, SK))), remove(item(PK, SK))]),
    // Turned into another kind of item, and back: here the kind is in the key.
    [put(favourite), remove(favourite), put(archived), remove(archived), put(favourite)],
    [put(item('USER#quy', 'FAV#r1#r2')), put(item('USER#q#y', 'FAV#r1'))],
  ];
}

/** One number, written in several ways: as a key, it is the same row. */
function sameNumbers(layout: Layout): readonly Story[] {
  const { row, delete: unmark } = writerOf(layout);
  const written = (user: string, restaurant: string, note?: string): Item => ({
    ...row('u1', 'r1', 'august'),
    user_id: number(user),
    restaurant_id: number(restaurant),
    ...(note !== undefined && { note: text(note) }),
  });
  const [big, bigger] = ['99999999999999999999999999999999999998', '99999999999999999999999999999999999999'];
  return [
    [put(written('500', '7')), put(written('0500', '007', 'again')), unmark(written('5E2', '7.0'))],
    [put(written('501', '007')), put(written('501.0', '7.0', 'again'))],
    [put(written('502', '1E2')), put(written('503', '100')), put(written('504', '0100.00'))],
    [put(written('505', '1e2')), unmark(written('0505', '100')), put(written('505', '100'))],
    [put(written(big, '1E2')), put(written(bigger, '100')), unmark(written(big, '100'))],
    [
      put(written(big, bigger)),
      put(written(bigger, big)),
      put(written('-0', '0')),
      put(written('1', '-0.0')),
    ],
    [put(written('0', '0', 'again')), unmark(written('0E5', '0'))],
  ];
}

/** The restaurant in an attribute, now as a number and now as text: equal if the digits are. */
function numbersAndTexts(layout: Layout): readonly Story[] {
  const { row } = writerOf(layout);
  const at = (user: string, restaurant: Value): Item => ({ ...row(user, 'r7'), restaurant_id: restaurant });
  return [
    [put(at('pat', number(7))), put(at('pat', text('7'))), put(at('pat', number('007')))],
    [put(at('quy', text('007'))), put(at('quy', number('007'))), put(at('quy', text('007')))],
    [put(at('ria', number('1E2'))), put(at('ria', text('100'))), put(at('ria', text('1E2')))],
    [put(at('sam', number('7.00'))), put(at('sam', { NULL: true })), put(at('sam', text('7')))],
  ];
}
