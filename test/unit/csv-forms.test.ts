/** CSV files as people have them: other separators, columns, dates, and ids that look alike. */
import { describe, expect, it } from '@jest/globals';
import { csvFormOf, csvOptions } from '../../infra/local/replay/csv-options.ts';
import type { CsvForm } from '../../infra/local/replay/files/favourites-csv.ts';
import { createdAtOf } from '../../infra/local/replay/replay-write.ts';
import { parseCommandLine } from '../../infra/command-line/parse-command-line.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { defaultSource } from '../../src/counting/source/source.ts';
import { type CreatedAt, windowsOf } from '../../src/counting/time-window.ts';
import { loadContent } from '../support/load-content.ts';

const header = 'restaurant_id,user_id,created_at,removed_at';
const noon = '2022-08-01T12:00:00Z';

function form(words: string): CsvForm | undefined {
  return csvFormOf(parseCommandLine(words === '' ? [] : words.split(' '), csvOptions).values);
}

interface Given {
  readonly words?: string;
  readonly timeZone?: string;
}

async function load(content: string | Buffer, { words = '', timeZone = 'UTC' }: Given = {}) {
  return await loadContent(content, { csvForm: form(words), timeZone });
}

/** The windows that the only row counts in. */
async function windows(content: string | Buffer, given: Given = {}): Promise<readonly string[]> {
  const { events } = await load(content, given);
  const { timeZone = 'UTC' } = given;
  const calendar = { timeWindows: { MONTH: 'forever', DAY: 'forever' }, timeZone, nowMs: 0 } as const;
  const dates = events.flatMap((event) => createdAtOf(event, createMapping(defaultSource, timeZone)) ?? []);
  expect(dates).toHaveLength(1);
  return windowsOf(dates[0] as CreatedAt, calendar);
}

async function messageOf(content: string | Buffer, given: Given = {}): Promise<string> {
  const error = await load(content, given).catch((cause: unknown) => cause);
  return error instanceof Error ? error.message.replaceAll(/\S*\/f\.csv/g, 'f.csv') : 'no error';
}

const standard = (date: string) => `${header}\ntrattoria,ada,${date},\n`;

