/** Sorting on disk gives the order of a sort in memory, whatever the rows and the size of a run. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DiskNumbers } from '../../infra/local/replay/files/disk-numbers.ts';
import { DiskSorter } from '../../infra/local/replay/files/disk-sorter.ts';
import { openScratchDatabase } from '../../infra/local/scratch-database.ts';
import type { Source } from '../../src/counting/source/source.ts';
import { loadContent } from '../support/load-content.ts';

const numbers = fc.oneof(fc.nat(3), fc.integer({ min: -9e15, max: 9e15 }));

describe('the sorter on disk', () => {
  it('always gives the rows of a sort in memory', () => {
    const rows = fc.array(fc.tuple(numbers, numbers, fc.nat(2)), { maxLength: 120 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 50 }), (all, runRows) => {
        const database = openScratchDatabase();
        const sorter = new DiskSorter(database, { name: 'rows', columns: 3, runRows });
        for (const row of all) sorter.add(row);
        const sorted = [...sorter.sorted()];
        database.close();
        expect(sorted).toEqual(all.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]));
      }),
    );
  });

  it('reads numbers on disk from every index, across blocks', () => {
    const database = openScratchDatabase();
    const list = new DiskNumbers(database, 'numbers');
    const length = 3 * 4_096 + 5;
    for (let number = 0; number < length; number += 1) list.append(number * 7);
    for (const from of [0, 1, 4_095, 4_096, 8_191, 12_287, 12_288, length - 1, length]) {
      const cursor = list.cursor(from);
      expect([list.at(from), cursor.next(), cursor.next()]).toEqual(
        [from, from, from + 1].map((at) => (at < length ? at * 7 : undefined)),
      );
    }
    database.close();
  });
});

describe('the writes of a CSV file', () => {
  /** With nanoseconds, so that rows differ by less than the milliseconds that are written. */
  const instant = fc
    .tuple(fc.nat(2), fc.nat(2))
    .map(([second, ns]) => `2022-08-01T12:00:0${second}.00000000${ns}Z`);
  const rows = fc.array(fc.tuple(instant, fc.option(instant, { nil: undefined })), { maxLength: 25 });

  it('are always those of a stable sort by time, of rows in the order of their start and end', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const lives = given.map(([a, b], at) => {
          const [from = '', to] = b === undefined ? [a] : [a, b].toSorted();
          return { user: `u${at}`, from, to };
        });
        const lines = lives.map(({ user, from, to = '' }) => `r,${user},${from},${to}\n`);
        const { events } = await loadContent(
          `restaurant_id,user_id,created_at,removed_at\n${lines.join('')}`,
        );

        const text = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);
        const inMemory = lives
          .toSorted((a, b) => text(a.from, b.from) || text(a.to ?? '~', b.to ?? '~'))
          .flatMap(({ user, from, to }) => [
            { at: from, write: `mark ${user}` },
            ...(to === undefined ? [] : [{ at: to, write: `un-mark ${user}` }]),
          ])
          .toSorted((a, b) => text(a.at, b.at))
          .map(({ write }) => write);
        expect(events.map((event) => ('row' in event ? '' : `${event.kind} ${event.userId}`))).toEqual(
          inMemory,
        );
      }),
    );
  });
});

describe('the writes of an export', () => {
  const source: Source = {
    key: [{ name: 'id', type: 'N' }],
    restaurant: { attribute: 'r' },
    createdAt: { attribute: 'at', format: 'rfc3339' },
  };
  const milliseconds = fc.option(fc.nat(5), { nil: undefined });

  it('are always those of a stable sort by date, with the undated ones first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(milliseconds, { minLength: 1, maxLength: 20 }), async (dates) => {
        const items = dates.map((ms, id) => ({
          id: { N: String(id) },
          r: { S: 'r1' },
          ...(ms !== undefined && { at: { S: new Date(ms).toISOString() } }),
        }));
        const content = items.map((Item) => `${JSON.stringify({ Item })}\n`).join('');
        const { events } = await loadContent(content, { name: 'e.json', source });
        const inMemory = items.toSorted(
          (a, b) => (dates[Number(a.id.N)] ?? -1) - (dates[Number(b.id.N)] ?? -1),
        );
        expect(events.map((event) => (event.kind === 'put' ? event.item : event))).toEqual(inMemory);
      }),
    );
  });
});
