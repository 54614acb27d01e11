/**
 * Worlds of a few writes, each small enough to try every schedule. In each, some simpler rule for any table
 * gives wrong registers.
 */
import { defaultSource } from '../../../src/counting/source/source.ts';
import type { Item } from '../../../src/tables/dynamodb/scan.ts';
import type { World } from './world.ts';
import type { Write } from './oracle.ts';
import { AUGUST, type Content, SEPTEMBER, type Shape, shapes, surrogate } from './shapes.ts';

const surrogateShape = shapes['a surrogate key'] as World['shape'];

/** The contents of one row, one after another. Undefined stands for a row that is gone. */
const oneRow = (...contents: readonly (Content | undefined)[]): readonly Write[] =>
  contents.map((content) => ({ row: 0, content }));

/** Every record is delivered alone, at any time. */
const alone = (writes: readonly Write[], options: Partial<World> = {}): World => ({
  shape: surrogateShape,
  writes,
  deliveries: writes.map((_, index) => [index]),
  ...options,
});

/** The last record is lost; the others were handled before the run, in which heal finds the difference. */
const lastLost = (writes: readonly Write[], options: Partial<World> = {}): World => ({
  shape: surrogateShape,
  writes,
  arrived: writes.slice(0, -1).map((_, index) => [index]),
  heals: 1,
  ...options,
});

const { at, softDeleted, undated, unreadableRestaurant, otherKind } = surrogate;
const [HERE, THERE] = ['osteria', 'ost#eria'] as const;

const twoTextKeys: Shape = {
  ...surrogateShape,
  source: {
    ...surrogate.source,
    key: [
      { name: 'group', type: 'S' },
      { name: 'member', type: 'S' },
    ],
  },
  rows: [
    { key: { group: { S: 'a#b' }, member: { S: 'c' } }, rowId: '["a#b","c"]' },
    { key: { group: { S: 'a' }, member: { S: 'b#c' } }, rowId: '["a","b#c"]' },
  ],
};

/** Two rows of a shape, each with one content. */
const twoRows = (shape: Shape, contents: readonly [Content, Content], options: Partial<World> = {}): World =>
  alone(
    contents.map((content, row) => ({ row, content })),
    { shape, ...options },
  );
const withIds = (...ids: readonly string[]): Shape => ({
  ...surrogateShape,
  rows: ids.map((id) => ({ key: { id: { S: id } }, rowId: id })),
});
/** The same content with more attributes, which do not change its meaning. */
const having = (content: Content, attributes: Item): Content => ({
  ...content,
  attributes: { ...content.attributes, ...attributes },
});
const ofAda = { owner: { S: 'ada' } };

export const smallWorlds = {
  'two keys are alike once they are joined': twoRows(twoTextKeys, [at(HERE), at(HERE, SEPTEMBER)]),
  'two registers are alike once they are joined': twoRows(withIds('eria#1', '1'), [
    at('ost'),
    at('ost#eria', SEPTEMBER),
  ]),
  'two registers of one batch are alike once they are joined': twoRows(
    withIds('eria#1', '1'),
    [at('ost'), at('ost#eria', SEPTEMBER)],
    { deliveries: [[0, 1]] },
  ),
  'one owner has two rows of one restaurant': twoRows(surrogateShape, [
    having(at(HERE), ofAda),
    having(at(HERE, SEPTEMBER), ofAda),
  ]),
  'a row is edited': alone(oneRow(at(HERE), at(HERE, SEPTEMBER), undefined)),
  'a row moves to another restaurant': alone(oneRow(at(HERE), at(THERE)), { late: [[0]] }),
  'a row moves there and back': alone(oneRow(at(HERE), at(THERE), at(HERE))),
  'a row moves, and its two registers commit apart': alone(oneRow(at(HERE), at(THERE)), { halfCommits: 2 }),
  'a row becomes another kind of item': alone(oneRow(at(HERE), otherKind), { late: [[0]] }),
  'a row becomes another kind of item and comes back': alone(oneRow(at(HERE), otherKind, at(HERE))),
  'the restaurant of a row becomes unreadable': alone(oneRow(at(HERE), unreadableRestaurant)),
  'a row moves and becomes unreadable at once': alone(oneRow(at(HERE), undated(THERE)), { failedLetters: 1 }),
  'a counted row becomes unreadable': alone(oneRow(at(HERE), undated(HERE))),
  'an unreadable row that was counted is removed': alone(oneRow(at(HERE), undated(HERE), undefined)),
  'a row without a date is completed': alone(oneRow(undated(HERE), at(HERE))),
  'a row is unreadable for a while, and heal runs': alone(oneRow(at(HERE), undated(HERE), at(HERE)), {
    liveFrom: 2,
    arrived: [[0]],
    deliveries: [[1], [2]],
    heals: 1,
  }),
  'a soft delete takes the date away': alone(oneRow(at(HERE), softDeleted(HERE))),
  'a row is soft-deleted, and removed weeks later': alone(oneRow(at(HERE), softDeleted(HERE), undefined)),
  'a soft delete is taken back': alone(oneRow(at(HERE), softDeleted(HERE), at(HERE)), { late: [[1]] }),
  'a move is lost': lastLost(oneRow(at(HERE), at(THERE))),
  'a change to another kind of item is lost': lastLost(oneRow(at(HERE), otherKind)),
  'a soft delete is lost': lastLost(oneRow(at(HERE), softDeleted(HERE))),
  'a move is in flight while heal runs': alone(oneRow(at(HERE), at(THERE)), {
    arrived: [[0]],
    deliveries: [[1]],
    heals: 1,
  }),
  'the user moves a row while heal runs': alone(oneRow(at(HERE), at(THERE)), {
    liveFrom: 1,
    arrived: [[0]],
    deliveries: [[1]],
    heals: 1,
  }),
  'a counted row becomes unreadable, and its dead letter is tried again': alone(
    oneRow(at(HERE), undated(HERE)),
    { arrived: [[0], [1]], deliveries: [], redrives: 1 },
  ),
  'a mark is a dead letter, and the user moves the row': alone(oneRow(at(HERE), at(THERE)), {
    liveFrom: 1,
    deliveries: [[1]],
    givenUp: [0],
    redrives: 1,
  }),
  'a move is a dead letter, after its first half was committed': alone(oneRow(at(HERE), at(THERE)), {
    arrived: [[0]],
    deliveries: [[1]],
    givenUp: [1],
    halfCommits: 1,
    failedLooks: 1,
    redrives: 1,
  }),
  'the user completes a row that is a dead letter': alone(oneRow(undated(HERE), at(HERE)), {
    liveFrom: 1,
    arrived: [[0]],
    deliveries: [[1]],
    redrives: 1,
  }),
  'the restaurant of a dead letter is corrected': alone(oneRow(unreadableRestaurant, at(HERE)), {
    liveFrom: 1,
    arrived: [[0]],
    deliveries: [[1]],
    redrives: 1,
  }),
  'a mark is a dead letter while heal runs, and its un-mark was lost': alone(oneRow(at(HERE), undefined), {
    deliveries: [],
    givenUp: [0],
    heals: 1,
    redrives: 1,
  }),
  'a repair did not see the dead letter of a mark': alone(oneRow(at(HERE), undefined), {
    deliveries: [],
    givenUp: [0],
  }),
  'a repair did not see the dead letter of a move, and the row has moved back': alone(
    oneRow(at(HERE), at(THERE), at(HERE)),
    { arrived: [[0]], deliveries: [], givenUp: [1] },
  ),
  'a dead letter is of another table': alone(oneRow(at(HERE), undefined), {
    arrived: [[0]],
    liveFrom: 1,
    deliveries: [[1]],
    foreign: [0],
    redrives: 1,
  }),
} satisfies Readonly<Record<string, World>>;