describe('a CSV file', () => {
  it.each([
    ['with the offset +00:00', standard('2022-08-01T12:00:00+00:00'), ''],
    ['with the offset +02:00', standard('2022-08-01T14:00:00+02:00'), ''],
    ['with t and z', standard('2022-08-01t12:00:00z'), ''],
    ['with SQL dates', standard('2022-08-01 12:00:00'), '--date-format sql --date-zone UTC'],
    ['with seconds', standard('1659355200'), '--date-format epoch-seconds'],
    ['with milliseconds', standard('1659355200000'), '--date-format epoch-milliseconds'],
    ['with bare dates', standard('2022-08-01'), '--date-format date'],
    ['without the last, optional field', `${header}\ntrattoria,ada,${noon}\n`, ''],
    ['with semicolons', `restaurant_id;user_id;created_at;removed_at\ntrattoria;ada;${noon};\n`, ''],
    ['with tabs', `restaurant_id\tuser_id\tcreated_at\ntrattoria\tada\t${noon}\n`, ''],
    ['with tabs and quotes', `"restaurant_id"\t"user_id"\t"created_at"\n"trattoria"\t"ada"\t"${noon}"\n`, ''],
    [
      'with tabs, a mark and CRLF',
      `\ufeffrestaurant_id\tuser_id\tcreated_at\r\ntrattoria\tada\t${noon}\r\n`,
      '',
    ],
    [
      'from the console of DynamoDB',
      `"restaurant_id_user_id",created_at,restaurant_id,user_id\n"trattoria#ada","${noon}",trattoria,ada`,
      '',
    ],
    [
      'with other columns',
      `id;owner;post_id;createdAt;text\n7;ada;trattoria;${noon};"a;b"\n`,
      '--columns restaurant=post_id,user=owner,created_at=createdAt',
    ],
    [
      'without a last column that is ignored',
      `post_id,owner,createdAt,text\ntrattoria,ada,${noon}\n`,
      '--columns restaurant=post_id,user=owner,created_at=createdAt',
    ],
    ['with one other column', `restaurant_id,owner,created_at,x\nr,u,${noon},\n`, '--columns user=owner'],
  ])('%s counts in its windows', async (_, content, words) => {
    expect(await windows(content, { words })).toEqual(['ALL_TIME', 'AUG_2022', '20220801']);
  });

  it('has SQL dates in the zone that is named, and counts in the zone of the windows', async () => {
    const words = '--date-format sql --date-zone America/Sao_Paulo';
    expect(await windows(standard('2022-08-01 22:30:00'), { words })).toContain('20220802');
    const given = { words, timeZone: 'America/Sao_Paulo' };
    expect(await windows(standard('2022-08-01 22:30:00'), given)).toContain('20220801');
  });

  it.each(['UTC', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Pacific/Apia'])(
    'counts a bare date on that day in %s',
    async (timeZone) => {
      // In 2018, midnight of this day did not exist in São Paulo.
      const given = { words: '--date-format date', timeZone };
      expect(await windows(standard('2018-11-04'), given)).toEqual(['ALL_TIME', 'NOV_2018', '20181104']);
    },
  );

  it('has the separator that its header has outside quotes, also if a name has several lines', async () => {
    const content = `"the,\nplace, or ""spot""";owner;"since\n"\ntrattoria;ada;${noon}\n`;
    const named = { restaurant: 'the,\nplace, or "spot"', user: 'owner', created_at: 'since\n' };
    const { events } = await loadContent(content, { csvForm: { columns: named } });
    expect(events).toMatchObject([{ restaurantId: 'trattoria', userId: 'ada' }]);
  });

  it('takes removed_at from a named column', async () => {
    const content = `r,u,c,d\nr1,u1,${noon},2022-08-02T00:00:00Z\n`;
    const { events } = await load(content, {
      words: '--columns restaurant=r,user=u,created_at=c,removed_at=d',
    });
    expect(events.map(({ kind }) => kind)).toEqual(['mark', 'un-mark']);
  });

  it('has another fingerprint in another form, and otherwise that of its bytes', async () => {
    const content = standard(noon);
    const { fingerprint } = await load(content);
    expect((await load(content, { timeZone: 'Asia/Kathmandu' })).fingerprint).toBe(fingerprint);
    expect((await load(content, { words: '--date-format rfc3339' })).fingerprint).not.toBe(fingerprint);
    const date = { words: '--date-format date' };
    const day = standard('2022-08-01');
    const zoned = await load(day, { ...date, timeZone: 'Asia/Kathmandu' });
    expect(zoned.fingerprint).not.toBe((await load(day, date)).fingerprint);
  });
});

describe('a CSV file in another form than named', () => {
  it.each([
    ['2022-08-01 12:00:00', '--date-format sql and --date-zone with the time zone of the dates'],
    ['2022-08-01T12:00:00', '--date-format sql and --date-zone'],
    ['2022-08-01', '--date-format date'],
    ['1659355200', '--date-format epoch-seconds'],
    ['1659355200000', '--date-format epoch-milliseconds'],
  ])('is refused with the option for %s', async (date, option) => {
    expect(await messageOf(standard(date))).toMatch(
      `f.csv:2: created_at '${date}' is not a valid RFC 3339 date and time; give ${option}`,
    );
  });

  it('is refused if its dates are not of the named format', async () => {
    expect(await messageOf(standard(noon), { words: '--date-format epoch-seconds' })).toBe(
      `f.csv:2: created_at '${noon}' is not a date of --date-format epoch-seconds; ` +
        'give --date-format rfc3339 if the whole file is like this, or write it like 1659355200',
    );
  });

  it.each([
    [
      `post_id,owner\nr,u\n`,
      '',
      "f.csv:1: the header lacks restaurant_id, user_id, created_at: it has 'post_id', 'owner'; write " +
        'restaurant_id,user_id,created_at[,removed_at], or name the columns with --columns restaurant=…',
    ],
    [
      `a,user_id,created_at\n`,
      '--columns restaurant=b',
      "f.csv:1: the header lacks b: it has 'a', 'user_id', 'created_at'; correct --columns",
    ],
    [`${header}\n`, '--columns removed_at=deleted', 'f.csv:1: the header lacks deleted: it has '],
    [`${header},rating\n`, '', "f.csv:1: unknown column 'rating'; the columns are "],
    [
      `${header},restaurant_id_user_id\nr1,u1,${noon},,r1#u2\n`,
      '',
      "f.csv:2: restaurant_id_user_id 'r1#u2' is not <restaurant_id>#<user_id> of restaurant_id 'r1' and",
    ],
    [`${header}\nr1\n`, '', 'f.csv:2: 1 field where the header has 4; add the missing ones'],
    [`\n${header}\n`, '', 'f.csv:1: the first line is empty; remove it, so that the header comes first'],
    ['sep=;\na;b\n', '', "f.csv:1: a line for Excel before the header, 'sep=;'; remove it"],
    [`${header}\nr1,u1\n`, '', 'f.csv:2: 2 fields where the header has 4; add the missing ones'],
    ['a;b\n1;2;3\n', '--columns restaurant=a,user=b,created_at=b', 'each its own column'],
    [
      `restaurant_id;user_id;created_at\nr;u;${noon};x\n`,
      '',
      'f.csv:2: 4 fields where the header has 3; quote a field that contains a semicolon, or name every',
    ],
  ])('is refused with what to do: %j %s', async (content, words, expected) => {
    const message = await messageOf(content, { words });
    expect(message).toContain(expected);
  });

  it.each([
    ['--date-format sql', '--date-format sql needs --date-zone ZONE'],
    ['--date-zone UTC', '--date-zone is for --date-format sql'],
    ['--date-format rfc3339 --date-zone UTC', '--date-zone is for --date-format sql'],
    ['--date-format unix', '--date-format unix: expected one of rfc3339, sql, date, epoch-seconds'],
    ['--date-zone Paris', '--date-zone Paris: no such time zone'],
    ['--columns post_id', "--columns post_id: 'post_id' does not fit; expected restaurant=NAME,user=NAME"],
    ['--columns id=post_id', "--columns id=post_id: 'id=post_id' does not fit"],
    ['--columns user=a,user=b', "'user=b' does not fit"],
    ['--columns user=a,restaurant=a', 'a column is named twice'],
  ])('has options that fit: %s', (words, expected) => {
    expect(() => form(words)).toThrow(expected);
  });

  it.each([
    ['w.jsonl', '{"at":"2022-08-01T12:00:00Z","delete":{"restaurant_id_user_id":{"S":"r#u"}}}'],
    ['e.json', '{"Item":{"restaurant_id_user_id":{"S":"r#u"}}}'],
  ])('is CSV: the options do not apply to %s', async (name, content) => {
    const loading = loadContent(content, { name, csvForm: form('--date-format date') });
    await expect(loading).rejects.toThrow(
      / is not CSV, so --columns, --date-format and --date-zone do not apply/,
    );
  });
});

describe('ids that look alike', () => {
  const rows = (...ids: readonly string[]) =>
    `${header}\n${ids.map((id, at) => `"${id}",u${at},${noon},\n`).join('')}`;

  it.each([
    [
      'a space at the end',
      ['trattoria', 'trattoria '],
      "restaurant 'trattoria' at f.csv:2 and 'trattoria\\u0020' at f.csv:3",
    ],
    ['a space in front, first', [' a', 'b', 'a'], "restaurant '\\u0020a' at f.csv:2 and 'a' at f.csv:4"],
    ['a no-break space', ['a\u00a0', 'a'], "'a\\u00a0' at f.csv:2 and 'a' at f.csv:3"],
    ['two kinds of space', ['a ', 'a\u00a0'], "'a\\u0020' at f.csv:2 and 'a\\u00a0' at f.csv:3"],
    ['an accent of its own', ['café', 'cafe\u0301'], "'café' at f.csv:2 and 'cafe\\u0301' at f.csv:3"],
    ['a symbol that stands for a letter', ['\u212b', '\u00c5'], "'\\u212b' at f.csv:2 and 'Å' at f.csv:3"],
    ['joined syllables', ['\u1112\u1161\u11ab', '한'], "'\\u1112\\u1161\\u11ab' at f.csv:2 and"],
    [
      'a long id with a space at the end',
      ['x'.repeat(90), `${'x'.repeat(90)} `],
      `'${'x'.repeat(30)}…${'x'.repeat(24)}\\u0020' at f.csv:3`,
    ],
  ])('are shown in one warning: %s', async (_, ids, expected) => {
    const { warnings, events } = await load(rows(...ids));
    expect(events).toHaveLength(ids.length);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.replaceAll(/\S*\/f\.csv/g, 'f.csv')).toContain(expected);
  });

  it('are shown for users too', async () => {
    const { warnings } = await load(`${header}\nr1,u1,${noon},\nr2,u1 ,${noon},\n`);
    expect(warnings).toEqual([expect.stringContaining("user 'u1' at ")]);
  });

  it.each([
    ['different ids', ['a', 'b', 'A']],
    ['ids that all have a space', ['a ', 'b ', 'a ']],
    ['a restaurant and a user', ['u1 ']],
    ['spaces inside', ['a b', 'a  b', 'a b']],
  ])('are not %s', async (_, ids) => {
    expect((await load(rows(...ids))).warnings.filter((line) => !line.startsWith('Repeated'))).toEqual([]);
  });
});
