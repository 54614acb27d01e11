import { describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distinctDeadLetters, formatDeadLetters } from '../../infra/local/dead-letters.ts';
import type { LocalRun } from '../../infra/local/local-run.ts';
import { findDrift } from '../../infra/local/replay/drift.ts';
import { countsCsv } from '../../infra/local/replay/output-files.ts';
import { progressLine } from '../../infra/command-line/progress-line.ts';
import { type CountRow, readFavourites, type StoredRegister } from '../../infra/local/replay/read-tables.ts';
import type { FavouriteRow } from '../../src/counting/mapping.ts';
import { defaultMapping } from '../support/favourite-changes.ts';
import {
  continuedSource,
  openReplayProgress,
  savedReplay,
} from '../../infra/local/replay/replay-progress.ts';
import { formatSummary, percentile, type ReplayReport } from '../../infra/local/replay/report.ts';
import { createSample } from '../../infra/local/replay/sample.ts';
import { formatTop, topOf } from '../../infra/local/replay/top-table.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const row = (restaurantId: string, timeWindow: string, count: number): CountRow => ({
  restaurantId,
  timeWindow,
  count,
});

describe('the file of counts', () => {
  it('has every count above 0, ordered by restaurant and window, quoted only where needed', () => {
    const rows = [
      row('b', 'AUG_2022', 1),
      row('b', 'ALL_TIME', 12),
      row('a "1", x', 'ALL_TIME', 1),
      row('a\nb', 'ALL_TIME', 1),
      row('B', '20220801', 3),
      row('gone', 'ALL_TIME', 0),
      row('broken', 'ALL_TIME', -1),
    ];
    expect(countsCsv(rows)).toBe(
      'restaurant_id,time_window,favourite_count\nB,20220801,3\n"a\nb",ALL_TIME,1\n' +
        '"a ""1"", x",ALL_TIME,1\n' +
        'b,ALL_TIME,12\nb,AUG_2022,1\n',
    );
  });

  it('sorts by UTF-8 bytes, so that an emoji comes after a private-use character', () => {
    const order = countsCsv([
      row('🍜', 'ALL_TIME', 1),
      row('\ue000', 'ALL_TIME', 1),
      row('z', 'ALL_TIME', 1),
    ]);
    expect(order.split('\n').slice(1, 4)).toEqual(['z,ALL_TIME,1', '\ue000,ALL_TIME,1', '🍜,ALL_TIME,1']);
  });

  it('sorts by restaurant before window, even when one id is another id plus a comma', () => {
    const order = countsCsv([row('a', 'B', 1), row('a!', 'A', 1), row('a', 'C', 1)]);
    expect(order.split('\n').slice(1, 4)).toEqual(['a,B,1', 'a,C,1', 'a!,A,1']);
  });

  it('has only a header when nothing is counted', () => {
    expect(countsCsv([])).toBe('restaurant_id,time_window,favourite_count\n');
  });

  it('always parses back into the rows that were written', () => {
    const anyRow = fc.record({
      restaurantId: fc.string({ minLength: 1, unit: 'binary' }).filter((id) => id.isWellFormed()),
      timeWindow: fc.constantFrom('ALL_TIME', 'AUG_2022', '20220801'),
      count: fc.integer({ min: 1, max: 1e9 }),
    });
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        const read: readonly string[][] = parse(countsCsv(rows), { record_delimiter: '\n', from: 2 });
        const fields = read.map((line) => JSON.stringify(line));
        const expected = rows.map((each) =>
          JSON.stringify([each.restaurantId, each.timeWindow, String(each.count)]),
        );
        expect(fields.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });
});

describe('the drift of a replay', () => {
  const calendar = { timeWindows: { MONTH: 'forever', DAY: 'forever' }, timeZone: 'UTC', nowMs: 0 } as const;
  const favourite = (key: string, createdAt = '2022-08-01T12:00:00.000Z'): FavouriteRow =>
    defaultMapping.readRow({ restaurant_id_user_id: { S: key }, created_at: { S: createdAt } });
  /** Throws if a recount without rejected rows reads the registers. */
  async function* noRegisters(): AsyncGenerator<StoredRegister> {
    yield await Promise.reject(new Error('the registers were read'));
  }
  const drift = (
    rows: readonly FavouriteRow[],
    counts: readonly CountRow[],
    registers: AsyncIterable<StoredRegister> = noRegisters(),
  ) => findDrift({ favourites: inTurn(rows), registers, counts, calendar });

  it('is empty when every count equals the favourites, including zeros', async () => {
    const counts = [
      row('r', 'ALL_TIME', 2),
      row('r', 'AUG_2022', 2),
      row('r', '20220801', 2),
      row('s', 'ALL_TIME', 0),
    ];
    expect(await drift([favourite('r#1'), favourite('r#2')], counts)).toEqual([]);
  });

  it('lists wrong, missing and unexpected counts', async () => {
    const counts = [row('r', 'ALL_TIME', 2), row('r', '20220801', 1), row('x', 'ALL_TIME', 1)];
    expect(await drift([favourite('r#1')], counts)).toEqual([
      { restaurantId: 'r', timeWindow: 'ALL_TIME', expected: 1, actual: 2 },
      { restaurantId: 'x', timeWindow: 'ALL_TIME', expected: 0, actual: 1 },
      { restaurantId: 'r', timeWindow: 'AUG_2022', expected: 1, actual: 0 },
    ]);
  });

  it('leaves out a rejected row, and accepts what its register counts', async () => {
    const rows = [favourite('no-key'), favourite('r#1', 'yesterday'), favourite('r#2', 'yesterday')];
    const register = (rowId: string, createdAt?: string) =>
      ({ restaurantId: 'r', rowId, position: 'p', createdAt }) as StoredRegister;
    const registers = [register('1', '2022-08-01T12:00:00Z'), register('2'), register('3', '2022-08-01')];
    const counts = [row('r', 'ALL_TIME', 1), row('r', 'AUG_2022', 1), row('r', '20220801', 1)];
    expect(await drift(rows, counts, inTurn(registers))).toEqual([]);
    const none = ['ALL_TIME', 'AUG_2022', '20220801'].map((timeWindow) => ({
      ...{ restaurantId: 'r', timeWindow },
      ...{ expected: 1, actual: 0 },
    }));
    expect(await drift(rows, [], inTurn(registers))).toEqual(none);
  });
});

async function* inTurn<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

it('a recount takes no inherited member, such as constructor, for an attribute', async () => {
  const source: Source = {
    ...defaultSource,
    countedWhen: { attribute: 'constructor', exists: true },
  };
  const client = Object.assign(new DynamoDBClient({}), {
    send: () => Promise.resolve({ Items: [{ restaurant_id_user_id: { S: 'r#u' } }] }),
  });
  const rows = readFavourites({
    dynamoDb: client,
    tables: { favourites: 'f' } as LocalRun['tables'],
    settings: { source } as LocalRun['settings'],
  });
  expect(await Array.fromAsync(rows)).toMatchObject([{ kind: 'uncounted' }]);
});

describe('the progress of a replay', () => {
  const file = { path: 'f.csv', events: [], warnings: [], fingerprint: 'abc', source: defaultSource };

  it('is read back from its directory', () => {
    using directory = temporaryDirectory();
    expect(savedReplay(directory.path)).toBeUndefined();
    const progress = openReplayProgress(directory.path, file);
    expect(progress.written).toBe(0);
    progress.save(40);
    progress.flush();
    expect(openReplayProgress(directory.path, file).written).toBe(40);
  });

  it('is rejected for another file, and for another version of the same file', () => {
    using directory = temporaryDirectory();
    openReplayProgress(directory.path, file);
    expect(() => openReplayProgress(directory.path, { ...file, path: 'g.csv', fingerprint: 'def' })).toThrow(
      /was filled from .*f\.csv, not from g\.csv; continue with that file, or give another --db\.$/,
    );
    expect(() => openReplayProgress(directory.path, { ...file, fingerprint: 'def' })).toThrow(
      'an earlier version of this file',
    );
  });

  it('keeps the source of its table, which the next run uses unless it names another one', () => {
    using directory = temporaryDirectory();
    const source: Source = {
      key: [{ name: 'id', type: 'N' }],
      restaurant: { attribute: 'r' },
      createdAt: 'none',
    };
    expect(continuedSource(directory.path, undefined)).toEqual(defaultSource);
    expect(continuedSource(directory.path, source)).toEqual(source);
    openReplayProgress(directory.path, { ...file, source });
    expect(continuedSource(directory.path, undefined)).toEqual(source);
    expect(continuedSource(directory.path, source)).toEqual(source);
    expect(() => continuedSource(directory.path, defaultSource)).toThrow(
      /was filled with another --source; continue with that one, or give another --db\.$/,
    );
  });

  it('has the default source if an earlier release saved it', () => {
    using directory = temporaryDirectory();
    const saved = { path: '/f.csv', fingerprint: 'abc', written: 0, events: 1 };
    writeFileSync(join(directory.path, 'replay-progress.json'), JSON.stringify(saved));
    expect(continuedSource(directory.path, undefined)).toEqual(defaultSource);
  });

  it('is rejected when it cannot be read', () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'replay-progress.json'), '{"written":"many"}');
    expect(() => savedReplay(directory.path)).toThrow('does not contain the progress of a replay');
  });
});

