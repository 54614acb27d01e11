/** The situations that the traces promise to contain, for the test of the traces. */
import type { Step } from './answers.ts';
import { readers } from './answers/read-rows.ts';

type Happens = (step: Step) => boolean;
type Promised = readonly (readonly [situation: string, happens: Happens])[];
/** The earlier steps of the same row, in order. */
type Earlier = (step: Step) => readonly Step[];

const softlyDeleted = ['5', '9', '9-exists', '9-equals', '10'];
const moving = ['2-attribute', '6', '7-attributes', '10'];

/** What every trace contains, what its kind of shape adds, and what it alone has. */
export function promisesOf(name: string, steps: readonly Step[]): Promised {
  const earlier = earlierSteps(steps);
  return [
    ...marks(earlier),
    ...(name === '8-none' ? [] : rejectedRows(earlier)),
    ...(readers[name]?.readsUpdates === true ? updates(earlier) : []),
    ...(softlyDeleted.includes(name) ? softDeletes(earlier) : []),
    ...(moving.includes(name) ? moves(earlier) : []),
    ...(own[name] ?? []),
  ];
}

function earlierSteps(steps: readonly Step[]): Earlier {
  const ofRow = new Map<string, Step[]>();
  const earlier = new Map<Step, readonly Step[]>();
  for (const step of steps) {
    const before = ofRow.get(step.row) ?? [];
    earlier.set(step, [...before]);
    ofRow.set(step.row, [...before, step]);
  }
  return (step) => earlier.get(step) ?? [];
}

function counts({ after }: Step): boolean {
  return after?.kind === 'counts';
}

function becomes(from: string | undefined, to: string | undefined): Happens {
  return ({ before, after }) => before?.kind === from && after?.kind === to;
}

/** Whether the step puts an item that holds this text. */
function puts(text: string): Happens {
  return ({ write }) => 'put' in write && JSON.stringify(write.put).includes(text);
}

function marks(earlier: Earlier): Promised {
  const wasCounted: Happens = (step) => earlier(step).some(counts);
  const isRepeated: Happens = (step) => {
    const { write } = earlier(step).at(-1) ?? {};
    return write !== undefined && 'put' in write && puts(JSON.stringify(write.put))(step);
  };
  return [
    ['un-marks', becomes('counts', undefined)],
    ['un-marks of rows that do not exist', becomes(undefined, undefined)],
    ['rows that are marked again', (step) => becomes(undefined, 'counts')(step) && wasCounted(step)],
    ['puts that repeat a row exactly', (step) => counts(step) && isRepeated(step)],
    ['puts that change only what does not matter', (step) => puts('visits')(step) && counts(step)],
  ];
}

function rejectedRows(earlier: Earlier): Promised {
  return [
    ['rows that are rejected from the start', becomes(undefined, 'rejected')],
    ['rejected rows that are deleted', becomes('rejected', undefined)],
    [
      'rejected rows that are deleted and written anew',
      (step) => becomes(undefined, 'counts')(step) && earlier(step).some(becomes(undefined, 'rejected')),
    ],
    [
      'rows that are rejected when they are marked again',
      (step) => becomes(undefined, 'rejected')(step) && earlier(step).some(counts),
    ],
  ];
}

function updates(earlier: Earlier): Promised {
  const isSpoiled: Happens = (step) => step.after?.kind === 'rejected' && step.counted !== undefined;
  return [
    ['dates that are edited', (step) => becomes('counts', 'counts')(step) && step.before !== step.counted],
    ['rows that are completed later', becomes('rejected', 'counts')],
    ['rows that are spoiled and keep counting', isSpoiled],
    [
      'rows that are deleted while they are rejected and count',
      (step) => step.after === undefined && earlier(step).slice(-1).some(isSpoiled),
    ],
    ['rows whose rejected image is updated to another rejected one', becomes('rejected', 'rejected')],
  ];
}

function softDeletes(earlier: Earlier): Promised {
  return [
    ['rows that are hidden', becomes('counts', 'other')],
    ['hidden rows that are shown again', becomes('other', 'counts')],
    [
      'hidden rows that are deleted later, as TTL does',
      (step) => becomes('other', undefined)(step) && earlier(step).some(counts),
    ],
    ['rows that are hidden from the start', becomes(undefined, 'other')],
    ['rejected rows that are hidden', becomes('rejected', 'other')],
    ['hidden rows that are shown with an unreadable date', becomes('other', 'rejected')],
  ];
}

