/**
 * The reconcile on this machine: the template's state machine and functions, an engine, and every kind of
 * damage.
 */
import { favouriteId } from '../support/favourite-changes.ts';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type LocalRun, type LocalRunOptions, startLocalRun } from '../../infra/local/local-run.ts';
import { type Damage, damageTables } from '../../infra/local/replay/damage.ts';
import { readCounts, readFavourites, readRegisters } from '../../infra/local/replay/read-tables.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { settingsFor } from '../../infra/settings/settings.ts';
import type { ReconcileMode } from '../../src/reconcile/run.ts';
import { watchSums, windowsByHand } from '../support/watch-sums.ts';
import { writeEvents } from '../support/write-events.ts';
import { findDrift } from '../support/plain-recount.ts';

const base = replaySettings();
/**
 * Small batches and several segments. The second reading follows at once, because the engine never shows half
 * a transaction.
 */
const settings = settingsFor('dev', {
  ...base,
  pipe: { batchSize: 50, maximumBatchingWindowSeconds: 0, parallelizationFactor: 3 },
  reconcile: { ...base.reconcile, secondReadingSeconds: 0, segmentMegabytes: 1, segmentsMax: 3 },
});
const GRACE_MS = 300;

describe('a reconcile on this machine', () => {
  const runs: LocalRun[] = [];
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.stop();
  });
  const start = async (options: Partial<LocalRunOptions> = {}): Promise<LocalRun> => {
    const run = await startLocalRun({ settings, seed: 1, ...options });
    runs.push(run);
    return run;
  };

  it('finds and corrects every damaged row, and finds nothing in a second run', async () => {
    const run = await start();
    await writeEvents(run, history({ restaurants: 40, events: 700 }));
    await run.pipe.drain();
    const wanted = { counts: 24, registers: 18 };
    expect(await damage(run, wanted)).toEqual(wanted);
    const expected = await expectedDrift(run);
    expect(expected.registers).toBe(wanted.registers);
    // Healing a lost, invented or moved register changes its counts as well.
    expect(expected.counts).toBeGreaterThan(wanted.counts);

    const looked = await reconcile(run, 'verify');
    expect(looked).toMatchObject({
      kind: 'failed',
      error: 'DriftRemains',
      report: {
        mode: 'verify',
        registersFound: 18,
        registersCorrected: 0,
        countsCorrected: 0,
        writeUnits: 0,
      },
    });
    const repaired = await reconcile(run, 'repair');
    expect(repaired).toMatchObject({
      kind: 'succeeded',
      report: {
        registersFound: expected.registers,
        registersCorrected: expected.registers,
        countsFound: expected.counts,
        countsCorrected: expected.counts,
        notAudited: 0,
      },
    });
    expect(await driftOf(run)).toEqual([]);
    expect(await expectedDrift(run)).toEqual({ registers: 0, counts: 0 });

    const commits = run.counters().reconcile.requests['TransactWriteItems'];
    const again = await reconcile(run, 'repair');
    expect(again).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0, countsFound: 0, writeUnits: 0, redriven: 0 },
    });
    expect(run.counters().reconcile.requests['TransactWriteItems']).toBe(commits);
  });

  it('redrives records that the pipe gave up on', async () => {
    const run = await start({ faults: { drop: 0.2 }, seed: 3 });
    await writeEvents(run, history({ restaurants: 20, events: 600 }));
    await run.pipe.drain();
    expect([...run.deadLetters()].length).toBeGreaterThan(0);
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    expect(await reconcile(run, 'redrive')).toMatchObject({
      kind: 'succeeded',
      report: { mode: 'redrive', redriven: expect.any(Number), readUnits: expect.any(Number) },
    });

    expect([...run.deadLetters()]).toEqual([]);
    expect(await driftOf(run)).toEqual([]);
    expect(await reconcile(run, 'verify')).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0 },
    });
  });

  it('restores records that vanished without a trace', async () => {
    const run = await start({ faults: { vanish: 0.1 }, seed: 4 });
    await writeEvents(run, history({ restaurants: 20, events: 600 }));
    await run.pipe.drain();
    expect((await driftOf(run)).length).toBeGreaterThan(0);

    const outcome = await reconcile(run, 'repair');

    expect(outcome).toMatchObject({ kind: 'succeeded', report: { countsFound: 0 } });
    expect(await driftOf(run)).toEqual([]);
  });

  it('seeds a table that was filled before its pipe existed, while more rows are written', async () => {
    const run = await start({ isPipeOff: true });
    const events = history({ restaurants: 30, events: 800 });
    await writeEvents(run, events.slice(0, 400));
    await run.startPipe();

    const [seeded] = await Promise.all([reconcile(run, 'seed'), writeEvents(run, events.slice(400))]);
    await run.pipe.drain();

    expect(seeded).toMatchObject({ kind: 'succeeded', report: { mode: 'seed' } });
    // The pipe delivered none of the earlier records, so only the seed can have counted them.
    expect(run.pipe.counters.recordsRead).toBe(400);
    expect(await driftOf(run)).toEqual([]);
  });

  it('waits in the state machine for a grace period that exceeds the Lambda timeout', async () => {
    // The shortest timeout that the settings allow.
    const hasty = { ...settings, reconcile: { ...settings.reconcile, timeoutSeconds: 20 } };
    const run = await start({ settings: hasty, faults: { vanish: 0.2 }, seed: 4 });
    await writeEvents(run, history({ restaurants: 5, events: 200 }));
    await run.pipe.drain();
    const lost = await expectedDrift(run);
    expect(lost.registers).toBeGreaterThan(0);
    const waits: string[] = [];

    const outcome = await run.reconcile(
      // A repair would wait twice, and its second pass is tested above.
      { mode: 'verify', graceMs: 19_000 },
      { onEvent: ({ kind, state }) => void (kind === 'entered' && waits.push(state)) },
    );

    expect(outcome).toMatchObject({
      kind: 'failed',
      report: { registersFound: lost.registers, registersCorrected: 0 },
    });
    expect(waits).toContain('Wait for the grace period');
  });

  it('runs only once at a time, and again when the first run is over', async () => {
    const run = await start();
    await writeEvents(run, history({ restaurants: 5, events: 60 }));
    await run.pipe.drain();

    const outcomes = await Promise.all([reconcile(run, 'repair'), reconcile(run, 'repair')]);

    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['busy', 'succeeded']);
    expect(outcomes.find(({ kind }) => kind === 'busy')).toMatchObject({
      reason: expect.stringContaining('lease'),
    });
    expect(await reconcile(run, 'repair')).toMatchObject({ kind: 'succeeded' });
  });

  it('keeps every sum right at all times beside traffic with every fault, and ends exact', async () => {
    const faults = {
      duplicate: 0.2,
      'lost-answer': 0.1,
      throttle: 0.05,
      conflict: 0.1,
      crash: 0.03,
      reorder: 0.2,
      poison: 0.01,
      drop: 0.1,
      vanish: 0.1,
    };
    const run = await start({ faults, seed: 5 });
    const restaurants = 3;
    const users = 12;
    const traffic = { isOver: false };
    const watched = watchSums(run, { restaurants: namesOf('r', restaurants), users: namesOf('u', users) });
    const writing = writeEvents(run, history({ restaurants, users, events: 900 }))
      .then(() => run.pipe.drain())
      .finally(() => {
        traffic.isOver = true;
      });
    let reconciles = 0;
    while (!traffic.isOver) {
      await reconcile(run, 'repair');
      reconciles += 1;
    }
    await writing;
    const last = await reconcile(run, 'repair');
    const { looks, wrong } = await watched.stop();

    expect(wrong).toEqual([]);
    expect(looks).toBeGreaterThan(20);
    expect(reconciles).toBeGreaterThan(0);
    expect(last).toMatchObject({ kind: 'succeeded', report: { notAudited: 0 } });
    expect(await driftOf(run)).toEqual([]);
  });
});

