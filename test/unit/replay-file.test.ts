import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCsvRows } from '../../infra/command-line/files/csv-rows.ts';
import { csvField } from '../../infra/command-line/files/output-files.ts';
import { ReplayFileError } from '../../infra/command-line/input-error.ts';
import { printable } from '../../infra/command-line/text.ts';
import { favouriteKey, type ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { loadContent, loadPaths } from '../support/load-content.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const header = 'restaurant_id,user_id,created_at,removed_at';

async function load(content: string | Buffer): Promise<readonly ReplayEvent[]> {
  const { events } = await loadContent(content);
  return events.flatMap((event) => ('row' in event ? [] : [event]));
}

/** The messages of the file's issues, as `LINE: message`. */
async function issuesOf(content: string | Buffer): Promise<readonly string[]> {
  const error = await load(content).catch((cause: unknown) => cause);
  if (!(error instanceof ReplayFileError)) throw new Error(`expected issues, got ${String(error)}`);
  return error.issues.map(({ line, message }) => `${line}: ${message}`);
}

const text = (events: readonly ReplayEvent[]) =>
  events.map((event) => `${event.kind} ${favouriteKey(event)} ${event.createdAt}`);

describe('the file loader, with a good file', () => {
  it('turns a row into a mark and an un-mark, ordered by time, with dates in milliseconds', async () => {
    const events = await load(
      `${header}\nr1,u1,2022-08-02T00:00:00Z,2022-08-04T00:00:00.5Z\nr2,u2,2022-08-01T00:00:00.123456789Z,\n`,
    );
    expect(text(events)).toEqual([
      'mark r2#u2 2022-08-01T00:00:00.123Z',
      'mark r1#u1 2022-08-02T00:00:00.000Z',
      'un-mark r1#u1 2022-08-02T00:00:00.000Z',
    ]);
  });

  it.each([
    ['a byte-order mark', '\ufeffrestaurant_id,user_id,created_at\nr1,u1,2022-08-01T12:00:00Z\n'],
    ['CRLF', 'restaurant_id,user_id,created_at\r\nr1,u1,2022-08-01T12:00:00Z\r\n'],
    [
      'both kinds of line ends in one file',
      'restaurant_id,user_id,created_at\r\nr1,u1,2022-08-01T12:00:00Z\n',
    ],
    ['quoted fields', '"restaurant_id","user_id",created_at\n"r1",u1,"2022-08-01T12:00:00Z"\n'],
    ['empty lines at the end', 'restaurant_id,user_id,created_at\nr1,u1,2022-08-01T12:00:00Z\n\r\n\n'],
    ['no line break at the end', 'restaurant_id,user_id,created_at\nr1,u1,2022-08-01T12:00:00Z'],
    [
      'columns in another order',
      'created_at,removed_at,user_id,restaurant_id\n2022-08-01T12:00:00Z,,u1,r1\n',
    ],
  ])('reads %s', async (_, content) => {
    expect(text(await load(content))).toEqual(['mark r1#u1 2022-08-01T12:00:00.000Z']);
  });

  it('returns no events for a file with only a header', async () => {
    expect(await load(`${header}\n`)).toEqual([]);
  });

  it('keeps ids unchanged: commas, quotes, line breaks, spaces, any alphabet', async () => {
    const [event] = await load(`${header}\n"a, ""b""\n c",ü🍜 ,2022-08-01T12:00:00Z,\n`);
    expect(event).toMatchObject({ restaurantId: 'a, "b"\n c', userId: 'ü🍜 ' });
  });

  it('accepts ids of the maximum length', async () => {
    const row = `${'r'.repeat(1023)},${'é'.repeat(512)},2022-08-01T12:00:00Z,`;
    expect(await load(`${header}\n${row}\n`)).toHaveLength(1);
  });

  it('accepts rows of one pair that adjoin in time, in any order, and puts the un-mark first', async () => {
    const later = 'r1,u1,2022-08-02T00:00:00Z,';
    const earlier = 'r1,u1,2022-08-01T00:00:00Z,2022-08-02T00:00:00Z';
    const empty = 'r1,u1,2022-08-02T00:00:00Z,2022-08-02T00:00:00Z';
    expect(text(await load([header, later, empty, earlier].join('\n')))).toEqual([
      'mark r1#u1 2022-08-01T00:00:00.000Z',
      'un-mark r1#u1 2022-08-01T00:00:00.000Z',
      'mark r1#u1 2022-08-02T00:00:00.000Z',
      'un-mark r1#u1 2022-08-02T00:00:00.000Z',
      'mark r1#u1 2022-08-02T00:00:00.000Z',
    ]);
  });
});

describe('the file loader, with bad input', () => {
  const fine = 'r1,u1,2022-08-01T12:00:00Z,';
  it.each<readonly [string, string, string]>([
    [
      'an empty file',
      '',
      `1: the file is empty; its first line must be restaurant_id,user_id,created_at[,removed_at]`,
    ],
    [
      'an empty first line',
      `\n${header}\n`,
      '1: the first line is empty; remove it, so that the header comes first',
    ],
    ['a missing column', 'restaurant_id,created_at\n', '1: the header lacks user_id'],
    ['a missing header', `${fine}\n`, '1: the header lacks restaurant_id, user_id, created_at'],
    ['an unknown column', `${header},rating\n`, "1: unknown column 'rating'"],
    ['a column twice', `${header},user_id\n`, '1: the header has the column user_id twice'],
    ['a row with too few fields', `${header}\n${fine}\nr1,u1\n`, '3: 2 fields where the header has 4'],
    ['a row with too many fields', `${header}\n${fine},\n`, '2: 5 fields where the header has 4; quote'],
    ['an empty line between rows', `${header}\n\n${fine}\n`, '2: an empty line between rows; remove it'],
    [
      'an empty restaurant',
      `${header}\n,u1,2022-08-01T12:00:00Z,\n`,
      '2: restaurant_id is empty; give every row an id',
    ],
    [
      'an empty user',
      `${header}\nr1,"",2022-08-01T12:00:00Z,\n`,
      '2: user_id is empty; give every row an id',
    ],
    [
      'a # in a restaurant',
      `${header}\na#b,u1,2022-08-01T12:00:00Z,\n`,
      "2: restaurant_id 'a#b' contains '#'",
    ],
    ['a # in a user', `${header}\na,b#,2022-08-01T12:00:00Z,\n`, "2: user_id 'b#' contains '#'"],
    ['a user too long', `${header}\nr,${'é'.repeat(512)}x,2022-08-01T12:00:00Z,\n`, '2: user_id'],
    [
      'a key too long',
      `${header}\n${'r'.repeat(2046)},u1,2022-08-01T12:00:00Z,\n`,
      '2: the key <restaurant_id>#<user_id> of',
    ],
    ['an empty date', `${header}\nr1,u1,,\n`, '2: created_at is empty; write it like 2022-08-01T12:00:00Z'],
    [
      'a day that does not exist',
      `${header}\nr1,u1,2022-02-30T12:00:00Z,\n`,
      "2: created_at '2022-02-30T12:00:00Z' is not a valid RFC 3339",
    ],
    [
      'a date without a time',
      `${header}\nr1,u1,2022-02-03,\n`,
      "2: created_at '2022-02-03' is not a valid RFC 3339",
    ],
    [
      'a date without a zone',
      `${header}\nr1,u1,2022-02-03T00:00:00,\n`,
      "2: created_at '2022-02-03T00:00:00' is not a valid RFC 3339 date and time; give --date-format sql",
    ],
    ['ten fractional digits', `${header}\nr1,u1,2022-02-03T00:00:00.0123456789Z,\n`, '2: created_at'],
    [
      'an invalid removed_at',
      `${header}\nr1,u1,2022-08-01T12:00:00Z,never\n`,
      "2: removed_at 'never' is not",
    ],
    [
      'a removed_at one nanosecond before created_at',
      `${header}\nr1,u1,2022-08-01T12:00:00.000000002Z,2022-08-01T12:00:00.000000001Z\n`,
      '2: removed_at 2022-08-01T12:00:00.000000001Z is before created_at',
    ],
    [
      'a quote inside a field',
      `${header}\nr"1,u1,2022-08-01T12:00:00Z,\n`,
      '2: a quote inside a field that is not quoted',
    ],
    [
      'text after a quoted field',
      `${header}\n"r"1,u1,2022-08-01T12:00:00Z,\n`,
      '2: text after the closing quote',
    ],
    [
      'a quote that is never closed',
      `${header}\n${fine}\n"r2,u1\nx`,
      '3: a quoted field that is never closed',
    ],
    ['a lone carriage return', `${header}\rr1,u1`, '1: a carriage return without a line feed'],
  ])('reports the line, the issue and the remedy for %s', async (_, content, expected) => {
    const issues = await issuesOf(content);
    expect(issues).toHaveLength(1);
    expect(issues[0]?.slice(0, expected.length)).toBe(expected);
    expect(issues[0]).toContain(';');
  });

  it('goes on after a bad quote, and reports the rows after it too', async () => {
    const content = [header, '"r"1,u1,x,', fine, '"a\nb"c,u1,x,', 'r1,u2,never,', fine].join('\n');
    expect((await issuesOf(content)).map((issue) => issue.slice(0, 30))).toEqual([
      '2: text after the closing quot',
      '4: text after the closing quot',
      '5: a quote inside a field that',
      "6: created_at 'never' is not a",
    ]);
  });

  it('stops where an open quote may have swallowed the rest of the file', async () => {
    const rows = Array.from({ length: 60_000 }, () => 'r1,u1,never,');
    const long = await issuesOf([header, '"r1,u1,never,', ...rows].join('\n'));
    expect(long).toEqual([
      expect.stringMatching(
        /^2: .*quoted field that is never closed; .*\. The lines after it have not been read$/,
      ),
    ]);
    const longer = await issuesOf([header, '"r1,u1,never,', ...rows, ...rows].join('\n'));
    expect(longer).toEqual([
      expect.stringMatching(
        /^2: a row of more than 1,000,000 bytes; .*\. The lines after it have not been read$/,
      ),
    ]);
  });

  it('stops after a thousand bad quotes', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'f.csv');
    writeFileSync(path, [header, ...Array.from({ length: 3_000 }, () => 'r"1,u1,x,')].join('\n'));
    await expect(loadPaths([path])).rejects.toThrow(/\n… and 990 more issues$/);
  });

  it('names the lines whose bytes are not UTF-8', async () => {
    const content = Buffer.concat([
      Buffer.from(`${header}\n${fine}\nr\xe9,u1\n`, 'latin1'),
      Buffer.from('ü\n'),
    ]);
    expect(await issuesOf(content)).toEqual(['3: bytes that are not UTF-8; save the file as UTF-8']);
  });

  it('names the issues of the rows before such a line too', async () => {
    const content = Buffer.concat([Buffer.from(`${header}\n,u1,x,\n`), Buffer.from([0xff, 0x0a])]);
    expect(await issuesOf(content)).toEqual([
      '2: restaurant_id is empty; give every row an id',
      '3: bytes that are not UTF-8; save the file as UTF-8',
    ]);
  });

  it('names both lines of two rows that overlap', async () => {
    const rows = [header, 'r1,u1,2022-08-02T00:00:00Z,', fine, 'r1,u2,2022-08-01T12:00:00Z,'];
    const [issue, ...others] = await issuesOf(rows.join('\n'));
    expect(issue).toMatch(/^3: this favourite of restaurant 'r1' and user 'u1' overlaps the one at /);
    expect(issue).toMatch(/f\.csv:2; give the earlier row/);
    expect(others).toEqual([]);
  });

  it('accepts a row that repeats another exactly, and reports it', async () => {
    const removed = 'r2,u1,2022-08-01T00:00:00Z,2022-08-02T00:00:00Z';
    const content = [header, fine, fine, removed, removed, fine].join('\n');
    expect((await load(content)).map(({ kind, restaurantId }) => `${kind} ${restaurantId}`)).toEqual([
      'mark r2',
      'mark r2',
      'mark r1',
      'mark r1',
      'mark r1',
      'un-mark r2',
      'un-mark r2',
    ]);
    const { path, warnings } = await loadContent(content);
    expect(warnings).toEqual([
      'Repeated rows count once, because the table holds each favourite once: ' +
        `${path}:3 repeats line 2, ${path}:5 repeats line 4, ${path}:6 repeats line 2.`,
    ]);
    expect((await loadContent(`${header}\n${fine}\n`)).warnings).toEqual([]);
  });

  it('reports rows of one pair with the same start and different ends as an overlap', async () => {
    const issues = await issuesOf(
      [header, fine, 'r1,u1,2022-08-01T12:00:00Z,2022-08-02T00:00:00Z'].join('\n'),
    );
    expect(issues).toHaveLength(1);
  });

  it('finds an overlap with a row that began before the previous one and ends after it', async () => {
    const life = (from: string, to: string) => `r1,u1,2022-08-${from}T00:00:00Z,2022-08-${to}T00:00:00Z`;
    const issues = await issuesOf([header, life('01', '20'), life('02', '03'), life('10', '11')].join('\n'));
    expect(issues.map((issue) => issue.slice(0, 2))).toEqual(['3:', '4:']);
  });

  it('names the first line of a row that spans several lines', async () => {
    const issues = await issuesOf(
      `${header}\r\n"r\r\n1",u1,2022-08-01T12:00:00Z,\r\n"r\n2",u1,x,\r\nr3,u1,y,\r\n`,
    );
    expect(issues.map((issue) => issue.slice(0, 13))).toEqual(['4: created_at', '6: created_at']);
  });

  it('lists ten issues, each with FILE:LINE, and the number of other issues', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'many.csv');
    writeFileSync(path, [header, ...Array.from({ length: 25 }, () => ',u1,x,')].join('\n'));
    const error = await loadPaths([path]).catch((cause: unknown) => cause);
    const lines = error instanceof Error ? error.message.split('\n') : [];
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe(`${path}:2: restaurant_id is empty; give every row an id`);
    expect(lines[10]).toBe('… and 15 more issues');
  });

  it('says in one line that a file is missing or is a directory', async () => {
    using directory = temporaryDirectory();
    const missing = join(directory.path, 'no.csv');
    await expect(loadPaths([missing])).rejects.toThrow(`Cannot read ${missing}: there is no such file.`);
    await expect(loadPaths([directory.path])).rejects.toThrow(
      / has no data files \(\*\.json\.gz or \*\.json\); name the folder of an export/,
    );
  });
});