describe('the sample', () => {
  it('always marks absent favourites, un-marks present ones, and is the same for the same seed', () => {
    const play = (seed: number) => {
      const others = { restaurantId: 'Harbour Noodles', userId: 'visitor' };
      const own = { restaurantId: 'Harbour Noodles', userId: 'guest-001' };
      const sample = createSample({ seed, marked: [own, others] });
      return [...sample.history(1e12), ...Array.from({ length: 3_000 }, () => sample.next(1e12))];
    };
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const live = new Set(['Harbour Noodles#guest-001']);
        for (const { kind, restaurantId, userId } of play(seed)) {
          const key = `${restaurantId}#${userId}`;
          expect(live.has(key)).toBe(kind === 'un-mark');
          if (kind === 'mark') live.add(key);
          else live.delete(key);
        }
        expect(live.size).toBeGreaterThan(500);
      }),
      { numRuns: 5 },
    );
    expect(play(7)).toEqual(play(7));
  });
});

describe('the texts of a replay', () => {
  it('shows the highest counts of one window, with ties ordered by id and without zeros', () => {
    const rows = [
      row('b', 'W', 2),
      row('a', 'W', 2),
      row('c', 'W', 9),
      row('d', 'W', 0),
      row('e', 'ALL_TIME', 99),
    ];
    expect(topOf(rows, { window: 'W', limit: 2 })).toEqual([row('c', 'W', 9), row('a', 'W', 2)]);
    expect(topOf(rows, { window: 'W', limit: 10 })).toHaveLength(3);
  });

  it('does not let an id control the terminal', () => {
    expect(formatTop([row('a\u001b[2Jb', 'W', 1)], 'W')).toContain('a\\u001b[2Jb');
    expect(formatTop([], 'W')).toBe('No favourites in W.');
  });

  it('overwrites one line on a terminal, and writes only a few lines elsewhere', () => {
    const written: string[] = [];
    const terminal = progressLine({ isTTY: true, columns: 10, write: (text) => written.push(text) });
    terminal.update('0123456789abc');
    terminal.end();
    const log = progressLine({ write: (text) => written.push(text) });
    log.update('one');
    log.update('two');
    log.end();
    expect(written).toEqual(['\r012345678\x1b[K', '\r\x1b[K', 'one\n']);
  });

  it('counts a dead letter once, even if it is in the queue twice', () => {
    const letter = { kind: 'range', messageId: '1', body: 'x', range: { batchSize: 1 } } as const;
    const distinct = distinctDeadLetters([
      letter,
      { ...letter, messageId: '2' },
      { kind: 'unreadable', messageId: '3', body: 'y' },
    ]);
    expect(formatDeadLetters(distinct)).toBe(
      '{"kind":"range","range":{"batchSize":1}}\n{"kind":"unreadable","body":"y"}\n',
    );
  });

  it.each([
    [{ counted: 3, uncounted: 0, rejected: 0, otherItems: 0 }, undefined],
    [
      { counted: 3, uncounted: 2, rejected: 1, otherItems: 4000 },
      'rows         3 count, 2 do not count, 1 are rejected, 4,000 are other kinds of item',
    ],
    [
      { counted: 0, uncounted: 0, rejected: 0, otherItems: 5 },
      expect.stringMatching(/^rows {9}no row is a favourite as --source describes it; compare its key/),
    ],
  ])('names the kinds of rows unless every row counts: %j', (rows, expected) => {
    const report = { rows, faults: {}, lagMs: { p50: 0, p99: 0 }, events: 0, eventsPerSecond: 0, seconds: 0 };
    const numbers = { drift: 0, transactions: 0, stale: 0, retries: 0, redelivered: 0, poison: 0 };
    const text = formatSummary({
      ...report,
      ...numbers,
      deadLetters: 0,
      batchSize: 1,
    } as unknown as ReplayReport);
    expect(text.split('\n').find((line) => line.startsWith('rows'))).toEqual(expected);
  });

  it('shows percentiles of 0 when there are no samples', () => {
    expect([percentile([], 0.5), percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.99)]).toEqual([0, 2, 3]);
  });
});
