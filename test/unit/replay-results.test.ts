import { describe, expect, it } from '@jest/globals';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDeadLetters } from '../../infra/local/dead-letters.ts';
import type { LocalRun } from '../../infra/local/local-run.ts';
import { progressLine } from '../../infra/command-line/progress-line.ts';
import { type CountRow, readFavourites } from '../../infra/local/replay/read-tables.ts';
import {
  continuedSource,
  openReplayProgress,
  savedReplay,
} from '../../infra/local/replay/replay-progress.ts';
import { formatSummary, percentile, type ReplayReport } from '../../infra/local/replay/report.ts';
import { createSample } from '../../infra/local/replay/sample.ts';
import { formatTop } from '../../infra/local/replay/top-table.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const row = (restaurantId: string, timeWindow: string, count: number): CountRow => ({
  restaurantId,
  timeWindow,
  count,
});

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

  it('keeps the form of a CSV file, which the next run uses', () => {
    using directory = temporaryDirectory();
    const csvForm = { columns: { user: 'owner' }, dates: { format: 'sql', zone: 'Europe/London' } } as const;
    openReplayProgress(directory.path, { ...file, csvForm });
    expect(savedReplay(directory.path)?.csvForm).toEqual(csvForm);
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

  it('have one line for each dead letter', () => {
    const lines = formatDeadLetters([
      { kind: 'range', messageId: '1', body: 'x', range: { batchSize: 1 } },
      { kind: 'unreadable', messageId: '3', body: 'y' },
    ]);
    expect([...lines]).toEqual([
      '{"kind":"range","range":{"batchSize":1}}\n',
      '{"kind":"unreadable","body":"y"}\n',
    ]);
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
