/** The real handler of heal with a real SDK client, against the embedded engine. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import { EMPTY_POSITION } from '../../src/counting/stream-position.ts';
import type { handler as healHandler } from '../../src/reconcile/heal/handler.ts';
import { type ReconcileMode, type ScannedTable, type SegmentStep } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import type { CapturedOutput } from '../support/captured-output.ts';
import { recreateTables } from '../support/engine-tables.ts';
import { position } from '../support/favourite-changes.ts';
import { contextWith, type HandlerEngine, type Item, startHandlerEngine } from '../support/handler-engine.ts';

const describeWithEngine = findEmbeddedBinary() === undefined ? describe.skip : describe;
const USER = 'user-4711-secret';
const AUGUST = '2022-08-01T12:00:00Z';
const SEPTEMBER = '2022-09-01T12:00:00Z';
const tables = {
  Favourites: ['restaurant_id_user_id'],
  Registers: ['restaurant_id', 'user_id'],
  Counts: ['restaurant_id', 'time_window'],
} as const;

describeWithEngine('the heal handler on the embedded engine', () => {
  let engine: HandlerEngine;
  let client: DynamoDBClient;
  let output: CapturedOutput;
  let handler: typeof healHandler;

  beforeAll(async () => {
    engine = await startHandlerEngine({
      FAVOURITES_TABLE: 'Favourites',
      COUNTED_FAVOURITES_TABLE: 'Registers',
      AGGREGATED_FAVOURITES_TABLE: 'Counts',
      RECONCILE_LEASE_TABLE: 'Leases',
      TIME_WINDOWS: 'MONTH:forever',
      RANKING_SHARDS: '10',
      COMMIT_CONCURRENCY: '4',
      RECONCILE_SEED_UNITS_PER_SECOND: '1000000',
      POWERTOOLS_SERVICE_NAME: 'reconcile-heal',
    });
    ({ client, output } = engine);
    ({ handler } = await import('../../src/reconcile/heal/handler.ts'));
  });
  beforeEach(async () => {
    output.reset();
    await recreateTables(client, tables);
  });
  afterAll(() => engine.stop());

  const put = async (tableName: keyof typeof tables, items: readonly Item[]) => engine.put(tableName, items);
  const scan = async (tableName: keyof typeof tables) => engine.scan(tableName);

  /** Each register by `<restaurant>#<user>`. */
  const registers = async () =>
    new Map(
      (await scan('Registers')).map((item) => [`${item['restaurant_id']?.S}#${item['user_id']?.S}`, item]),
    );
  const counts = async () =>
    Object.fromEntries(
      (await scan('Counts')).map((item) => [
        `${item['restaurant_id']?.S}/${item['time_window']?.S}`,
        Number(item['favourite_count']?.N),
      ]),
    );

  async function healed(mode: ReconcileMode, { remainingMs = 30_000, segments = 2 } = {}) {
    let steps = 0;
    let totals = noTotals;
    for (const table of ['favourites', 'countedFavourites'] satisfies readonly ScannedTable[]) {
      for (let segment = 0; segment < segments; segment += 1) {
        let step: SegmentStep = {
          run: { runId: 'run-1', mode, graceMs: 0, startedAtMs: Date.now() },
          work: { table, segment, totalSegments: segments },
          totals,
          done: false,
        };
        while (!step.done) {
          steps += 1;
          // The state machine passes the step on as JSON.
          step = JSON.parse(
            JSON.stringify(await handler(step, contextWith('heal', remainingMs))),
          ) as SegmentStep;
        }
        totals = step.totals;
      }
    }
    return { steps, totals };
  }

  it('corrects every kind of damage; a second run finds and writes nothing', async () => {
    await put('Favourites', [
      ...['removed', 'other', 'odd-date', 'odd-position', 'expires', 'right'].map((name) => row(name)),
      row('no-date', 'yesterday'),
    ]);
    await put('Registers', [
      register('other', { created_at: { S: SEPTEMBER } }),
      register('odd-date', { created_at: { N: '1' } }),
      register('odd-position', { stream_position: { N: '9' }, created_at: { S: AUGUST } }),
      register('expires', { created_at: { S: AUGUST }, expires_at: { N: '1' } }),
      register('right', { created_at: { S: AUGUST } }),
      register('invented', { created_at: { S: SEPTEMBER } }),
      { restaurant_id: { S: 'with#hash' }, user_id: { S: `${USER}-with#hash` }, created_at: { S: AUGUST } },
      { restaurant_id: { S: 'blank' }, user_id: { S: `${USER}-blank` } },
      register('left', { expires_at: { N: '9999999999' } }),
    ]);
    const before = await registers();

    const verified = await healed('verify');
    expect(verified.totals).toMatchObject({
      checked: 10,
      found: 8,
      corrected: 0,
      uncountable: 1,
      writeUnits: 0,
    });
    expect(await registers()).toEqual(before);
    const repaired = await healed('repair');
    expect(repaired.totals).toMatchObject({ checked: 10, found: 8, corrected: 8, uncountable: 1 });

    const after = await registers();
    const kept = { stream_position: { S: position(5) }, created_at: { S: AUGUST } };
    const emptied = { stream_position: { S: EMPTY_POSITION } };
    expect(after.get(id('removed'))).toMatchObject({ ...kept, ...emptied });
    for (const name of ['other', 'odd-date', 'expires', 'right'])
      expect(after.get(id(name))).toMatchObject(kept);
    expect(after.get(id('expires'))).not.toHaveProperty('expires_at');
    expect(after.get(id('odd-position'))).toMatchObject({ ...kept, ...emptied });
    expect(after.get(id('invented'))).toMatchObject({ stream_position: { S: position(5) } });
    for (const name of ['invented', 'with#hash', 'blank']) {
      expect(after.get(id(name))).not.toHaveProperty('created_at');
      expect(after.get(id(name))).toHaveProperty('expires_at');
    }
    expect(after.get(id('left'))).toEqual(before.get(id('left')));
    expect(after.size).toBe(before.size + 1);

    const again = await healed('repair');
    expect(again.totals).toMatchObject({ found: 0, corrected: 0, uncountable: 1, writeUnits: 0 });
  });

  it('seeds two empty tables exactly, and a second seed writes nothing', async () => {
    const users = Array.from({ length: 230 }, (_, user) => `${USER}-${user}`);
    await put(
      'Favourites',
      users.flatMap((userId, index) => [
        rowOf('large', userId, AUGUST),
        rowOf(`small-${index % 7}`, userId, index % 2 === 0 ? AUGUST : SEPTEMBER),
      ]),
    );
    const seeded = await healed('seed');
    expect(seeded.totals).toMatchObject({ checked: 460, found: 460, corrected: 460 });
    expect(await registers()).toHaveProperty('size', 460);
    expect(await counts()).toMatchObject({
      'large/ALL_TIME': 230,
      'large/AUG_2022': 230,
      'small-0/ALL_TIME': 33,
      'small-0/AUG_2022': 17,
      'small-0/SEP_2022': 16,
    });
    expect((await healed('seed')).totals).toMatchObject({ found: 0, writeUnits: 0 });
    expect((await healed('verify')).totals).toMatchObject({ found: 0, checked: 460 });
  });

  it('continues from its cursor after every page, and checks each favourite once', async () => {
    const rows = Array.from({ length: 2_100 }, (_, user) => rowOf('large', `${USER}-${user}`, AUGUST));
    await put('Favourites', rows);
    await healed('seed', { segments: 1 });
    const { steps, totals } = await healed('verify', { remainingMs: 1_600, segments: 1 });
    expect(totals).toMatchObject({ checked: 2_100, found: 0 });
    expect(steps).toBeGreaterThanOrEqual(4);
    // Each lookup of a key costs half a read unit; the scans add a little.
    expect(totals.readUnits / 2_100).toBeLessThan(1.05);
  });

  it('logs a warning with the restaurant, but not the user, of a row that can never be counted', async () => {
    await put('Favourites', [row('no-date', 'yesterday'), row('removed')]);
    await healed('repair');
    const text = output.lines().join('\n');
    expect(text).toContain('A row of Favourites can never be counted');
    expect(text).toContain('no-date');
    expect(text).not.toContain(USER);
  });

  it('returns digests of suspects when a step cannot wait, and settles them in a later step', async () => {
    await put('Favourites', [row('removed'), row('left')]);
    const first: SegmentStep = {
      run: { runId: 'run-1', mode: 'repair', graceMs: 60_000, startedAtMs: 0 },
      work: { table: 'favourites', segment: 0, totalSegments: 1 },
      totals: noTotals,
      done: false,
    };
    const waiting = await handler(first, contextWith('heal', 30_000));
    expect(waiting).toMatchObject({ done: false, waitSeconds: 60, totals: { checked: 2, found: 0 } });
    expect(waiting.suspects?.digests).toMatch(/^[\w-]{28}$/);
    expect(await registers()).toEqual(new Map());

    const seenAtMs = Date.now() - 60_000;
    const later = { ...waiting, suspects: { ...waiting.suspects, seenAtMs } } as SegmentStep;
    await put('Registers', [register('left', { created_at: { S: AUGUST } })]);
    const settled = await handler(later, contextWith('heal', 30_000));
    expect(settled).toMatchObject({ done: true, totals: { checked: 2, found: 1, corrected: 1 } });
    expect((await registers()).get(id('removed'))).toMatchObject({ created_at: { S: AUGUST } });
  });
});

const id = (name: string) => `${name}#${USER}-${name}`;
const row = (name: string, createdAt = AUGUST): Item => rowOf(name, `${USER}-${name}`, createdAt);
const rowOf = (restaurantId: string, userId: string, createdAt: string): Item => ({
  restaurant_id_user_id: { S: `${restaurantId}#${userId}` },
  restaurant_id: { S: restaurantId },
  user_id: { S: userId },
  created_at: { S: createdAt },
});
const register = (name: string, attributes: Item): Item => ({
  restaurant_id: { S: name },
  user_id: { S: `${USER}-${name}` },
  stream_position: { S: position(5) },
  ...attributes,
});
