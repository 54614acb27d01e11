/** The real handler of audit with a real SDK client, against the embedded engine. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AttributeValue,
  DeleteItemCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { findEmbeddedBinary } from '../../infra/local/emulator/engine/embedded-engine.ts';
import { planTransactions } from '../../src/commit/plan.ts';
import type { RestaurantId } from '../../src/counting/register-key.ts';
import { ALL_TIME, parseTimeWindowSettings } from '../../src/counting/time-window.ts';
import type { handler as auditHandler } from '../../src/reconcile/audit/handler.ts';
import { type ReconcileMode, type SegmentStep } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import { type CommitStore, createCommitStore } from '../../src/commit/store.ts';
import type { CapturedOutput } from '../support/captured-output.ts';
import { recreateTables } from '../support/engine-tables.ts';
import { changeFrom } from '../support/favourite-changes.ts';
import { type HandlerEngine, type Item, startHandlerEngine } from '../support/handler-engine.ts';
import { NO_REVISION, type Revision } from '../../src/counting/drift.ts';
import { type AuditStore, createAuditStore } from '../../src/reconcile/audit/store.ts';

const describeWithEngine = findEmbeddedBinary() === undefined ? describe.skip : describe;
const USER = 'user-4711-secret';
const AUGUST = '2022-08-01T12:00:00Z';
const TIME_WINDOWS = 'MONTH:forever,DAY:36500';
const settings = {
  countedFavouritesTable: 'Registers',
  aggregatedFavouritesTable: 'Counts',
  timeWindows: parseTimeWindowSettings(TIME_WINDOWS),
  timeZone: 'UTC',
  rankingShards: 10,
};
const tables = {
  Registers: ['restaurant_id', 'user_id'],
  Counts: ['restaurant_id', 'time_window'],
} as const;

describeWithEngine('the audit handler on the embedded engine', () => {
  let engine: HandlerEngine;
  let client: DynamoDBClient;
  let output: CapturedOutput;
  let handler: typeof auditHandler;
  let commits: CommitStore;
  let store: AuditStore;

  beforeAll(async () => {
    engine = await startHandlerEngine({
      COUNTED_FAVOURITES_TABLE: 'Registers',
      AGGREGATED_FAVOURITES_TABLE: 'Counts',
      TIME_WINDOWS,
      RANKING_SHARDS: '10',
      COMMIT_CONCURRENCY: '4',
      RECONCILE_SECOND_READING_SECONDS: '0',
      RECONCILE_HOLD_SECONDS: '5',
      POWERTOOLS_SERVICE_NAME: 'reconcile-audit',
    });
    ({ client, output } = engine);
    commits = createCommitStore(client, settings, { sleep: () => Promise.resolve(), random: () => 0 });
    store = createAuditStore(client, settings);
    ({ handler } = await import('../../src/reconcile/audit/handler.ts'));
  });
  beforeEach(async () => {
    output.reset();
    await recreateTables(client, tables);
  });
  afterAll(() => engine.stop());

  /** Marks as the aggregator commits them. */
  async function count(restaurantId: string, users: readonly string[], createdAt = AUGUST): Promise<void> {
    const changes = users.map((userId) => changeFrom({ restaurantId, userId, next: createdAt }));
    const nowMs = Date.now();
    for (const plan of planTransactions(changes, {
      timeWindows: settings.timeWindows,
      timeZone: 'UTC',
      nowMs,
    }).flat()) {
      expect(await commits.commit(plan, { nowMs })).toMatchObject({ kind: 'committed' });
    }
  }

  const keyOf = (restaurantId: string, window: string): Item => ({
    restaurant_id: { S: restaurantId },
    time_window: { S: window },
  });
  /** Sets attributes of a count row directly, bypassing the commit code. */
  async function damage(restaurantId: string, window: string, attributes: Item): Promise<void> {
    for (const [name, value] of Object.entries(attributes)) {
      await client.send(
        new UpdateItemCommand({
          TableName: 'Counts',
          Key: keyOf(restaurantId, window),
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
    }
  }
  const deleteRow = (restaurantId: string, window: string) =>
    client.send(new DeleteItemCommand({ TableName: 'Counts', Key: keyOf(restaurantId, window) }));

  /** Each row by `<restaurant>/<window>`, without `updated_at` and `revision`. */
  async function rows(): Promise<Readonly<Record<string, Item>>> {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'Counts' }));
    return Object.fromEntries(
      Items.map(({ restaurant_id: id, time_window: window, ...row }) => {
        delete row['updated_at'];
        delete row['revision'];
        return [`${id?.S}/${window?.S}`, row];
      }),
    );
  }

  async function audited(mode: ReconcileMode, { totalSegments = 2, remainingMs = 60_000 } = {}) {
    let totals = noTotals;
    for (let segment = 0; segment < totalSegments; segment += 1) {
      let step: SegmentStep = {
        run: { runId: 'run-1', mode, graceMs: 0, startedAtMs: Date.now() },
        work: { table: 'countedFavourites', segment, totalSegments },
        totals,
        done: false,
      };
      while (!step.done) {
        const context = { getRemainingTimeInMillis: () => remainingMs } as Partial<Context> as Context;
        // The state machine passes the step on as JSON.
        step = JSON.parse(JSON.stringify(await handler(step, context))) as SegmentStep;
      }
      totals = step.totals;
    }
    return totals;
  }

  it('finds and writes nothing when the counts are right, and reads few pages', async () => {
    for (let restaurant = 0; restaurant < 40; restaurant += 1) await count(`r${restaurant}`, ['ada', 'bob']);
    const totals = await audited('repair');
    expect(totals).toMatchObject({ checked: 40, found: 0, corrected: 0, notAudited: 0, writeUnits: 0 });
    // Each segment of a table fits into one page.
    expect(totals.readUnits).toBeLessThanOrEqual(8);
  });

  it('corrects every kind of damage', async () => {
    for (const restaurantId of ['counts', 'gone', 'types', 'right']) {
      await count(restaurantId, ['ada', 'bob', USER]);
    }
    const right = await rows();
    await damage('counts', 'ALL_TIME', { favourite_count: { N: '-4' } });
    await damage('counts', '20220801', { ranking_key: { S: '20220801#99' } });
    await damage('counts', 'AUG_2022', { expires_at: { N: '1' } });
    await deleteRow('gone', 'ALL_TIME');
    await deleteRow('gone', '20220801');
    await damage('types', 'ALL_TIME', { revision: { S: 'seven' } });
    await damage('types', '20220801', { expires_at: { S: 'never' }, favourite_count: { N: '2.5' } });
    await damage('ghost', 'AUG_2022', { favourite_count: { N: '9' } });
    await damage('ghost', 'NO_WINDOW', { favourite_count: { N: '9' } });

    expect(await audited('verify')).toMatchObject({ found: 8, corrected: 0, writeUnits: 0, checked: 5 });
    expect(await audited('repair')).toMatchObject({ found: 8, corrected: 8, notAudited: 0, holds: 0 });
    const { 'ghost/AUG_2022': ghost, 'ghost/NO_WINDOW': noWindow, ...others } = await rows();
    expect(others).toEqual(right);
    expect(ghost).toMatchObject({ favourite_count: { N: '0' }, ranking_key: { S: 'AUG_2022#0' } });
    // NO_WINDOW is not a counted window, so audit leaves this row alone.
    expect(noWindow).toEqual({ favourite_count: { N: '9' } });
    expect(await audited('repair')).toMatchObject({ found: 0, writeUnits: 0 });
    expect(output.lines().join()).not.toContain(USER);
  });

  it('repairs rows so that later events update them correctly', async () => {
    await count('osteria', ['ada']);
    await deleteRow('osteria', 'ALL_TIME');
    await audited('repair');
    await count('osteria', ['bob']);
    expect((await rows())['osteria/ALL_TIME']).toMatchObject({ favourite_count: { N: '2' } });
    expect(await audited('verify')).toMatchObject({ found: 0 });
  });

  it('corrects more rows than fit into a transaction, and reads again before each transaction', async () => {
    for (let day = 0; day < 120; day += 1) {
      const createdAt = new Date(Date.UTC(2022, 0, 1 + day)).toISOString();
      await count('osteria', [`user-${day}`], createdAt);
    }
    const right = await rows();
    for (const name of Object.keys(right)) await deleteRow('osteria', name.slice('osteria/'.length));
    expect(await audited('repair')).toMatchObject({ found: 125, corrected: 125, notAudited: 0 });
    expect(await rows()).toEqual(right);
  });

  it('continues where the previous step stopped', async () => {
    for (let restaurant = 0; restaurant < 30; restaurant += 1) await count(`r${restaurant}`, ['ada']);
    for (let restaurant = 0; restaurant < 30; restaurant += 3) await deleteRow(`r${restaurant}`, 'AUG_2022');
    // Only the time reserved for finishing is left, so each step reads one page.
    expect(await audited('repair', { remainingMs: 8_000 })).toMatchObject({ found: 10, corrected: 10 });
  });

  describe('a hold', () => {
    const osteria = 'osteria' as RestaurantId;
    const planned = (userId: string, nowMs: number) => {
      const change = changeFrom({ restaurantId: 'osteria', userId, next: AUGUST });
      const [plan] = planTransactions([change], {
        timeWindows: settings.timeWindows,
        timeZone: 'UTC',
        nowMs,
      }).flat();
      if (plan === undefined) throw new Error('nothing was planned');
      return plan;
    };

    it('cancels its restaurant’s transactions, and the reasons point to the count row', async () => {
      await count('osteria', ['ada']);
      const nowMs = 1_700_000_000_000;
      const untilMs = nowMs + 10_000;
      expect(await store.hold(osteria, { untilMs, nowMs })).toMatchObject({ kind: 'committed' });
      expect(await commits.commit(planned('bob', nowMs), { nowMs: untilMs - 1 })).toMatchObject({
        kind: 'cancelled',
        reasons: [
          { kind: 'none' },
          { kind: 'condition-failed', was: undefined },
          { kind: 'none' },
          { kind: 'none' },
        ],
      });
      expect(await store.hold(osteria, { untilMs, nowMs })).toEqual({ kind: 'overtaken' });
      expect(await commits.commit(planned('bob', nowMs), { nowMs: untilMs })).toMatchObject({
        kind: 'committed',
      });
    });

    it('can be released only by its owner, and then ends at once', async () => {
      await count('osteria', ['ada']);
      const nowMs = 1_700_000_000_000;
      await store.hold(osteria, { untilMs: nowMs + 10_000, nowMs });
      expect(await store.release(osteria, { untilMs: nowMs + 9_999 })).toEqual({ kind: 'overtaken' });
      expect(await store.release(osteria, { untilMs: nowMs + 10_000 })).toMatchObject({ kind: 'committed' });
      expect(await commits.commit(planned('bob', nowMs), { nowMs })).toMatchObject({ kind: 'committed' });
    });

    it.each<[string, AttributeValue]>([
      ['is later than any valid hold can end', { N: '9999999999999' }],
      ['is in the past', { N: '1699999999999' }],
      ['is not a number', { S: 'for ever' }],
    ])('blocks no event when its held_until %s', async (_, heldUntil) => {
      await count('osteria', ['ada']);
      await damage('osteria', 'ALL_TIME', { held_until: heldUntil });
      const nowMs = 1_700_000_000_000;
      expect(await commits.commit(planned('bob', nowMs), { nowMs })).toMatchObject({ kind: 'committed' });
      expect(await store.hold(osteria, { untilMs: nowMs + 1, nowMs })).toMatchObject({ kind: 'committed' });
    });

    it('is rejected when ALL_TIME has no row, and when it would last longer than ten seconds', async () => {
      expect(await store.hold(osteria, { untilMs: 1_000, nowMs: 0 })).toEqual({ kind: 'overtaken' });
      expect(() => store.hold(osteria, { untilMs: 10_001, nowMs: 0 })).toThrow('RECONCILE_HOLD_SECONDS');
    });

    it('raises the revision, and so does its release', async () => {
      await count('osteria', ['ada']);
      const guard = async () => (await store.readGuard(osteria)).revision;
      expect(await guard()).toBe('1');
      await store.hold(osteria, { untilMs: 5_000, nowMs: 0 });
      expect(await guard()).toBe('2');
      await store.release(osteria, { untilMs: 5_000 });
      expect(await guard()).toBe('3');
    });
  });

  describe('a correction', () => {
    const osteria = 'osteria' as RestaurantId;
    const row = {
      window: ALL_TIME,
      was: '1' as Revision,
      count: 5,
      rankingKey: 'ALL_TIME#6',
      expiresAt: undefined,
    };
    const nowMs = 1_700_000_000_000;

    it('is overtaken when its row changed, or exists although it was missing before', async () => {
      await count('osteria', ['ada']);
      await count('osteria', ['bob']);
      const correction = { restaurantId: osteria, guard: '1' as Revision, rows: [row] };
      expect(await store.correct(correction, { nowMs })).toEqual({ kind: 'overtaken' });
      const absent = { ...correction, guard: NO_REVISION, rows: [{ ...row, was: NO_REVISION }] };
      expect(await store.correct(absent, { nowMs })).toEqual({ kind: 'overtaken' });
    });

    it('of a row other than ALL_TIME is overtaken when the revision of ALL_TIME changed', async () => {
      await count('osteria', ['ada']);
      const month = { ...row, window: 'AUG_2022' as typeof ALL_TIME, rankingKey: 'AUG_2022#6' };
      const correction = { restaurantId: osteria, guard: '7' as Revision, rows: [month] };
      expect(await store.correct(correction, { nowMs })).toEqual({ kind: 'overtaken' });
      const guarded = { ...correction, guard: '1' as Revision };
      expect(await store.correct(guarded, { nowMs })).toMatchObject({ kind: 'committed' });
      expect((await rows())['osteria/AUG_2022']).toMatchObject({ favourite_count: { N: '5' } });
    });
  });

  it('fails the step when a table is missing, and names the table', async () => {
    await client.send(new DeleteTableCommand({ TableName: 'Counts' }));
    await client.send(
      new PutItemCommand({
        TableName: 'Registers',
        Item: { restaurant_id: { S: 'osteria' }, user_id: { S: USER }, created_at: { S: AUGUST } },
      }),
    );
    const failed = audited('repair').catch((error: unknown) => error);
    expect(String(await failed)).toMatch(/Counts.*ResourceNotFoundException/);
    expect(String(await failed)).not.toContain(USER);
  });
});