const namesOf = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** Marks, and un-marks of marked favourites, over two months; without `users` every mark is of a new user. */
function history(options: {
  readonly restaurants: number;
  readonly events: number;
  readonly users?: number;
}): readonly ReplayEvent[] {
  const live = new Map<string, ReplayEvent>();
  const events: ReplayEvent[] = [];
  for (let i = 0; events.length < options.events; i += 1) {
    const restaurantId = `r${(i * 7) % options.restaurants}`;
    const userId = `u${options.users === undefined ? i : (i * 5 + (i >> 3)) % options.users}`;
    const key = `${restaurantId}#${userId}`;
    const [oldest] = live.entries();
    if (i % 4 === 3 && oldest !== undefined) {
      live.delete(oldest[0]);
      events.push({ ...oldest[1], kind: 'un-mark' });
    }
    if (live.has(key)) continue;
    const createdAt = new Date(Date.UTC(2024, 0, 1 + ((i * 3) % 50), i % 24)).toISOString();
    const mark: ReplayEvent = { kind: 'mark', restaurantId, userId, createdAt };
    live.set(key, mark);
    events.push(mark);
  }
  return events;
}

function reconcile(run: LocalRun, mode: ReconcileMode) {
  return run.reconcile({ mode, graceMs: GRACE_MS });
}

function damage(run: LocalRun, wanted: Damage): Promise<Damage> {
  return damageTables(run, { damage: wanted, seed: 9 });
}

function driftOf(run: LocalRun) {
  const calendar = { timeWindows: settings.timeWindows, timeZone: 'UTC', nowMs: Date.now() };
  return findDrift({
    favourites: readFavourites(run),
    registers: readRegisters(run),
    counts: readCounts(run),
    calendar,
  });
}

/**
 * Computed here from the rows alone: the registers that differ from the favourites, and the counts that are
 * still wrong after those are healed.
 */
async function expectedDrift(run: LocalRun): Promise<Damage> {
  const favourites = new Map<string, string>();
  for await (const row of readFavourites(run)) {
    if (row.kind === 'countable') favourites.set(favouriteId(row.key), row.createdAt);
  }
  const registers = new Map<string, string>();
  for await (const { restaurantId, rowId, createdAt } of readRegisters(run)) {
    if (createdAt !== undefined) registers.set(`${restaurantId}#${rowId}`, createdAt);
  }
  const counts = new Map<string, number>();
  for await (const { restaurantId, timeWindow, count } of readCounts(run)) {
    counts.set(`${restaurantId}#${timeWindow}`, count);
  }
  const add = (key: string, createdAt: string | undefined, step: number): void => {
    for (const window of createdAt === undefined ? [] : windowsByHand(createdAt)) {
      const row = `${key.split('#')[0]}#${window}`;
      counts.set(row, (counts.get(row) ?? 0) + step);
    }
  };
  let wrongRegisters = 0;
  for (const key of new Set([...favourites.keys(), ...registers.keys()])) {
    const [right, actual] = [favourites.get(key), registers.get(key)];
    if (right === actual) continue;
    wrongRegisters += 1;
    add(key, actual, -1);
    add(key, right, 1);
  }
  // The audit must find what remains after the favourites' contributions are subtracted.
  for (const [key, createdAt] of favourites) add(key, createdAt, -1);
  return { registers: wrongRegisters, counts: [...counts.values()].filter((count) => count !== 0).length };
}
