/**
 * Runs each procedure of docs/operations.md on this machine. Before its last step the counts are shown to be
 * wrong, so that an empty procedure fails; at the end they are exact (I1, I3).
 */
import { favouriteId } from '../support/favourite-changes.ts';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { LocalRun } from '../../infra/local/local-run.ts';
import { readCounts, readFavourites, readRegisters } from '../../infra/local/replay/read-tables.ts';
import { favouriteItem, type ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { type Settings, type SettingsOverrides, settingsFor } from '../../infra/settings/settings.ts';
import { isRetained, type TimeWindow } from '../../src/counting/time-window.ts';
import type { ReconcileMode } from '../../src/reconcile/run.ts';
import { aggregatedFavouritesTable as counts } from '../../src/tables/schema.ts';
import {
  disableStream,
  enableStream,
  itemsOf,
  operatedStack,
  type OperatedStack,
  restoreTable,
  streamLabel,
} from '../support/operated-stack.ts';
import { writeEvents } from '../support/write-events.ts';
import { findDrift } from '../support/plain-recount.ts';

const GRACE_MS = 100;
/** Longer than the lag while events are written. */
const BESIDE_TRAFFIC_GRACE_MS = 3_000;
const DAY_MS = 86_400_000;
const RESTAURANTS = 8;
const UNREADABLE = 'yesterday';

describe('docs/operations.md', () => {
  let stack: OperatedStack;
  beforeEach(() => {
    stack = operatedStack();
  });
  afterEach(() => stack.stop());
  const deploy = (
    options: SettingsOverrides = {},
    more: Partial<Parameters<OperatedStack['deploy']>[0]> = {},
  ) => stack.deploy({ settings: settingsWith(options), ...more });

  it('seeds a first deployment beside traffic on a full table with a mostly expired stream', async () => {
    const before = await deploy({}, { isPipeOff: true });
    await writeEvents(before, past);
    stack.trimStream(before.tables.favourites, { share: 0.7 });

    const run = await deploy();
    await run.pipe.drain();
    const delivered = run.pipe.counters.recordsRead;
    expect(delivered).toBeGreaterThan(0);
    expect(delivered).toBeLessThan(past.length);
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    const [seeded] = await Promise.all([reconcile(run, 'seed'), writeEvents(run, afterPast)]);
    expect(seeded).toMatchObject({ kind: 'succeeded', report: { mode: 'seed' } });
    await run.pipe.drain();
    await expectExact(run);
  });

  it('fills a new window after an un-mark made its count negative', async () => {
    const before = await deploy({ timeWindows: { MONTH: 'forever' } });
    await settle(before, past);
    expect(await driftOf(before)).toEqual([]);

    const run = await deploy({ timeWindows: { MONTH: 'forever', DAY: 'forever' } });
    await settle(run, afterPast);
    const drift = await driftOf(run);
    expect(drift.every(({ timeWindow }) => /^\d{8}$/.test(timeWindow))).toBe(true);
    expect(drift.some(({ actual }) => actual < 0)).toBe(true);

    await expectRepaired(run);
  });

  it('fills windows for a longer retention, and moves their expiry for a shorter one', async () => {
    // Days of three ages: kept by both retentions, by the longer one only, and by neither.
    const aged = (ageDays: number) => marks(ageDays * 20, ageDays * 20 + 20, daysAgo(ageDays));
    const days = { kept: dayOf(daysAgo(5)), longer: dayOf(daysAgo(25)) };
    const before = await deploy({ timeWindows: { DAY: 15 } });
    await settle(before, [...aged(5), ...aged(25), ...aged(65)]);
    expect(await driftOf(before)).toEqual([]);
    expect([...(await expiries(before)).keys()]).toEqual([days.kept]);

    const longer = await deploy({ timeWindows: { DAY: 45 } });
    await settle(longer, unmarks(500, 510));
    expect((await driftOf(longer)).map(({ timeWindow }) => timeWindow)).toContain(days.longer);
    await expectRepaired(longer);
    expect(await expiries(longer)).toEqual(
      new Map([days.kept, days.longer].map((day) => [day, expiryOf(day, 45)])),
    );

    const shorter = await deploy({ timeWindows: { DAY: 15 } });
    await settle(shorter, unmarks(510, 515));
    // No count is wrong; only the expiry changes.
    expect(await driftOf(shorter)).toEqual([]);
    expect(await reconcile(shorter, 'repair')).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0, countsFound: RESTAURANTS, countsCorrected: RESTAURANTS },
    });
    await expectExact(shorter);
    // The rows of the day past the new retention expire when the old one says.
    expect(await expiries(shorter)).toEqual(
      new Map([
        [days.kept, expiryOf(days.kept, 15)],
        [days.longer, expiryOf(days.longer, 45)],
      ]),
    );
  });

  it('moves the windows to another time zone beside traffic, and then has nothing to repair', async () => {
    // More favourites than a run may take out of the counts, and every one of them is re-dated.
    const many = [...past, ...marks(300, 420)];
    const before = await deploy();
    await settle(before, many);
    expect(await driftOf(before)).toEqual([]);

    const run = await deploy({ timeZone: 'America/Sao_Paulo' });
    // Some of these take out favourites that were counted in UTC.
    await settle(run, [...afterPast, ...unmarks(300, 310)]);
    const windows = new Set((await driftOf(run)).map(({ timeWindow }) => timeWindow));
    expect([...windows].filter((window) => /^\d{8}$/.test(window))).not.toEqual([]);
    expect(windows.has('ALL_TIME')).toBe(false);

    const repairBeside = { mode: 'repair', graceMs: BESIDE_TRAFFIC_GRACE_MS } as const;
    const [repaired] = await Promise.all([
      run.reconcile(repairBeside),
      writeEvents(run, [...unmarks(310, 330), ...marks(500, 540)]),
    ]);
    expect(repaired).toMatchObject({ kind: 'succeeded', report: { mode: 'repair', notAudited: 0 } });
    await run.pipe.drain();
    await expectExact(run);
    for (const createdAt of (await countedFavourites(run)).values()) expect(createdAt).toMatch(/-0[23]:00$/);
    await expectNothingToRepair(run);
  });

  it('re-dates only favourites whose local time differs, and moves the expiry of windows', async () => {
    const [winter, summer] = [
      marks(0, 60, '2023-12-24T23:30:00.000Z'),
      marks(60, 80, '2024-05-15T12:00:00.000Z'),
    ];
    const midnight = marks(80, 90, '2024-06-30T23:30:00.000Z');
    const timeWindows = { MONTH: 30_000, DAY: 'forever' } as const;
    const before = await deploy({ timeWindows });
    await settle(before, [...winter, ...summer, ...midnight]);

    const run = await deploy({ timeWindows, timeZone: 'Europe/London' });
    expect(await reconcile(run, 'repair')).toMatchObject({
      kind: 'succeeded',
      report: {
        registersFound: summer.length + midnight.length,
        // In summer a month ends an hour earlier. Heal writes June and July, whose counts change, and not
        // May.
        countsFound: RESTAURANTS,
        countsCorrected: RESTAURANTS,
      },
    });
    await expectExact(run);
    await expectNothingToRepair(run);
  });

  it('moves the ranking to more shards and to fewer, complete for readers of the larger number', async () => {
    let [from, run] = [3, await deploy({ rankingShards: 3 })];
    await settle(run, past);
    for (const to of [7, 2]) {
      run = await deploy({ rankingShards: to });
      await settle(run, to === 7 ? afterPast : marks(300, 303));
      const right = await rankingByHand(run);
      expect(await readRanking(run, Math.max(from, to))).toEqual(right);
      expect(await readRanking(run, Math.min(from, to))).not.toEqual(right);

      await expectRepaired(run);
      expect(await readRanking(run, to)).toEqual(right);
      from = to;
    }
    // The shards that are no longer read are empty.
    expect(await readRanking(run, 10)).toEqual(await readRanking(run, 2));
  });

  it('continues from a restored Favourites, whose stream starts its sequence numbers again', async () => {
    const before = await deploy();
    const { dynamoDb, tables } = before;
    await settle(before, past);
    expect(await reconcile(before, 'redrive')).toMatchObject({ kind: 'succeeded' });
    const backup = await itemsOf(dynamoDb, tables.favourites);
    await settle(before, meanwhile);
    const label = await streamLabel(dynamoDb, tables.favourites);
    await before.pipe.stop();
    await restoreTable(dynamoDb, tables.favourites, backup);
    await enableStream(dynamoDb, tables.favourites);
    stack.emptyStream(tables.favourites);
    expect((await streamLabel(dynamoDb, tables.favourites)) > label).toBe(true);

    const run = await deploy();
    await settle(run, afterPast);
    // Events of the new stream win over all events of the old one.
    await expectCounted(run, afterPast);
    expect((await driftOf(run)).length).toBeGreaterThan(0);
    expect(await reconcile(run, 'redrive')).toMatchObject({ kind: 'failed', error: 'SourceChanged' });
    expect(await reconcile(run, 'repair')).toMatchObject({ kind: 'failed', error: 'SourceChanged' });

    const accepted = await run.reconcile({ mode: 'repair', graceMs: GRACE_MS, acceptSource: true });
    expect(accepted).toMatchObject({ kind: 'succeeded' });
    await expectExact(run);
    expect(await reconcile(run, 'redrive')).toMatchObject({ kind: 'succeeded' });
  });

  it.each(['countedFavourites', 'aggregatedFavourites'] as const)(
    'continues from a restored %s',
    async (name) => {
      const run = await deploy();
      const table = run.tables[name];
      await settle(run, past);
      const backup = await itemsOf(run.dynamoDb, table);
      await settle(run, meanwhile);
      expect(await driftOf(run)).toEqual([]);
      await restoreTable(run.dynamoDb, table, backup);
      await settle(run, afterMeanwhile);
      expect((await driftOf(run)).length).toBeGreaterThan(0);

      await expectRepaired(run);
    },
  );

  it('rebuilds both tables from nothing', async () => {
    const run = await deploy();
    await settle(run, past);
    await restoreTable(run.dynamoDb, run.tables.countedFavourites, []);
    await restoreTable(run.dynamoDb, run.tables.aggregatedFavourites, []);
    await settle(run, afterPast);
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    await expectRepaired(run);
  });

  it('counts what was written while the stream was disabled', async () => {
    const before = await deploy();
    const { dynamoDb, tables } = before;
    await settle(before, past);
    await before.pipe.stop();
    await disableStream(dynamoDb, tables.favourites);
    await writeEvents(before, meanwhile);
    await enableStream(dynamoDb, tables.favourites);
    stack.emptyStream(tables.favourites);

    const run = await deploy();
    await settle(run, afterMeanwhile);
    expect(run.pipe.counters.recordsRead).toBe(afterMeanwhile.length);
    await expectCounted(run, afterMeanwhile);
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    await expectRepaired(run);
  });

  it('counts records that expired in the stream while the pipe was down', async () => {
    const before = await deploy();
    await settle(before, past);
    await before.pipe.stop();
    await writeEvents(before, meanwhile);
    // The share of all records; the pipe had delivered the older part.
    const [all, lost] = [past.length + meanwhile.length, past.length + meanwhile.length / 2];
    stack.trimStream(before.tables.favourites, { share: lost / all });

    const run = await deploy();
    await settle(run, afterMeanwhile);
    expect(run.pipe.counters.recordsRead).toBeLessThan(meanwhile.length + afterMeanwhile.length);
    expect((await driftOf(run)).length).toBeGreaterThan(0);
    expect([...run.deadLetters()]).toEqual([]);

    await expectRepaired(run);
  });

  it('redrives dead letters, and keeps a poison record until its row is corrected', async () => {
    const run = await deploy({}, { faults: { drop: 0.5 } });
    await settle(run, [...past, ...meanwhile]);
    const TableName = run.tables.favourites;
    const poison = async (index: number) => {
      const poisoned = { ...favouriteAt(index), createdAt: UNREADABLE };
      await run.dynamoDb.send(new PutItemCommand({ TableName, Item: favouriteItem(poisoned) }));
      return { restaurant_id_user_id: { S: `${poisoned.restaurantId}#${poisoned.userId}` } };
    };
    const correct = async (index: number, Key: Awaited<ReturnType<typeof poison>>) => {
      await run.dynamoDb.send(new DeleteItemCommand({ TableName, Key }));
      await settle(run, marks(index, index + 1));
    };
    run.faults.set('drop', 0);
    const left = await poison(900);
    await correct(901, await poison(901));
    const ranges = [...run.deadLetters()].filter(({ kind }) => kind === 'range').length;
    expect(ranges).toBeGreaterThan(0);
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    expect(await reconcile(run, 'redrive')).toMatchObject({
      kind: 'succeeded',
      // A newer record has overtaken one of the two poison records.
      report: { redriven: ranges + 1 },
    });
    const [letter, ...others] = run.deadLetters();
    expect(others).toEqual([]);
    const shown = execFileSync('sh', ['-c', 'base64 -d | gunzip'], { input: letter?.body, encoding: 'utf8' });
    expect(JSON.parse(shown)).toMatchObject({
      reason: 'unreadable-created-at',
      record: { eventName: 'INSERT' },
    });
    await expectExact(run);

    // The application corrects its row; the letter goes with the next redrive that sees it, and does no harm.
    await correct(900, left);
    await expectExact(run);
  });

  it('repairs favourites whose dead letters name records that the stream no longer has', async () => {
    const run = await deploy({}, { faults: { drop: 0.5 } });
    await settle(run, [...past, ...meanwhile]);
    expect([...run.deadLetters()].length).toBeGreaterThan(0);
    stack.trimStream(run.tables.favourites, { share: 1 });
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    await expectRepaired(run);
    expect([...run.deadLetters()]).toEqual([]);
  });
});

