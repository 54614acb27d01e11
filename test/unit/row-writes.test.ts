import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReplayFileError } from '../../infra/command-line/input-error.ts';
import { createTableItems } from '../../infra/local/replay/files/table-item.ts';
import { createdAtOf, type RowWrite, rowOf, writeAction } from '../../infra/local/replay/replay-write.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { loadContent } from '../support/load-content.ts';

const at = '2022-08-01T12:00:00.000Z';
const source: Source = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'createdAt', format: 'date' },
};
const numbers: Source = {
  key: [{ name: 'id', type: 'N' }],
  restaurant: { attribute: 'r' },
  createdAt: 'none',
};
const key = { PK: { S: 'USER#u1' }, SK: { S: 'FAV#r1' } };
const put = (item: object) => JSON.stringify({ at, put: item });
const load = (name: string, content: string | Buffer, of = source) =>
  loadContent(content, { name, source: of });

async function read(content: string, of = source): Promise<readonly RowWrite[]> {
  const { events } = await load('w.jsonl', content, of);
  return events.flatMap((write) => ('row' in write ? [write] : []));
}

/** The write of the only line, which must be valid. */
async function only(line: string, of = source): Promise<RowWrite> {
  const [write] = await read(line, of);
  return write as RowWrite;
}

/** The issue of the only line. */
async function issueOf(line: string, of = source): Promise<string> {
  const error = await read(line, of).catch((cause: unknown) => cause);
  if (!(error instanceof ReplayFileError)) throw new Error(`expected an issue, got ${String(error)}`);
  expect(error.issues.map((issue) => issue.line)).toEqual([1]);
  return error.issues[0]?.message ?? '';
}

describe('a file of writes', () => {
  it('has puts, which replace a row, and deletes, in the order of the lines', async () => {
    const content = [put({ ...key, n: { N: '7' } }), JSON.stringify({ at, delete: key }), put(key)].join(
      '\n',
    );
    const writes = await read(content);
    expect(writes.map((write) => writeAction(write, 't'))).toEqual([
      { Put: { TableName: 't', Item: { ...key, n: { N: '7' } } } },
      { Delete: { TableName: 't', Key: key } },
      { Put: { TableName: 't', Item: key } },
    ]);
    expect(new Set(writes.map(rowOf)).size).toBe(1);
  });

  it.each([
    ['a byte-order mark', `\ufeff${put(key)}\n`],
    ['CRLF and empty lines at the end', `${put(key)}\r\n\r\n\n`],
    ['no line break at the end', put(key)],
    ['a time with an offset', JSON.stringify({ at: '2022-08-01T14:00:00+02:00', put: key })],
  ])('may have %s', async (_, content) => {
    expect(await load('w.jsonl', content)).toMatchObject({
      events: [{ kind: 'put', item: key }],
      warnings: [],
    });
  });

  it('may have attributes of every type, which are written unchanged', async () => {
    const item = {
      ...key,
      text: { S: '' },
      number: { N: '-1E-130' },
      yes: { BOOL: false },
      nothing: { NULL: true },
      texts: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2.5'] },
      nested: { M: { list: { L: [{ S: 'x' }, { M: {} }] } } },
    };
    expect(await only(put(item))).toMatchObject({ item });
    const binary = await only(put({ ...key, one: { B: 'aGk=' }, two: { BS: ['aA==', ''] } }));
    expect(binary).toMatchObject({
      item: { one: { B: Buffer.from('hi') }, two: { BS: [Buffer.from('h'), Buffer.from('')] } },
    });
  });

  it('names the same row for equal numbers, and another row for every other key', async () => {
    const rows = async (...ids: readonly string[]) =>
      (await read(ids.map((id) => put({ id: { N: id } })).join('\n'), numbers)).map(rowOf);
    expect(new Set(await rows('7', '007', '7.0', '70E-1', '+7')).size).toBe(1);
    expect(new Set(await rows('7', '-7', '70', '0.7', '77')).size).toBe(5);
    const id = fc.string({
      unit: fc.constantFrom('"', ',', '\\', 'a', '#', '['),
      minLength: 1,
      maxLength: 5,
    });
    const keys = fc.record({ PK: id, SK: id });
    const { readPut } = createTableItems(source);
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const row = (k: typeof a) => rowOf(readPut({ PK: { S: k.PK }, SK: { S: k.SK } }, 'put', 1));
        expect(row(a) === row(b)).toBe(a.PK === b.PK && a.SK === b.SK);
      }),
    );
  });

  it('gives the dates of the rows that count, as their source reads them', async () => {
    const mapping = createMapping(source, 'UTC');
    const dateOf = async (item: object) => createdAtOf(await only(put({ ...key, ...item })), mapping);
    expect(await dateOf({ createdAt: { S: '2022-08-01' } })).toBe('2022-08-01');
    expect(await dateOf({ createdAt: { S: 'yesterday' } })).toBeUndefined();
    expect(createdAtOf(await only(JSON.stringify({ at, delete: key })), mapping)).toBeUndefined();
  });
});

