import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLoadWrites } from '../../infra/local/console/favourites/load-writes.ts';
import { createRowMaker, type RowMaker } from '../../infra/local/console/favourites/row-maker.ts';
import { InputError } from '../../infra/command-line/input-error.ts';
import type { Item } from '../../infra/local/replay/replay-write.ts';
import { restaurants } from '../../infra/local/replay/restaurant-names.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { windowsOf } from '../../src/counting/time-window.ts';

const shapes = join(import.meta.dirname, '../shapes');
const zones = ['UTC', 'Asia/Kathmandu', 'America/Sao_Paulo'];

/** The user of rows whose key does not hold it. */
const owner = { user: { attribute: 'owner' } };
const sources: readonly (readonly [name: string, source: Source])[] = [
  ['default', defaultSource],
  ...readdirSync(shapes)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [file, withUser(shapeOf(file))] as const),
  [
    'a sort key that is the date',
    {
      key: [key('user', '{user}'), key('at')],
      restaurant: { attribute: 'restaurant' },
      createdAt: { attribute: 'at', format: 'rfc3339' },
    },
  ],
  [
    'a key that is the restaurant and the owner, without patterns',
    {
      key: [key('restaurant'), key('owner')],
      restaurant: { attribute: 'restaurant' },
      ...owner,
      createdAt: { attribute: 'at', format: 'epoch-seconds' },
    },
  ],
];

describe.each(sources)('the rows that the page writes to a table of the shape %s', (_name, source) => {
  it('always count for their restaurant since their instant, or are refused', () => {
    const atMs = fc.integer({ min: Date.UTC(1990, 0, 2), max: Date.UTC(2099, 11, 30) });
    const id = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.nat().map(String),
      fc.constantFrom('007', 'r1', '#', ' '),
    );
    let written = 0;
    fc.assert(
      fc.property(id, id, atMs, fc.constantFrom(...zones), (restaurantId, userId, at, zone) => {
        const maker = makerOf(source, zone);
        const favourite = { restaurantId, userId };
        const row = attempt(() => maker.rowOf(favourite, at));
        if (row === undefined) return;
        written += 1;
        const read = createMapping(source, zone).readRow(row);
        expect(read).toMatchObject({ kind: 'countable', key: { restaurantId } });
        expect(maker.userOf(row)).toBe(userId);
        expect(row).toMatchObject(maker.keyOf(favourite) ?? {});
        const createdAt = read.kind === 'countable' ? read.createdAt : '';
        const settings = { timeWindows: { DAY: 'forever' }, timeZone: zone } as const;
        const dayOfRow = windowsOf(createdAt as never, { ...settings, nowMs: at })[1];
        expect(dayOfRow).toBe(source.createdAt === 'none' ? undefined : dayIn(zone, at));
      }),
      // Few random pairs of ids fit a key of numbers.
      { numRuns: 500 },
    );
    expect(written).toBeGreaterThan(5);
  });

  it('are made to count again by a change of the flag and the date alone', () => {
    const { countedWhen } = source;
    if (countedWhen === undefined) return;
    const maker = makerOf(source, 'UTC');
    const row: Item = {
      ...maker.rowOf({ restaurantId: '7', userId: '8' }, Date.UTC(2022, 7, 1)),
      note: { S: 'n' },
    };
    const { [countedWhen.attribute]: _, ...unflagged } = row;
    const uncounted = { ...unflagged, ...flagOfDeleted(source) };
    expect(maker.mapping.readRow(uncounted).kind).toBe('uncounted');
    const again = maker.countedAgain(uncounted, Date.UTC(2023, 0, 1));
    expect(maker.mapping.readRow(again)).toMatchObject({
      kind: 'countable',
      createdAt: expect.stringMatching(/^2023-01-01/),
    });
    expect(again).toMatchObject({ note: { S: 'n' } });
  });
});