describe('the CSV format', () => {
  const anyField = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', 'é', ' ', '🍜') });

  /** Fields or the message of each row or issue, with its line, from chunks of that length. */
  async function read(content: string, chunkLength: number) {
    const rows: { readonly line: number; readonly row: readonly string[] | string }[] = [];
    async function* chunks() {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length; at += chunkLength) yield bytes.subarray(at, at + chunkLength);
    }
    await readCsvRows(chunks(), {
      separator: ',',
      onRow: (row, line) => void rows.push({ row, line }),
      onIssue: (row, line) => void rows.push({ row, line }),
      isCut: () => false,
    });
    return rows;
  }

  it('always parses back unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyField, { minLength: 1, maxLength: 4 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 1, max: 40 }),
        async (rows, lineBreak, chunkLength) => {
          const written = rows.map((fields) => fields.map(csvField).join(',') + lineBreak);
          const starts = written.map((_, index) => 1 + newlines(written.slice(0, index).join('')));
          const expected = rows.map((row, at) => ({ row, line: starts[at] }));
          expect(await read(written.join(''), chunkLength)).toEqual(expected);
        },
      ),
    );
  });

  it('always ends, for any text, with the same rows and issues whatever the chunks', async () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(hostile, fc.integer({ min: 1, max: 10 }), async (content, chunkLength) => {
        const rows = await read(content, 1_000);
        const lines = rows.map(({ line }) => line);
        expect(lines).toEqual(lines.toSorted((a, b) => a - b));
        expect(await read(content, chunkLength)).toEqual(rows);
      }),
    );
  });
});