describe('a line of a file of writes', () => {
  const long = 'x'.repeat(2_049);
  it.each([
    ['{"at":', /^the line is not JSON: .*; write it as \{"at":"2022-08-01T12:00:00Z","put":\{…\}\} or /],
    ['[1]', "the line is '[1]', which is no JSON object"],
    ['7', "the line is '7', which is no JSON object"],
    [JSON.stringify({ at }), 'the line has neither put nor delete; it must have one of them'],
    [JSON.stringify({ at, put: key, delete: key }), 'the line has both put and delete'],
    [JSON.stringify({ at, put: key, Put: key }), "unknown member 'Put'; a line is"],
    [JSON.stringify({ put: key }), 'at is missing; write it like "2022-08-01T12:00:00Z"'],
    [JSON.stringify({ at: '2022-08-01', put: key }), "at '2022-08-01' is not a valid RFC 3339 date and time"],
    [JSON.stringify({ at: '2022-02-30T12:00:00Z', put: key }), "at '2022-02-30T12:00:00Z' is not a valid"],
    [JSON.stringify({ at: 1_659_355_200, put: key }), "at '1659355200' is not a valid"],
    [JSON.stringify({ at, put: [] }), 'put must be an object of attributes such as {"id":{"S":"text"}}'],
    [
      put({ PK: key.PK }),
      'put.SK is missing, a part of the key; give every line the whole key, or the right --source',
    ],
    [put({ ...key, SK: { N: '1' } }), 'put.SK is of type N, but a part of the key has type S; correct it or'],
    [put({ ...key, SK: { S: '' } }), 'put.SK is empty, but a part of the key has 1 byte or more'],
    [put({ ...key, PK: { S: long } }), 'put.PK has 2049 bytes, but a part of the key has at most 2048'],
    [
      put({ ...key, SK: { S: 'é'.repeat(513) } }),
      'put.SK has 1026 bytes, but a part of the key has at most 1024',
    ],
    [
      put({ ...key, big: { S: 'x'.repeat(410_000) } }),
      /^the item has 41\d\d\d\d bytes, but an item has at most 409600/,
    ],
    [
      JSON.stringify({ at, delete: { ...key, n: { N: '1' } } }),
      'delete.n is not part of the key; delete has PK and SK alone',
    ],
    [JSON.stringify({ at, delete: { PK: key.PK } }), 'delete.SK is missing'],
  ])('is refused: %.60j', async (line, expected) => {
    expect(await issueOf(line)).toMatch(expected);
  });

  it.each([
    [{ X: 'a' }, `put.a is '{"X":"a"}', which is not DynamoDB's JSON; write it like {"S":"text"}`],
    ['text', `put.a is '"text"', which is not DynamoDB's JSON`],
    [null, "put.a is 'null', which is not DynamoDB's JSON"],
    [{}, "put.a is '{}', which is not DynamoDB's JSON"],
    [{ S: 'a', N: '1' }, `put.a is '{"S":"a","N":"1"}', which is not DynamoDB's JSON`],
    [{ S: 7 }, "put.a must be text in quotes, not '7'"],
    [{ S: 'a\ud800' }, 'put.a has half of a surrogate pair'],
    [{ N: 7 }, `put.a must be a number in quotes such as {"N":"7"}, but is not in quotes`],
    [{ N: 'seven' }, "put.a is 'seven', which DynamoDB cannot store; a number has at most 38 digits"],
    [{ N: '1'.repeat(39) }, 'put.a is '],
    [{ N: '1E126' }, "put.a is '1E126', which DynamoDB cannot store"],
    [{ N: '1E-131' }, "put.a is '1E-131', which DynamoDB cannot store"],
    [{ BOOL: 'true' }, 'put.a.BOOL must be true or false'],
    [{ NULL: false }, 'put.a.NULL must be true; leave the attribute out'],
    [{ B: 'a' }, `put.a must be base64 with its padding, not '"a"'`],
    [{ L: {} }, 'put.a.L must be a list'],
    [{ L: [{ S: 'a' }, { S: 1 }] }, "put.a[1] must be text in quotes, not '1'"],
    [{ M: { b: { N: '' } } }, "put.a.b is '', which DynamoDB cannot store"],
    [{ M: { '': { N: '1' } } }, 'put.a has an attribute without a valid name'],
    [{ SS: [] }, 'put.a must be a list of one or more values; leave out an empty set'],
    [{ SS: ['a', 'a'] }, 'put.a has a value twice'],
    [{ NS: ['1', '1.0'] }, 'put.a has a value twice'],
    [nested(40), 'put.a'],
  ])('is refused with the attribute %.60j', async (value, expected) => {
    const issue = await issueOf(put({ ...key, a: value }));
    expect(issue.slice(0, expected.length)).toBe(expected);
  });

  it('may have the largest and the smallest number, and 32 levels', async () => {
    for (const number of ['9.9E125', '1E-130', '-9.9E125', '0', '0.0', `0.${'0'.repeat(129)}1`]) {
      await only(put({ ...key, a: { N: number } }));
    }
    await only(put({ ...key, a: nested(32) }));
    expect(await issueOf(put({ ...key, a: nested(33) }))).toContain('is nested deeper than 32 levels');
  });

  it('must fit the index of the default table too', async () => {
    const row = { restaurant_id_user_id: { S: 'r#u' } };
    await only(put(row), defaultSource);
    expect(await issueOf(put({ ...row, user_id: { N: '7' } }), defaultSource)).toBe(
      'put.user_id is of type N, but a key of the index by_user has type S; correct it or --source',
    );
  });
});