/**
 * Small batches and several segments. The second reading follows at once, because the engine never shows half
 * a transaction.
 */
function settingsWith(options: SettingsOverrides): Settings {
  const base = replaySettings();
  return settingsFor('dev', {
    ...base,
    pipe: { batchSize: 50, maximumBatchingWindowSeconds: 0, parallelizationFactor: 2 },
    reconcile: { ...base.reconcile, secondReadingSeconds: 0, segmentMegabytes: 1, segmentsMax: 2 },
    ...options,
  });
}

/** The favourite with this number: always the same restaurant and user. */
function favouriteAt(number: number, createdAt = dateOf(number)): Omit<ReplayEvent, 'kind'> {
  return { restaurantId: `r${number % RESTAURANTS}`, userId: `u${number}`, createdAt };
}

function marks(from: number, to: number, createdAt?: string): readonly ReplayEvent[] {
  return numbers(from, to).map((number) => ({ kind: 'mark', ...favouriteAt(number, createdAt) }));
}

function unmarks(from: number, to: number): readonly ReplayEvent[] {
  return numbers(from, to).map((number) => ({ kind: 'un-mark', ...favouriteAt(number) }));
}

function numbers(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Dates over two months, with many on each day. */
function dateOf(number: number): string {
  return new Date(Date.UTC(2024, 0, 1 + ((number * 3) % 50), number % 24)).toISOString();
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString();
}

function dayOf(createdAt: string): string {
  return createdAt.slice(0, 10).replaceAll('-', '');
}

/**
 * Un-marks are for marked favourites, and a later mark has another instant: a row's created_at never changes.
 */
const past = [...marks(0, 120), ...unmarks(0, 20)];
const another = '2024-03-01T10:00:00.000Z';
const afterPast = [...unmarks(20, 40), ...marks(0, 10, another), ...marks(120, 140)];
/** Written after `past`, but to a stream that the pipe does not read, or after the backup. */
const meanwhile = [...marks(200, 240), ...unmarks(40, 60)];
const afterMeanwhile = [...afterPast, ...unmarks(200, 210), ...marks(40, 50, another)];

/** Writes the events, and waits until the pipe has delivered what it can. */
async function settle(run: LocalRun, events: readonly ReplayEvent[]): Promise<void> {
  await writeEvents(run, events);
  await run.pipe.drain();
}

function reconcile(run: LocalRun, mode: ReconcileMode) {
  return run.reconcile({ mode, graceMs: GRACE_MS });
}

async function expectRepaired(run: LocalRun): Promise<void> {
  expect(await reconcile(run, 'repair')).toMatchObject({
    kind: 'succeeded',
    report: { mode: 'repair', notAudited: 0 },
  });
  await expectExact(run);
}

async function expectNothingToRepair(run: LocalRun): Promise<void> {
  expect(await reconcile(run, 'repair')).toMatchObject({
    kind: 'succeeded',
    report: { registersFound: 0, countsFound: 0, notAudited: 0, writeUnits: 0 },
  });
}

/** I3: the registers equal the countable favourites. I1: the counts equal their number. */
async function expectExact(run: LocalRun): Promise<void> {
  const live = await liveFavourites(run);
  expect(await countedFavourites(run)).toEqual(
    new Map([...live].filter(([, createdAt]) => createdAt !== UNREADABLE)),
  );
  expect(await driftOf(run)).toEqual([]);
}

/** The last written event of each favourite is counted. */
async function expectCounted(run: LocalRun, events: readonly ReplayEvent[]): Promise<void> {
  const [counted, live] = [await countedFavourites(run), await liveFavourites(run)];
  expect(among(counted, events)).toEqual(among(live, events));
}

/** The drift of the served windows: a window past its retention is absent for readers. */
async function driftOf(run: LocalRun) {
  const calendar = { ...run.settings, nowMs: Date.now() };
  const served = [];
  for await (const row of readCounts(run)) {
    if (isRetained(row.timeWindow as TimeWindow, calendar)) served.push(row);
  }
  return findDrift({
    favourites: readFavourites(run),
    registers: readRegisters(run),
    counts: served,
    calendar,
  });
}

/** Favourite to `created_at`. */
type Dates = ReadonlyMap<string, string>;

async function liveFavourites(run: LocalRun): Promise<Dates> {
  const dates = new Map<string, string>();
  for await (const row of readFavourites(run))
    if (row.kind === 'countable') dates.set(favouriteId(row.key), row.createdAt);
  return dates;
}

async function countedFavourites(run: LocalRun): Promise<Dates> {
  const dates = new Map<string, string>();
  for await (const { restaurantId, rowId, createdAt } of readRegisters(run)) {
    if (createdAt !== undefined) dates.set(`${restaurantId}#${rowId}`, createdAt);
  }
  return dates;
}

/** The dates of those favourites of `events` that exist. */
function among(dates: Dates, events: readonly ReplayEvent[]): Dates {
  const keys = new Set(events.map(({ restaurantId, userId }) => `${restaurantId}#${userId}`));
  return new Map([...dates].filter(([key]) => keys.has(key)));
}

type Ranking = Readonly<Record<string, number>>;

async function rankingByHand(run: LocalRun): Promise<Ranking> {
  const ranking: Record<string, number> = {};
  for await (const row of readFavourites(run)) {
    if (row.kind !== 'countable') continue;
    const { restaurantId } = row.key;
    ranking[restaurantId] = (ranking[restaurantId] ?? 0) + 1;
  }
  return ranking;
}

/** @throws for a restaurant that is in two shards */
async function readRanking(run: LocalRun, shards: number): Promise<Ranking> {
  const ranking: Record<string, number> = {};
  for (const shard of numbers(0, shards)) {
    const { Items = [] } = await run.dynamoDb.send(
      new QueryCommand({
        TableName: run.tables.aggregatedFavourites,
        IndexName: counts.rankingIndex.name,
        KeyConditionExpression: '#key = :key',
        ExpressionAttributeNames: { '#key': counts.rankingKey },
        ExpressionAttributeValues: { ':key': { S: `ALL_TIME#${shard}` } },
      }),
    );
    for (const item of Items) {
      const restaurantId = item[counts.partitionKey]?.S ?? '';
      if (restaurantId in ranking) throw new Error(`${restaurantId} is in two shards`);
      ranking[restaurantId] = Number(item[counts.favouriteCount]?.N);
    }
  }
  return ranking;
}

/** When TTL deletes the rows of each day. @throws when rows of one day differ */
async function expiries(run: LocalRun): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const item of await itemsOf(run.dynamoDb, run.tables.aggregatedFavourites)) {
    const window = item[counts.sortKey]?.S ?? '';
    if (window === 'ALL_TIME') continue;
    const expiresAt = Number(item[counts.expiresAt]?.N);
    if ((found.get(window) ?? expiresAt) !== expiresAt)
      throw new Error(`rows of ${window} expire at different times`);
    found.set(window, expiresAt);
  }
  return new Map([...found].toSorted(([a], [b]) => b.localeCompare(a)));
}

/** The end of the day, plus its retention, plus the week for late un-marks; epoch seconds. */
function expiryOf(day: string, retentionDays: number): number {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6)].map(Number);
  return Date.UTC(year ?? 0, (month ?? 0) - 1, (date ?? 0) + 1 + retentionDays + 7) / 1000;
}
