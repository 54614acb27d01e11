/** Every kind of time window on the local stack: counted, ranked, served, repaired and expired. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { PutItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import {
  kinds,
  spanOf,
  type TimeWindow,
  type TimeWindowSettings,
  windowAt,
  windowKinds,
} from '../../src/counting/time-window.ts';
import { writeEvents } from '../support/write-events.ts';
import { clientOf } from './api-client.ts';

const base = replaySettings({ windows: ['YEAR', 'MONTH', 'WEEK', 'DAY'] });
const DAY_MS = 86_400_000;

describe('a run that keeps every kind of window', () => {
  let run: LocalRun | undefined;
  afterEach(async () => run?.stop());
  const start = async (timeWindows: TimeWindowSettings): Promise<LocalRun> => {
    run = await startLocalRun({
      settings: settingsFor('dev', {
        ...base,
        timeWindows,
        timeZone: 'UTC',
        reconcile: { ...base.reconcile, secondReadingSeconds: 0 },
      }),
      seed: 1,
    });
    return run;
  };
  const write = async (at: LocalRun, dates: readonly string[]): Promise<void> => {
    const marks = dates.map((date, i) => ({
      kind: 'mark' as const,
      restaurantId: 'osteria',
      userId: `u${i}`,
      createdAt: date.includes('T') ? date : `${date}T12:00:00.000Z`,
    }));
    await writeEvents(at, marks);
    await at.pipe.drain();
  };

  it('counts, ranks, serves and repairs weeks and years across New Year', async () => {
    const at = await start(base.timeWindows);
    await write(at, ['2020-12-28', '2021-01-01', '2021-01-03', '2021-01-04', '2021-12-31']);
    const expected = {
      ALL_TIME: 5,
      ...{ '2020': 1, '2021': 4 },
      ...{ DEC_2020: 1, JAN_2021: 3, DEC_2021: 1 },
      ...{ '2020_W53': 3, '2021_W01': 1, '2021_W52': 1 },
      ...{ '20201228': 1, '20210101': 1, '20210103': 1, '20210104': 1, '20211231': 1 },
    };
    expect(await countsOf(at)).toEqual(expected);
    const api = clientOf(at);
    for (const [window, count] of Object.entries(expected)) {
      expect(await api.ranking(window, 10)).toEqual([
        { restaurant_id: 'osteria', favourite_count: count, rank: 1 },
      ]);
    }
    const windows = Object.keys(expected).join(',');
    expect(
      await api.request('GET', `/restaurants/osteria/favourite-counts?windows=${windows}`),
    ).toMatchObject({ status: 200, body: { counts: expected } });

    // Damages three rows: wrong, lost and invented.
    const table = at.tables.aggregatedFavourites;
    const Key = (window: string) => ({ restaurant_id: { S: 'osteria' }, time_window: { S: window } });
    for (const window of ['2021', '2020_W53']) {
      await at.dynamoDb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: Key(window),
          UpdateExpression: 'SET favourite_count = :wrong REMOVE ranking_key',
          ExpressionAttributeValues: { ':wrong': { N: '77' } },
        }),
      );
    }
    for (const window of ['2019', '2021_W20']) {
      const Item = { ...Key(window), favourite_count: { N: '9' }, revision: { N: '1' } };
      await at.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
    }
    expect(await at.reconcile({ mode: 'repair', graceMs: 100 })).toMatchObject({
      kind: 'succeeded',
      report: { countsFound: 4, countsCorrected: 4 },
    });
    expect(await countsOf(at)).toEqual({ ...expected, '2019': 0, '2021_W20': 0 });
    expect(await api.ranking('2020_W53', 10)).toHaveLength(1);
  });

  it('serves the present window of each kind by its name, and sets its expiry', async () => {
    const retention = 400;
    const settings = Object.fromEntries(windowKinds.map((kind) => [kind, retention] as const));
    const at = await start(settings);
    const nowMs = Date.now();
    await write(at, ['2001-01-01', new Date(nowMs).toISOString()]);

    const api = clientOf(at);
    // A window past its retention is not counted at all.
    const present = windowKinds.map((kind) => windowAt(kind, nowMs, 'UTC'));
    const counts = { ALL_TIME: 2, ...Object.fromEntries(present.map((window) => [window, 1])) };
    expect(await countsOf(at)).toEqual(counts);
    expect(await api.request('GET', '/restaurants/osteria/favourite-counts')).toMatchObject({
      body: { counts },
    });
    for (const kind of windowKinds) {
      expect(await api.request('GET', `/restaurants?window=${kinds[kind].current}`)).toMatchObject({
        status: 200,
        body: { window: windowAt(kind, nowMs, 'UTC'), restaurants: [{ favourite_count: 1 }] },
      });
      const longAgo = windowAt(kind, Date.UTC(2001, 0, 1), 'UTC');
      expect(await api.request('GET', `/restaurants?window=${longAgo}`)).toMatchObject({
        body: { window: longAgo, restaurants: [] },
      });
    }
    const { Items = [] } = await at.dynamoDb.send(
      new ScanCommand({ TableName: at.tables.aggregatedFavourites }),
    );
    for (const item of Items) {
      const span = spanOf(item['time_window']?.S as TimeWindow);
      const expiresAt = span && (span.endMs + (retention + 7) * DAY_MS) / 1000;
      expect(item['expires_at']?.N).toBe(expiresAt?.toString());
    }
  });
});

async function countsOf({ dynamoDb, tables }: LocalRun): Promise<Readonly<Record<string, number>>> {
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: tables.aggregatedFavourites }));
  return Object.fromEntries(
    Items.map((item) => [item['time_window']?.S ?? '', Number(item['favourite_count']?.N)]),
  );
}
