/** Files and folders as they come: exports of DynamoDB to S3, gzip, other encodings, and what is refused. */
import { describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InterruptedError } from '../../infra/command-line/command.ts';
import { loadReplayFile } from '../../infra/local/replay/files/replay-file.ts';
import { createdAtOf } from '../../infra/local/replay/replay-write.ts';
import { createMapping } from '../../src/counting/mapping.ts';
import { defaultSource, type Source } from '../../src/counting/source/source.ts';
import { writeExport } from '../support/export-folder.ts';
import { loadContent, loadPaths } from '../support/load-content.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const source: Source = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'createdAt', format: 'rfc3339' },
  countedWhen: { attribute: 'deleted', notEquals: true },
};
const item = (user: string, createdAt?: string, more: object = {}) => ({
  PK: { S: `USER#${user}` },
  SK: { S: 'FAV#r1' },
  ...(createdAt !== undefined && { createdAt: { S: createdAt } }),
  ...more,
});
const lineOf = (Item: object) => JSON.stringify({ Item });
const row = 'restaurant_id,user_id,created_at\nr1,u1,2022-08-01T12:00:00Z\n';
const users = (events: readonly unknown[]) =>
  events.map((event) => /USER#(\w+)/.exec(JSON.stringify(event))?.[1]);

describe('an export of DynamoDB to S3', () => {
  const items = [
    item('d', '2022-08-04T00:00:00Z'),
    item('b', '2022-08-02T01:00:00+02:00'),
    item('profile', '2022-08-01T00:00:00Z', { SK: { S: 'PROFILE' } }),
    item('a', '2022-08-01T23:00:00.000000001Z'),
    item('undated'),
    item('c', '2022-08-03T00:00:00Z', { list: { L: [{ S: 'x' }] } }),
    item('deleted', '2022-08-01T00:00:00Z', { deleted: { BOOL: true } }),
  ];

  it.each([
    ['its folder', (folder: string) => [folder]],
    ['the parent of its folder', (folder: string) => [join(folder, '..')]],
    ['the folder in which AWSDynamoDB is', (folder: string) => [join(folder, '../..')]],
    ['its data folder', (folder: string) => [join(folder, 'data')]],
    ['its files', (folder: string) => [0, 1, 2].map((file) => join(folder, `data/part${file}.json.gz`))],
  ])(
    'is read by naming %s: what does not count first, the rest in the order of the dates',
    async (_, pathsOf) => {
      using directory = temporaryDirectory();
      const { events, warnings } = await loadPaths(pathsOf(writeExport(directory.path, items)), { source });
      expect(users(events)).toEqual(['deleted', 'undated', 'profile', 'b', 'a', 'c', 'd']);
      expect(events).toContainEqual(expect.objectContaining({ kind: 'put', item: items[5] }));
      expect(warnings).toEqual([]);
    },
  );

  it('is read unpacked, with empty files, as files of the default table too', async () => {
    using directory = temporaryDirectory();
    const paths = ['a.json', 'b.json', 'c.json'].map((name) => join(directory.path, name));
    const one = { restaurant_id_user_id: { S: 'r1#u1' }, created_at: { S: '2022-08-01T12:00:00Z' } };
    writeFileSync(paths[0] ?? '', '');
    writeFileSync(paths[1] ?? '', `${lineOf(one)}\r\n`);
    writeFileSync(paths[2] ?? '', '\n');
    const { events } = await loadPaths(paths);
    const dates = events.map((event) => createdAtOf(event, createMapping(defaultSource, 'UTC')));
    expect(dates).toEqual(['2022-08-01T12:00:00Z']);
    expect((await loadPaths([directory.path])).events).toEqual(events);
  });

  it('has the fingerprint of its files in their order', async () => {
    using directory = temporaryDirectory();
    const folder = writeExport(directory.path, items);
    const first = await loadPaths([folder], { source });
    const again = await loadPaths([join(folder, 'data')], { source });
    expect(again.fingerprint).toBe(first.fingerprint);
    const files = [2, 1, 0].map((file) => join(folder, `data/part${file}.json.gz`));
    expect((await loadPaths(files, { source })).fingerprint).not.toBe(first.fingerprint);
  });

  it('warns of ids that look alike', async () => {
    const lines = [item('ada'), item('ada ')].map(lineOf).join('\n');
    const { warnings } = await loadContent(lines, { name: 'e.json', source });
    expect(warnings).toEqual([
      expect.stringMatching(/: user 'ada' at \S+:1 and 'ada\\u0020' at \S+:2 differ/),
    ]);
  });

  it('names file and line of what the table cannot store, also of a packed file', async () => {
    using directory = temporaryDirectory();
    const paths = ['a.json.gz', 'b.json.gz'].map((name) => join(directory.path, name));
    const lines = (...all: readonly string[]) => gzipSync(all.join('\n'));
    writeFileSync(paths[0] ?? '', lines(lineOf(item('a')), lineOf({ PK: { S: 'x' } })));
    writeFileSync(paths[1] ?? '', lines('{"Item"', '{"Item":{},"Size":1}', lineOf(item('a'))));
    await expect(loadPaths([directory.path], { source })).rejects.toThrow(
      new RegExp(
        [
          `${paths[0]}:2: Item.SK is missing, a part of the key; give every line the whole key, or the ` +
            'right --source',
          `${paths[1]}:1: the line is not JSON: .*; write it as {"Item":{"id":{"S":"text"},…}}`,
          `${paths[1]}:2: unknown member 'Size'; a line of an export is .*: remove it`,
          `${paths[1]}:3: the item has the same key as the one at ${paths[0]}:1; name each file`,
        ].join('\n'),
      ),
    );
  });

  it('is refused if a file that it lists is missing', async () => {
    using directory = temporaryDirectory();
    const folder = writeExport(directory.path, items);
    rmSync(join(folder, 'data/part1.json.gz'));
    await expect(loadPaths([directory.path], { source })).rejects.toThrow(
      /data lacks 1 of the 3 files of .*manifest-files\.json, such as part1\.json\.gz; download the/,
    );
  });

  it('is read if some of its files are unpacked, beside files that are not data', async () => {
    using directory = temporaryDirectory();
    const data = join(writeExport(directory.path, items), 'data');
    const packed = join(data, 'part0.json.gz');
    const all = await loadPaths([directory.path], { source });
    writeFileSync(join(data, 'part0.json'), gunzipSync(readFileSync(packed)));
    // Both at first, as after `gunzip -k`.
    expect((await loadPaths([directory.path], { source })).events).toEqual(all.events);
    rmSync(packed);
    writeFileSync(join(data, 'source.json'), JSON.stringify(source));
    writeFileSync(join(directory.path, 'source.json'), JSON.stringify(source));
    expect((await loadPaths([directory.path], { source })).events).toEqual(all.events);
  });

  it('is refused beside another one, or without any data', async () => {
    using directory = temporaryDirectory();
    writeExport(directory.path, items);
    writeExport(directory.path, items, { name: '02' });
    await expect(loadPaths([directory.path], { source })).rejects.toThrow(
      / has 2 exports; name one of .*, .*02/,
    );
    const empty = join(directory.path, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'manifest-files.json'), '{}');
    await expect(loadPaths([empty], { source })).rejects.toThrow(
      / has no data files \(\*\.json\.gz or \*\.json\)/,
    );
    writeFileSync(join(empty, 'a.json'), '\n');
    await expect(loadPaths([empty], { source })).rejects.toThrow(/^empty has no items; each line must be /);
  });
});

