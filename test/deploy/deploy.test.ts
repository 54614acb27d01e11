/**
 * Deploys the app of this repository to ministack with the CDK's own commands, uses what is deployed, and
 * destroys it. The template is that of the product, without the alarms that ministack cannot create.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { damageTables } from '../../infra/local/replay/damage.ts';
import { readCounts, readFavourites, readRegisters } from '../../infra/local/replay/read-tables.ts';
import { type Settings, settingsFromContext } from '../../infra/settings/settings.ts';
import { isRetained, type TimeWindow } from '../../src/counting/time-window.ts';
import { apiClient } from '../local/api-client.ts';
import { findDrift } from '../support/plain-recount.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { writeEvents } from '../support/write-events.ts';
import { cdk, type Context, deploy, type Outputs, synth } from './commands.ts';
import { type DeployedStack, deployedStack } from './deployed-stack.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { account, type Ministack, region, startMinistack } from './ministack.ts';
import { describeWith } from './programs.ts';

/** Nothing is half visible in ministack, so the audit need not wait for its second reading. */
const quick: Context = { 'reconcile.secondReadingSeconds': '0' };
const first: Context = { ...quick, timeWindows: 'MONTH:forever' };
const second: Context = {
  ...quick,
  timeWindows: 'YEAR:forever,MONTH:forever',
  'pipe.batchSize': '250',
  rankingShards: '4',
};
const marks = ['ada', 'grace', 'edsger'].flatMap((userId) =>
  ['trattoria', 'bistro'].map((restaurantId) => ({ userId, restaurantId })),
);
/** Rows that reach the table, but whose records never reach the aggregator. */
const unreported = numbers(30).map((number) => ({
  kind: 'mark' as const,
  restaurantId: `ristorante-${number % 10}`,
  userId: `user-${number}`,
  createdAt: '2024-02-03T12:00:00.000Z',
}));

describeWith('ministack', ['ministack'])('the app, deployed by the CDK', () => {
  const undo = new AsyncDisposableStack();
  let ministack: Ministack;
  let assemblies: { readonly first: string; readonly second: string };
  let bootstrapped: Inventory;
  let outputs: Outputs;
  let stack: DeployedStack;

  beforeAll(async () => {
    ministack = undo.use(await startMinistack());
    const directory = undo.use(temporaryDirectory()).path;
    assemblies = { first: join(directory, 'first'), second: join(directory, 'second') };
    await Promise.all([
      synth(ministack, { context: first, output: assemblies.first }),
      synth(ministack, { context: second, output: assemblies.second }),
    ]);
    await cdk(ministack, ['bootstrap', `aws://${account}/${region}`, '--app', assemblies.first]);
    bootstrapped = await takeInventory(ministack);
    outputs = await deploy(ministack, assemblies.first);
    stack = undo.use(deployedStack(ministack, outputs));
  });
  afterAll(() => undo.disposeAsync());

  it('answers signed requests to its API, and refuses others', async () => {
    const api = apiClient(stack.request);
    for (const { userId, restaurantId } of marks) {
      expect(await api.mark(userId, restaurantId)).toMatchObject({ status: 201 });
    }
    expect(await api.request('GET', '/users/ada/favourites')).toMatchObject({
      status: 200,
      body: { favourites: [{ restaurant_id: 'bistro' }, { restaurant_id: 'trattoria' }] },
    });
    expect(await api.ranking('ALL_TIME', 10)).toEqual([]);
    expect(await stack.unsignedStatus('/restaurants?window=ALL_TIME')).toBe(403);
  });

  it('counts a batch in the form of the pipe once, however often it is delivered (I2)', async () => {
    const [aggregator, records] = [await stack.aggregator(), await stack.streamRecords()];
    expect(records).toHaveLength(marks.length);
    for (const batch of [records, records.slice(2), records.toReversed()]) {
      expect(await stack.invoke(aggregator, batch)).toEqual({ batchItemFailures: [] });
    }
    expect(await apiClient(stack.request).ranking('ALL_TIME', 1)).toEqual([
      { restaurant_id: 'bistro', favourite_count: 3, rank: 1 },
      { restaurant_id: 'trattoria', favourite_count: 3, rank: 1 },
    ]);
    expect(await driftOf(first)).toEqual([]);
  });

  it('keeps its tables over a deployment with other settings, which its functions get', async () => {
    const { ClientConfig: _, ...lasting } = outputs;
    expect(await deploy(ministack, assemblies.second)).toMatchObject(lasting);
    const variables = await stack.variablesOf(await stack.aggregator());
    expect(variables).toMatchObject({ TIME_WINDOWS: 'YEAR:forever,MONTH:forever', RANKING_SHARDS: '4' });
    expect(await stack.request('GET', '/restaurants/bistro/favourite-counts')).toMatchObject({
      status: 200,
      body: { counts: { ALL_TIME: 3 } },
    });
  });

  it('verifies, finds, repairs, and verifies again', async () => {
    await writeEvents(stack, unreported);
    const settings = settingsOf(second);
    const damage = await damageTables(
      { ...stack, settings },
      { damage: { counts: 2, registers: 3 }, seed: 1 },
    );
    expect(damage).toEqual({ counts: 2, registers: 3 });
    expect(await driftOf(second)).not.toEqual([]);

    const found = await stack.reconcile({ mode: 'verify', graceMs: 0 });
    expect(found).toMatchObject({ kind: 'failed', report: { mode: 'verify', registersCorrected: 0 } });
    const { registersFound = 0, countsFound = 0 } = found.kind === 'failed' ? (found.report ?? {}) : {};
    expect(registersFound).toBe(unreported.length + damage.registers);
    expect(countsFound).toBeGreaterThan(0);

    expect(await stack.reconcile({ mode: 'repair', graceMs: 0 })).toMatchObject({
      kind: 'succeeded',
      report: { registersFound, registersCorrected: registersFound, notAudited: 0 },
    });
    expect(await driftOf(second)).toEqual([]);
    expect(await stack.reconcile({ mode: 'verify', graceMs: 0 })).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0, countsFound: 0 },
    });
  });

  it('is destroyed, and leaves nothing behind', async () => {
    const deployed = await takeInventory(ministack);
    for (const [kind, names] of Object.entries(deployed)) {
      expect({ kind, isMore: names.length > (bootstrapped[kind] ?? []).length }).toEqual({
        kind,
        isMore: true,
      });
    }
    await cdk(ministack, ['destroy', '--force', '--app', assemblies.second]);
    expect(await takeInventory(ministack)).toEqual(bootstrapped);
  });

  async function driftOf(context: Context) {
    const settings = settingsOf(context);
    const calendar = { ...settings, nowMs: Date.now() };
    const served = (await Array.fromAsync(readCounts(stack))).filter(({ timeWindow }) =>
      isRetained(timeWindow as TimeWindow, calendar),
    );
    return findDrift({
      favourites: readFavourites({ ...stack, settings }),
      registers: readRegisters(stack),
      counts: served,
      calendar,
    });
  }
});

function settingsOf(context: Context): Settings {
  return settingsFromContext(context);
}

function numbers(length: number): readonly number[] {
  return Array.from({ length }, (_, number) => number);
}