export type SmallWorld = keyof typeof smallWorlds;

/**
 * While the first two contents are written, an old and a new aggregator handle records. Then heal runs beside
 * the last one.
 */
const changing = (sourceBefore: Shape['source'], ...contents: readonly [Content, Content, Content]): World =>
  alone(oneRow(...contents), {
    sourceBefore,
    liveFrom: 2,
    arrived: [[0], [1]],
    deliveries: [[2]],
    heals: 1,
  });
const { countedWhen: _, ...withoutFlag } = surrogate.source;
/** Soft-deleted, but the row keeps its date. */
const flagged = (date?: string) => having(softDeleted(HERE), at(HERE, date).attributes);
const markedAt = (date: string) => ({ markedAt: { S: date } });
const venue = (venueId: string) => ({ venueId: { S: venueId } });

/** The setting with this name changes. */
export const settingsWorlds = {
  countedWhen: changing(withoutFlag, at(HERE), flagged(), flagged(SEPTEMBER)),
  createdAt: changing(
    { ...surrogate.source, createdAt: { attribute: 'markedAt', format: 'rfc3339' } },
    having(at(HERE, SEPTEMBER), markedAt(AUGUST)),
    having(at(HERE, AUGUST), markedAt(AUGUST)),
    having(at(HERE, AUGUST), markedAt(SEPTEMBER)),
  ),
  restaurant: changing(
    { ...surrogate.source, restaurant: { attribute: 'venueId' } },
    having(at(HERE), venue('trattoria')),
    having(otherKind, venue('trattoria')),
    having(otherKind, venue('cantina')),
  ),
} satisfies Readonly<Record<string, World>>;

const strangeRows = (shape: Pick<Shape, 'source'>, attributes: Item, ...keys: readonly Item[]): World => {
  const rows = keys.map((key) => ({ key, rowId: 'none' }));
  // Nothing can be counted, because the settings describe another key.
  const content: Content = { attributes, restaurant: undefined, verdict: 'rejected' };
  return alone(
    rows.map((__, row) => ({ row, content })),
    { shape: { ...shape, rows, contents: [] } },
  );
};

/** Tables whose key is not that of the settings. */
export const strangeKeyWorlds = {
  'an attribute more': strangeRows(
    { source: defaultSource },
    { created_at: { S: AUGUST } },
    { restaurant_id_user_id: { S: 'osteria#ada' }, visit: { S: '1' } },
    { restaurant_id_user_id: { S: 'osteria#ada' }, visit: { S: '2' } },
  ),
  'another type': strangeRows(surrogate, at(HERE).attributes, { id: { N: '1' } }, { id: { N: '2' } }),
} satisfies Readonly<Record<string, World>>;