describe('a value shown on a terminal', () => {
  it.each([
    ['a\nb', 'a\\u000ab'],
    ['x\u202eyz', 'x\\u202eyz'],
    ['a\u2028b', 'a\\u2028b'],
    ['\u{1f469}\u200d\u{1f373}', '\u{1f469}\u200d\u{1f373}'],
    ['é漢', 'é漢'],
  ])('is escaped where it could harm: %j', (value, expected) => {
    expect(printable(value)).toBe(expected);
  });
});

describe('the order of events', () => {
  /** Few pairs at few instants, so that rows often adjoin in time. Overlaps are left out. */
  const lives = fc
    .array(
      fc.record({ pair: fc.nat(3), from: fc.nat(20), lasts: fc.option(fc.nat(5), { nil: undefined }) }),
      { maxLength: 30 },
    )
    .map((all) => {
      const kept: typeof all = [];
      for (const life of all) {
        const meets = kept.some(
          (other) =>
            other.pair === life.pair &&
            life.from < other.from + (other.lasts ?? 99) &&
            other.from < life.from + (life.lasts ?? 99),
        );
        const inside = kept.some(
          (other) =>
            other.pair === life.pair &&
            ((other.lasts === 0 && life.from <= other.from && other.from <= life.from + (life.lasts ?? 99)) ||
              (life.lasts === 0 && other.from <= life.from && life.from <= other.from + (other.lasts ?? 99))),
        );
        if (!meets && !inside) kept.push(life);
      }
      return kept;
    });
  const instant = (second: number) => `2022-08-01T12:00:${String(second).padStart(2, '0')}Z`;

  it('is always by time, and marks and un-marks of one pair always alternate', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async (all) => {
        const rows = all.map(({ pair, from, lasts }) =>
          [`r${pair}`, 'u', instant(from), lasts === undefined ? '' : instant(from + lasts)].join(','),
        );
        const events = await load([header, ...rows].join('\n'));
        const live = new Set<string>();
        for (const event of events) {
          expect(live.has(event.restaurantId)).toBe(event.kind === 'un-mark');
          if (event.kind === 'mark') live.add(event.restaurantId);
          else live.delete(event.restaurantId);
        }
        const stillLive = all.filter(({ lasts }) => lasts === undefined).map(({ pair }) => `r${pair}`);
        expect([...live].toSorted()).toEqual(stillLive.toSorted());
      }),
      { numRuns: 200 },
    );
  });
});

function newlines(content: string): number {
  return content.split('\n').length - 1;
}
