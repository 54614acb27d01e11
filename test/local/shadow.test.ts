/** The shadow on the embedded engine: counters in tables of several shapes, with planted differences. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Connection } from '../../infra/command-line/dynamodb/connect.ts';
import { parseCommandLine } from '../../infra/command-line/parse-command-line.ts';
import type { Engine } from '../../infra/local/emulator/engine/engine.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { compareTables } from '../../infra/shadow/compare-tables.ts';
import { options, requestOf } from '../../infra/shadow/options.ts';
import { writeTable } from '../support/doctor/write-table.ts';
import { runCommand } from './command-run.ts';

const source = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'createdAt', format: 'rfc3339' },
};
const countsKey = [
  { name: 'restaurant_id', type: 'S' },
  { name: 'time_window', type: 'S' },
];
const shopKey = [
  { name: 'PK', type: 'S' },
  { name: 'SK', type: 'S' },
];

const text = (S: string) => ({ S });
const number = (N: number) => ({ N: String(N) });
const countRow = (restaurant: string, count: number, window = 'ALL_TIME') => ({
  restaurant_id: text(restaurant),
  time_window: text(window),
  favourite_count: number(count),
});
const counterRow = (restaurant: string, count: number) => ({
  PK: text(`REST#${restaurant}`),
  SK: text('META'),
  name: text(restaurant),
  likeCount: number(count),
});
const favouriteRow = (user: string, restaurant: string, createdAt = '2022-08-01T12:00:00Z') => ({
  PK: text(`USER#${user}`),
  SK: text(`FAV#${restaurant}`),
  createdAt: text(createdAt),
});

/** r0 and r7 have no favourite, r1 has one, and so on up to six. The first of each is of August. */
const restaurants = Array.from({ length: 30 }, (_, at) => `r${at}`);
const countOf = (restaurant: string) => Number(restaurant.slice(1)) % 7;
const favourites = restaurants.flatMap((one) =>
  Array.from({ length: countOf(one) }, (_, at) =>
    favouriteRow(`u${at}`, one, at === 0 ? undefined : '2022-09-01T12:00:00Z'),
  ),
);
const others = [
  ...restaurants.map((one) => ({ PK: text(`REST#${one}`), SK: text('REVIEW#u1'), stars: number(4) })),
  { PK: text('USER#u1'), SK: text('PROFILE'), likeCount: number(21) },
  { PK: text('USER#u9'), SK: text('FAV#r3'), createdAt: text('yesterday') },
];

let directory: string;
let sourceFile: string;
let engine: Engine;
let connection: Connection;
let shops = 0;

interface Shop {
  readonly counts: string;
  readonly table: string;
  /** The options that compare them. */
  readonly by: (id: string, attribute?: string) => readonly string[];
}

/** A table of counts and a single table with equal counters, but for what is planted. */
async function newShop(
  planted: {
    readonly counts?: Readonly<Record<string, number>>;
    readonly counter?: Readonly<Record<string, number>>;
  } = {},
): Promise<Shop> {
  shops += 1;
  const [counts, table] = [`Counts-${shops}`, `Shop-${shops}`];
  const right = Object.fromEntries(restaurants.map((one) => [one, countOf(one)]));
  const counters = Object.entries({ ...right, ...planted.counter });
  await writeTable(connection.dynamoDb, counts, {
    key: countsKey,
    items: [
      ...Object.entries({ ...right, ...planted.counts }).map(([one, count]) => countRow(one, count)),
      ...restaurants.filter((one) => countOf(one) > 0).map((one) => countRow(one, 1, 'AUG_2022')),
    ],
  });
  await writeTable(connection.dynamoDb, table, {
    key: shopKey,
    items: [
      // A counter that was never written has no row.
      ...counters.filter(([, count]) => count !== 0).map(([one, count]) => counterRow(one, count)),
      ...favourites,
      ...others,
    ],
  });
  return {
    counts,
    table,
    by: (id, attribute = 'likeCount') => [
      ...['--counts-table', counts, '--counter-table', table],
      ...['--counter-id', id, '--counter-attribute', attribute],
    ],
  };
}