describe('a file of writes with issues', () => {
  it('is refused as a whole, and names the line of each', async () => {
    const lines = ['{', put(key), '', put({}), Buffer.from([0x7b, 0xff]).toString('latin1')];
    const error = await load('w.jsonl', Buffer.from(lines.join('\n'), 'latin1')).catch(
      (cause: unknown) => cause,
    );
    if (!(error instanceof ReplayFileError)) throw error;
    expect(error.message.split('\n')).toEqual([
      expect.stringMatching(/w\.jsonl:1: the line is not JSON/),
      expect.stringMatching(/w\.jsonl:3: an empty line; remove it$/),
      expect.stringMatching(/w\.jsonl:4: put\.PK is missing/),
      expect.stringMatching(/w\.jsonl:5: bytes that are not UTF-8; save the file as UTF-8$/),
    ]);
  });

  it('is refused when it is empty', async () => {
    await expect(load('w.jsonl', '\n')).rejects.toThrow(/w\.jsonl:1: the file is empty; each line must be/);
  });

  it('warns of times that go back, and keeps the order of the lines', async () => {
    const line = (second: number) => JSON.stringify({ at: `2022-08-01T12:00:0${second}Z`, put: key });
    const { events, warnings } = await load('w.jsonl', [1, 5, 4, 5, 3].map(line).join('\n'));
    expect(events).toHaveLength(5);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^Lines are written in the order of the file, although at goes back: .*w\.jsonl:3, and 1 more\.$/,
      ),
    ]);
  });

  it('warns of updates that the source does not read', async () => {
    const del = JSON.stringify({ at, delete: key });
    const lines = [
      put(key),
      put(key),
      put({ ...key, n: { N: '1' } }),
      del,
      put(key),
      put({ ...key, a: { S: '' } }),
    ];
    expect((await load('w.jsonl', lines.join('\n'))).warnings).toEqual([
      expect.stringMatching(
        /^Only a reconcile counts these updates of rows, .*: .*w\.jsonl:3, and 1 more\.$/,
      ),
    ]);
    const reading = await load('w.jsonl', lines.join('\n'), { ...source, updates: true });
    expect(reading.warnings).toEqual([]);
  });

  it('warns of ids that look alike', async () => {
    const lines = [key, { PK: key.PK, SK: { S: 'FAV# r1' } }].map((item) => put(item));
    expect((await load('w.jsonl', lines.join('\n'))).warnings).toEqual([
      expect.stringMatching(
        /: restaurant 'r1' at \S+w\.jsonl:1 and '\\u0020r1' at \S+w\.jsonl:2 differ only by/,
      ),
    ]);
  });

  it('is recognized by its first line too, and is CSV otherwise', async () => {
    expect((await load('w', `\ufeff${put(key)}\r\n${put(key)}`)).events).toHaveLength(2);
    const csv = 'restaurant_id,user_id,created_at\nr1,u1,2022-08-01T12:00:00Z\n';
    expect((await load('f', csv, defaultSource)).events).toMatchObject([{ kind: 'mark' }]);
    await expect(load('f.csv', csv)).rejects.toThrow(
      /f\.csv is a CSV file, which fills the default table, but --source describes another one\. Leave out/,
    );
  });
});

it('the trace of every shape is a file of writes', async () => {
  const shapes = join(import.meta.dirname, '../shapes');
  for (const name of ['2', '5', '7', '10']) {
    const of = JSON.parse(readFileSync(join(shapes, `${name}.json`), 'utf8')) as Source;
    const writes = await read(readFileSync(join(shapes, `${name}.jsonl`), 'utf8'), of);
    expect(writes.length).toBeGreaterThan(100);
  }
});

function nested(levels: number): object {
  return levels === 1 ? { S: 'x' } : { L: [nested(levels - 1)] };
}