function moves(earlier: Earlier): Promised {
  const restaurantOf = (reading: Step['after']) =>
    reading === undefined || !('restaurant' in reading) ? undefined : reading.restaurant;
  const isMoved: Happens = ({ before, after }) => restaurantOf(before) !== restaurantOf(after);
  return [
    ['rows that move', (step) => becomes('counts', 'counts')(step) && isMoved(step)],
    [
      'rows that move back',
      (step) =>
        becomes('counts', 'counts')(step) &&
        isMoved(step) &&
        earlier(step)
          .slice(0, -1)
          .some(({ after }) => restaurantOf(after) === restaurantOf(step.after)),
    ],
    [
      'rows that move and are spoiled at once',
      (step) => becomes('counts', 'rejected')(step) && isMoved(step),
    ],
    [
      'rows that move while they are rejected and count',
      (step) =>
        becomes('rejected', 'rejected')(step) &&
        restaurantOf(step.after) !== undefined &&
        earlier(step).at(-1)?.counted !== undefined &&
        step.counted === undefined,
    ],
    ['restaurants that cannot be read', ({ after }) => after?.kind === 'rejected' && !restaurantOf(after)],
    ['rows that turn into another kind of item', becomes('counts', 'other')],
    ['rows that turn into favourites', becomes('other', 'counts')],
    ['rows of another kind of item that are deleted', becomes('other', undefined)],
  ];
}

const unreadableKeys: Promised = [
  ['keys that cannot be read', becomes(undefined, 'unreadable key')],
  ['deletes of keys that cannot be read', becomes('unreadable key', undefined)],
];

function written(...texts: readonly string[]): Promised {
  return texts.map((text) => [text, puts(JSON.stringify(text).slice(1, -1))]);
}

/** Counted values of one attribute. */
function dates(...values: readonly string[]): Promised {
  return values.map((value) => [`the date ${value}`, (step) => counts(step) && puts(`"${value}"`)(step)]);
}

const own: Readonly<Record<string, Promised>> = {
  1: [
    ...unreadableKeys,
    ['numbers beside a text key', (step) => counts(step) && puts('{"N":"123"}')(step)],
    ['numbers of other digits than the key', (step) => !counts(step) && puts('"124#456"')(step)],
    ['unicode', (step) => counts(step) && puts('"🍜"')(step)],
  ],
  2: [...unreadableKeys, ...written('us-east-1:pat:r1')],
  '2-attribute': [
    ...unreadableKeys,
    ['ids that hold the separator', (step) => counts(step) && puts('us-east-1:dov:a:b')(step)],
    ['numbers as restaurants', (step) => counts(step) && puts('"restaurant_id":{"N":"7"}')(step)],
  ],
  3: unreadableKeys,
  4: [['a restaurant of more than 1,024 bytes', (step) => counts(step) && puts('1'.repeat(1500))(step)]],
  5: [...unreadableKeys, ...written('META', 'FAVS#r1', 'ARCHIVE#FAV#r1', 'ORG#u1', ' FAV#r1', 'FAV#r1#r2')],
  6: [['another owner', (step) => becomes('counts', 'counts')(step) && puts('"ownerId":{"S":"quy"}')(step)]],
  7: written('007', '7.0', '1E2', '1e2', '0100.00', '-0', '12345678901234567890123456789012345679'),
  '7-attributes': ['{"N":"007"}', '{"N":"7.00"}', '{"S":"007"}', '{"N":"1E2"}', '{"S":"7"}'].map((value) => [
    `the restaurant ${value}`,
    (step) => counts(step) && puts(`"restaurant_id":${value}`)(step),
  ]),
  8: dates('2022-07-31T23:30:00-01:00', '2022-08-01t00:30:00.5+00:31', '1969-12-31T23:59:59z'),
  '8-sql': dates('2021-03-28 02:30:00', '2021-10-31 02:30:00', '2021-01-01 01:59:59'),
  '8-date': dates('2024-02-29', '2022-07-31', '2022-08-01'),
  '8-epoch-seconds': dates('631152000', '4102444799.999', '1659311999.999999', '16593120E2'),
  '8-epoch-milliseconds': dates('631152000000', '4102444799999', '1659311999999.9', '16593120E5'),
  '8-none': [...unreadableKeys, ...dates('yesterday')],
  9: written('_ttl'),
  10: unreadableKeys,
};