const put = (tableName: string, Item: Record<string, AttributeValue>) =>
  connection.dynamoDb.send(new PutItemCommand({ TableName: tableName, Item }));

async function shadow(
  words: readonly string[],
  { duringWait }: { duringWait?: () => Promise<unknown> } = {},
) {
  const request = requestOf(parseCommandLine(words, options).values);
  const said: string[] = [];
  let waits = 0;
  const result = await compareTables(connection, request, {
    say: (line) => said.push(line),
    onProgress: () => {},
    async wait() {
      waits += 1;
      await duringWait?.();
    },
  });
  const found = result.comparison.differences.map(({ restaurantId, pair, recount }) => ({
    restaurantId,
    ...pair,
    ...(recount && { rows: recount.count, right: recount.right }),
  }));
  return { ...result, found, said: said.join('\n'), waits };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shadow-'));
  sourceFile = join(directory, 'source.json');
  await writeFile(sourceFile, JSON.stringify(source));
  engine = await startEngine({ engine: 'embedded', directory });
  connection = connect({ endpoint: engine.endpoint }, {});
});
afterAll(async () => {
  connection[Symbol.dispose]();
  await engine.stop();
  await rm(directory, { recursive: true });
});

/** The row of a restaurant has a known key, a known partition, or is anywhere. */
const ids = ['PK=REST#{restaurant},SK=META', 'PK=REST#{restaurant}', 'name'];