describe('a file that cannot be read', () => {
  const ion = /is an export in Amazon Ion, which is not read; export the table again as DynamoDB JSON/;
  const half = gzipSync(row.repeat(1_000)).subarray(0, 60);
  const utf16 = Buffer.from(`\ufeff${row}`, 'utf16le');
  const change = { Metadata: { WriteTimestampMicros: { N: '1' } }, Keys: {}, NewImage: {} };
  it.each<readonly [string, string | Buffer, RegExp]>([
    ['a.ion.gz', gzipSync('$ion_1_0 {Item:{}}'), ion],
    ['a.json', '$ion_1_0 {Item:{}}', ion],
    ['a.gz', gzipSync(Buffer.from([0xe0, 1, 0, 0xea, 0])), ion],
    [
      'a.json.gz',
      gzipSync(JSON.stringify(change)),
      /is an incremental export, which has only changes; make a full/,
    ],
    ['a.csv', half, /a\.csv: the gzip file ends too early; copy or download it again\.$/],
    [
      'a.csv',
      Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      /a\.csv: the gzip file is damaged \(/,
    ],
    [
      'a b.csv',
      utf16,
      /is UTF-16, not UTF-8; convert it: iconv -f UTF-16 -t UTF-8 '.+b\.csv' > '.+b\.csv\.utf8\.csv'$/,
    ],
    ['a.csv', Buffer.from(utf16).swap16(), /iconv -f UTF-16 -t UTF-8 \S+a\.csv > \S+a\.csv\.utf8\.csv$/],
    ['a.csv', utf16.subarray(2), /convert it: iconv -f UTF-16LE /],
    ['a.csv', Buffer.from(utf16.subarray(2)).swap16(), /convert it: iconv -f UTF-16BE /],
    [
      'a.csv.gz',
      gzipSync(utf16),
      /convert it: gunzip -c \S+a\.csv\.gz \| iconv -f UTF-16 -t UTF-8 > \S+a\.csv\.utf8\.csv$/,
    ],
    [
      'a.json',
      '{\n  "Items": []\n}\n',
      /is one JSON document, expected one object a line; convert the output of/,
    ],
    [
      'a.json',
      '{"Items":[{"id":{"S":"x"}}],"Count":1}\n',
      /is one JSON document, expected one object a line;/,
    ],
    [
      'a.json',
      `${JSON.stringify(item('a'))}\n`,
      /has items without "Item", expected \{"Item":\{…\}\} a line; convert it with jq -c '\{Item: \.\}'\.$/,
    ],
    ['a.xlsx', 'PK\u0003\u0004…', /is a ZIP file or an Excel workbook; unzip it, or save it as CSV\.$/],
    [
      'a.csv',
      Buffer.concat([Buffer.from('restaurant_id,user_id,created_at\n"r\n'), Buffer.from([0xff, 0x0a])]),
      /a\.csv:3: bytes that are not UTF-8; save the file as UTF-8$/,
    ],
    ['a.csv', '', /a\.csv:1: the file is empty; its first line must be restaurant_id,/],
  ])('is refused in one line: %s', async (name, content, expected) => {
    const error = await loadContent(content, { name }).catch((cause: unknown) => cause);
    expect(error instanceof Error ? error.message : '').toMatch(expected);
    expect(error instanceof Error ? error.message : '\n').not.toContain('\n');
  });

  it('is refused beside others that are not of its kind', async () => {
    using directory = temporaryDirectory();
    const at = (name: string, content: string) => {
      writeFileSync(join(directory.path, name), content);
      return join(directory.path, name);
    };
    const csv = at('a.csv', row);
    const items = at('a.json', lineOf({ restaurant_id_user_id: { S: 'r#u' } }));
    await expect(loadPaths([csv, items])).rejects.toThrow(
      /^Expected one file, because the first is a CSV file; leave out \S+a\.json\.$/,
    );
    await expect(loadPaths([items, csv])).rejects.toThrow(
      /a\.csv is a CSV file, not a file of an export of DynamoDB to S3 like the first file;/,
    );
    await expect(loadPaths([items, items])).rejects.toThrow(/a\.json is named twice; name each file once\.$/);
    await expect(loadPaths([items, directory.path])).rejects.toThrow(/: name one folder alone, or files\.$/);
  });
});

it('a gzipped file is read whatever its name', async () => {
  for (const name of ['f.csv', 'f.csv.gz']) {
    expect((await loadContent(gzipSync(row), { name })).events).toHaveLength(1);
  }
  const write = JSON.stringify({ at: '2022-08-01T12:00:00Z', put: item('a') });
  expect((await loadContent(gzipSync(write), { name: 'w.jsonl.gz', source })).events).toHaveLength(1);
});

it('reading ends when the signal is aborted', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'f.csv');
  writeFileSync(path, row);
  const signal = AbortSignal.abort();
  await expect(loadReplayFile({ paths: [path], source: defaultSource, signal })).rejects.toThrow(
    InterruptedError,
  );
});