describe('what the page cannot write', () => {
  const reasonOf = (source: Source) => {
    const maker = createRowMaker(source, 'UTC');
    return 'reason' in maker ? maker.reason : undefined;
  };

  it('are rows whose user is unknown, and rows of a table with one row for each user', () => {
    expect(reasonOf(shapeOf('6.json'))).toMatch(
      /^The file of --source does not say whose favourite a row is: add/,
    );
    const oneRow = { ...defaultSource, key: [key('pk', 'USER#{user}')] };
    expect(reasonOf(oneRow)).toMatch(/^The key holds the user alone/);
  });

  it.each([
    [
      'an id too long for the sort key',
      '5.json',
      { restaurantId: 'r'.repeat(1_500), userId: 'u' },
      'The ids are too long for SK, a part of the key with at most 1024 bytes.',
    ],
    [
      'ids too long together',
      '2.json',
      { restaurantId: 'r'.repeat(1_500), userId: 'u'.repeat(1_000) },
      'The ids are too long for pk, a part of the key with at most 2048 bytes.',
    ],
    ['the separator', 'default', { restaurantId: 'a#b', userId: 'u' }, "No id here may contain '#'"],
    ['too many bytes', 'default', { restaurantId: 'a', userId: 'u'.repeat(1_025) }, 'at most 1024 bytes'],
    ['nothing', 'default', { restaurantId: '', userId: 'u' }, 'not empty'],
    ['half a character', 'default', { restaurantId: '\ud800', userId: 'u' }, 'must be text'],
    ['text for a number', '7.json', { restaurantId: 'r7', userId: '7' }, 'must be a number here'],
    ['another form of a number', '7.json', { restaurantId: '7', userId: '07' }, 'must be a number here'],
  ])('are ids that the key cannot hold: %s', (_what, name, favourite, message) => {
    const maker = makerOf(new Map(sources).get(name) ?? defaultSource, 'UTC');
    expect(() => maker.rowOf(favourite, 0)).toThrow(InputError);
    expect(() => maker.rowOf(favourite, 0)).toThrow(message);
  });
});

describe('the load of a table of another shape', () => {
  it.each(sources)('marks and un-marks one row of each favourite: %s', (_name, source) => {
    const maker = makerOf(source, 'UTC');
    const writeOf = createLoadWrites(source, maker);
    if (typeof writeOf === 'object') {
      expect(writeOf.reason).toMatch(/^The key of a row holds its date/);
      return;
    }
    const rows = restaurants.slice(0, 20).flatMap((restaurantId) =>
      ['visitor-00007', 'visitor-99999'].map((userId) => {
        const event = { restaurantId, userId, createdAt: '2022-08-01T12:00:00.000Z' };
        const mark = writeOf({ kind: 'mark', ...event });
        const unmark = writeOf({ kind: 'un-mark', ...event });
        expect(mark).toMatchObject({ kind: 'put', unlessExists: source.key[0]?.name, row: unmark.row });
        expect(unmark).toMatchObject({ kind: 'delete' });
        if (mark.kind === 'put' && unmark.kind === 'delete') expect(mark.item).toMatchObject(unmark.key);
        return mark.row;
      }),
    );
    expect(new Set(rows).size).toBe(40);
  });
});

function makerOf(source: Source, timeZone: string): RowMaker {
  const maker = createRowMaker(source, timeZone);
  if ('reason' in maker) throw new Error(maker.reason);
  return maker;
}

function shapeOf(file: string): Source {
  return JSON.parse(readFileSync(join(shapes, file), 'utf8')) as Source;
}

function withUser(source: Source): Source {
  return source.key.some(({ pattern = '' }) => pattern.includes('{user}')) ? source : { ...source, ...owner };
}

function key(name: string, pattern?: string): Source['key'][number] {
  return { name, type: 'S', ...(pattern !== undefined && { pattern }) };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function dayIn(timeZone: string, atMs: number): string {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(atMs);
  return date.replaceAll('-', '');
}

/** The flag of a row that does not count; nothing if the flag must be absent. */
function flagOfDeleted({ countedWhen: { attribute, ...test } = { attribute: '' } }: Source): Item {
  if (test.notEquals === true) return { [attribute]: { BOOL: true } };
  if (test.equals === 1) return { [attribute]: { N: '0' } };
  if (test.equals === 'favourite') return { [attribute]: { S: 'other' } };
  return test.exists === false ? { [attribute]: { S: '2022-08-02T00:00:00Z' } } : {};
}