describe('the shadow on the embedded engine', () => {
  it.each(ids)('finds nothing and does not wait if all counters are equal, by %s', async (id) => {
    const { by } = await newShop();
    expect(await shadow(by(id))).toMatchObject({ found: [], waits: 0, comparison: { compared: 30 } });
  });

  it.each(ids)('finds exactly the planted differences among other kinds of item, by %s', async (id) => {
    const { by } = await newShop({
      counts: { rare: 3 },
      counter: { r5: 50, r12: 1, new: 2, r14: -3, r13: 0 },
    });

    const { found, waits, comparison } = await shadow(by(id));

    expect(found).toEqual([
      { restaurantId: 'r5', counts: 5, counter: 50 },
      { restaurantId: 'r13', counts: 6, counter: undefined },
      { restaurantId: 'r12', counts: 5, counter: 1 },
      { restaurantId: 'rare', counts: 3, counter: undefined },
      { restaurantId: 'new', counts: undefined, counter: 2 },
    ]);
    expect(waits).toBe(1);
    expect(comparison).toMatchObject({ compared: 32, moving: 0, negative: 1 });
  });

  it.each(ids)('forgets what has caught up at the second reading, by %s', async (id) => {
    const { by, counts, table } = await newShop({ counts: { later: 3 }, counter: { r5: 4, late: 1 } });

    const { found } = await shadow(by(id), {
      async duringWait() {
        await put(table, counterRow('r5', 5));
        await put(table, counterRow('later', 3));
        await put(counts, countRow('late', 1));
      },
    });

    expect(found).toEqual([]);
  });

  it('reads a counter that moved since the first reading once more', async () => {
    const { by, counts, table } = await newShop({ counter: { r5: 4 } });
    let reading = 1;
    const { found, waits } = await shadow(by('PK=REST#{restaurant}'), {
      async duringWait() {
        reading += 1;
        // The counter lacks one, and moves once while both are read.
        if (reading > 2) return;
        await put(counts, countRow('r5', 8));
        await put(table, counterRow('r5', 7));
      },
    });
    expect(found).toEqual([{ restaurantId: 'r5', counts: 8, counter: 7 }]);
    expect(waits).toBe(2);
  });

  it('counts the rows of what differs, and says which side is right', async () => {
    const { by, table } = await newShop({ counts: { r6: 9, r13: 8 }, counter: { r5: 50, r13: 9 } });
    const recounting = ['--recount', '--favourites-table', table, '--source', sourceFile];

    const { found, recount, said, readUnits } = await shadow([...by('PK=REST#{restaurant}'), ...recounting]);

    expect(found).toEqual([
      { restaurantId: 'r5', counts: 5, counter: 50, rows: 5, right: 'counts' },
      { restaurantId: 'r6', counts: 9, counter: 6, rows: 6, right: 'counter' },
      { restaurantId: 'r13', counts: 8, counter: 9, rows: 6, right: 'neither' },
    ]);
    expect(recount).toEqual({ counts: favourites.length, rejected: 1, table });
    expect(said).toContain(`The recount of ${table}, if anything differs, takes about`);
    expect([...readUnits.keys()]).toEqual(['counts', 'counter', 'recount']);
    for (const units of readUnits.values()) expect(units).toBeGreaterThan(0);
  });

  it('compares a window with a file, and counts the rows of that window', async () => {
    const { counts, table } = await newShop();
    const file = join(directory, 'likes.csv');
    const lines = restaurants.map((one) => `${one},${one === 'r8' ? 4 : Math.min(1, countOf(one))}\n`);
    await writeFile(file, `restaurant_id,count\n${lines.join('')}`);
    const words = ['--counts-table', counts, '--counter-file', file, '--window', 'AUG_2022'];
    const recounting = ['--recount', '--favourites-table', table, '--source', sourceFile];

    const { found } = await shadow([...words, ...recounting]);

    expect(found).toEqual([{ restaurantId: 'r8', counts: 1, counter: 4, rows: 1, right: 'counts' }]);
  });

  it('explains what is wrong with the options', async () => {
    const { by, counts, table } = await newShop();
    const partition = by('PK=REST#{restaurant}');
    const recounting = [...partition, '--recount', '--favourites-table', table];
    const none = by('PK=REST#{restaurant}').map((word) => (word === table ? 'Shops' : word));
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        by('PK=RESTAURANT#{restaurant}'),
        `matches no row of ${table}. Its rows with likeCount have PK = S aaaa#`,
      ],
      [by('restaurantId'), `--counter-id restaurantId matches no row of ${table}`],
      [
        by('PK=REST#{restaurant}', 'likes'),
        `No row of ${table} has the attribute likes. Numbers are in likeCount, stars: give`,
      ],
      [by('name', 'SK'), `SK of 25 rows of ${table} is not a whole number: that of 'r`],
      [none, 'There is no table Shops '],
      [
        ['--counts-table', table, ...partition.slice(2)],
        `--counts-table ${table} has the key PK, SK, but a table`,
      ],
      [[...partition, '--window', 'JUL_2022'], `${counts} has no count in JUL_2022. Among its windows are A`],
      [
        recounting,
        `The table ${table} has the key PK (S), SK (S), but --source describes restaurant_id_user_id`,
      ],
    ];
    for (const [words, message] of cases) await expect(shadow(words)).rejects.toThrow(message);
  });

  it('refuses two rows for one restaurant', async () => {
    const { by, table } = await newShop();
    await put(table, { ...counterRow('r5', 1), SK: text('STATS') });

    await expect(shadow(by('PK=REST#{restaurant}'))).rejects.toThrow(
      `Several rows of ${table} with likeCount name the restaurant 'r5', and so for 1 restaurant. Say ` +
        "which kind of row counts, for example --counter-id 'PK=REST#{restaurant},SK=…'",
    );
    expect(await shadow(by('PK=REST#{restaurant},SK=META'))).toMatchObject({ found: [] });
  });

  it('ends with 2 if they differ, and writes all differences to a file', async () => {
    const { by } = await newShop({ counter: { r5: 50 } });
    const out = join(directory, 'differences.csv');
    const words = [...by(ids[0] ?? ''), '--grace', '0', '--out', out, '--endpoint', engine.endpoint];
    await using run = runCommand('shadow', words);

    expect(await run.ended).toBe(2);
    expect(run.stdout()).toContain("'r5'             5       50         +45");
    expect(await readFile(out, 'utf8')).toBe('restaurant_id,counts,counter,difference\nr5,5,50,45\n');
  });
});
