/** One step of heal on tables in memory, with a clock that the test advances. */
import { describe, expect, it } from '@jest/globals';
import { newCommitCounters } from '../../../src/commit/counters.ts';
import type { HealContext, HealNotice } from '../../../src/reconcile/heal/context.ts';
import { healStep } from '../../../src/reconcile/heal/step.ts';
import {
  parseSuspects,
  stillStands,
  suspectsOf,
  writeSuspects,
} from '../../../src/reconcile/heal/suspects.ts';
import type { Observation } from '../../../src/counting/drift.ts';
import { memorySums } from '../../support/memory-sums.ts';
import { favouriteKey } from '../../support/favourite-changes.ts';
import { positionOf, registerOf } from '../../support/heal-bench.ts';
import {
  type HealPass,
  type ReconcileMode,
  type ScannedTable,
  type SegmentStep,
} from '../../../src/reconcile/run.ts';
import { noTotals } from '../../../src/reconcile/totals.ts';
import { type CommitAnswer } from '../../../src/commit/store.ts';
import { HostileTables } from '../../support/hostile-tables.ts';
import { type InjectedFault, MemoryStore } from '../../support/memory-store.ts';
import { bothWindows, stillClock } from '../../support/run-batches.ts';
import { TransactionError } from '../../../src/tables/dynamodb/errors.ts';

const AUGUST = '2022-08-01T12:00:00Z';
/** A page holds two of these. */
const IDS = ['ada', 'bob', 'cat', 'dan', 'eve', 'fay'].map((user) => `osteria#${user}`);
/** The time that a page of the scan takes; each commit takes COMMIT_MS. */
const PAGE_MS = 1_000;
const COMMIT_MS = 100;

interface BenchOptions {
  readonly rows?: readonly string[];
  readonly createdAt?: string;
  /** Since when each register counts. */
  readonly registers?: Readonly<Record<string, string>>;
  readonly fault?: () => InjectedFault;
  readonly refuse?: boolean;
}

/** Rows of Favourites without registers, unless the options say otherwise. */
function benchOf(options: BenchOptions = {}) {
  const store = new MemoryStore({ timeWindows: bothWindows, ...(options.fault && { fault: options.fault }) });
  for (const [id, createdAt] of Object.entries(options.registers ?? {})) {
    store.registers.set(id, registerOf({ position: positionOf(1), createdAt }));
  }
  for (const [key, count] of store.recount(0)) store.rows.set(key, { count, revision: 1 });
  const tables = new HostileTables({
    ids: IDS,
    rows: new Map((options.rows ?? IDS).map((id) => [id, options.createdAt ?? AUGUST])),
    store,
    schedule: { pause: () => Promise.resolve(), choose: () => 0 },
  });
  let nowMs = 0;
  const log: string[] = [];
  const notices: HealNotice[] = [];
  const passing = <T>(name: string, ms: number, work: () => Promise<T>): Promise<T> => {
    log.push(`${nowMs} ${name}`);
    nowMs += ms;
    return work();
  };
  const contextOf = (budgetMs: number): HealContext => ({
    sums: memorySums(),
    reads: {
      scanFavourites: (position) => passing('scan', PAGE_MS, () => tables.scanFavourites(position)),
      scanRegisters: (position) => passing('scan', PAGE_MS, () => tables.scanRegisters(position)),
      readFavourites: (keys, { consistent }) =>
        passing(consistent ? 'favourites again' : 'favourites', 0, () =>
          tables.readFavourites(keys, { consistent }),
        ),
      readRegisters: (keys, { consistent }) =>
        passing(consistent ? 'registers again' : 'registers', 0, () =>
          tables.readRegisters(keys, { consistent }),
        ),
    },
    store: {
      commit: (plan, at): Promise<CommitAnswer> =>
        passing(`commit ${plan.changes.length}`, COMMIT_MS, () =>
          options.refuse === true
            ? Promise.resolve({ kind: 'refused', error: new TransactionError(new Error('refused')) })
            : tables.commits.commit(plan, at),
        ),
    },
    counters: newCommitCounters(),
    clock: {
      ...stillClock,
      nowMs: () => nowMs,
      sleep: (ms) => {
        nowMs += ms;
        return Promise.resolve();
      },
    },
    random: () => 0.5,
    timeWindows: bothWindows,
    timeZone: 'UTC',
    concurrency: 1,
    deadlineMs: nowMs + budgetMs,
    seedUnitsPerSecond: 1_000_000,
    notice: (notice) => {
      notices.push(notice);
    },
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { store, tables, log, notices, contextOf, pass };
}

const allCounted = Object.fromEntries(IDS.map((id) => [id, AUGUST]));

/** Without a pass, like a step of an execution that began before there were two: it mends. */
const stepOf = (
  options: {
    mode?: ReconcileMode;
    graceMs?: number;
    table?: ScannedTable;
    pass?: HealPass;
    uncountsMax?: number;
  } = {},
): SegmentStep => ({
  run: { runId: 'run-1', mode: options.mode ?? 'repair', graceMs: options.graceMs ?? 10_000, startedAtMs: 0 },
  work: {
    table: options.table ?? 'favourites',
    segment: 0,
    totalSegments: 1,
    ...(options.uncountsMax !== undefined && { uncountsMax: options.uncountsMax }),
  },
  ...(options.pass !== undefined && { pass: options.pass }),
  totals: noTotals,
  done: false,
});

describe('a step of heal', () => {
  it('waits for the grace period after the last page, then rereads register before favourite', async () => {
    const { contextOf, log } = benchOf();
    await healStep(stepOf(), contextOf(60_000));
    expect(log).toEqual([
      '0 scan',
      '1000 registers',
      '1000 scan',
      '2000 registers',
      '2000 scan',
      '3000 registers',
      '3000 registers again',
      '3000 favourites again',
      '13000 registers again',
      '13000 favourites again',
      '13000 commit 6',
    ]);
  });

  it('neither waits nor rereads when nothing differs', async () => {
    const { contextOf, log, store } = benchOf();
    await healStep(stepOf({ mode: 'seed' }), contextOf(60_000));
    log.length = 0;
    const answer = await healStep(stepOf(), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { checked: 6, found: 0, writeUnits: 0 } });
    expect(log.filter((line) => /again|commit/.test(line))).toEqual([]);
    expect(store.committed).toHaveLength(1);
  });

  it('stops scanning early enough to wait for the grace period and correct what it found', async () => {
    const { contextOf } = benchOf();
    // Of 14 s, 3.5 s are for corrections and 9 s for the grace period. In the remaining 1.5 s the step scans
    // two pages.
    const first = await healStep(stepOf({ graceMs: 9_000 }), contextOf(14_000));
    expect(first).toMatchObject({ done: false, cursor: '4', totals: { checked: 4, found: 4, corrected: 4 } });
    const second = await healStep(first, contextOf(14_000));
    expect(second).toMatchObject({ done: true, totals: { checked: 6, found: 6, corrected: 6 } });
  });

  it('keeps its cursor when the time ends during the commits, and counts no favourite twice', async () => {
    const { contextOf, store } = benchOf({ fault: () => (store.sent === 1 ? 'throttle' : 'none') });
    // The first commit is throttled, and the deadline passes before it can be retried.
    const first = await healStep(stepOf({ graceMs: 0 }), contextOf(3_050));
    expect(first).toMatchObject({ done: false, totals: { checked: 0, found: 0, corrected: 0 } });
    expect(first).not.toHaveProperty('cursor');
    const second = await healStep(first, contextOf(60_000));
    expect(second).toMatchObject({ done: true, totals: { checked: 6, found: 6, corrected: 6 } });
    expect(store.counts()['osteria/ALL_TIME']).toBe(6);
  });

  it('accepts a commit whose response was lost', async () => {
    const { contextOf, store } = benchOf({ fault: () => (store.sent === 1 ? 'lost-answer' : 'none') });
    const answer = await healStep(stepOf({ graceMs: 0 }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 6 } });
    expect(store.committed).toHaveLength(1);
  });

  it('reports drift that it could not correct', async () => {
    const { contextOf, notices } = benchOf({ refuse: true, rows: IDS.slice(0, 1) });
    const answer = await healStep(stepOf({ graceMs: 0 }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 1, corrected: 0 } });
    expect(notices).toMatchObject([{ kind: 'not-corrected' }]);
  });

  it('reports a row that can never be counted, but not as drift', async () => {
    const { contextOf, notices, store } = benchOf({ createdAt: 'yesterday', rows: IDS.slice(0, 1) });
    const answer = await healStep(stepOf(), contextOf(60_000));
    expect(answer.totals).toMatchObject({ checked: 1, uncountable: 1, found: 0, writeUnits: 0 });
    expect(notices).toMatchObject([{ kind: 'uncountable', row: { key: { rowId: 'ada' } } }]);
    expect(store.sent).toBe(0);
  });

  it('writes nothing in mode verify', async () => {
    const { contextOf, store } = benchOf();
    const answer = await healStep(stepOf({ mode: 'verify' }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 0, writeUnits: 0 } });
    expect(store.sent).toBe(0);
  });

  it('seeds without a grace period, and leaves registers without a favourite to a repair', async () => {
    const { contextOf, log, store } = benchOf();
    const answer = await healStep(stepOf({ mode: 'seed' }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 6, checked: 6 } });
    expect(log.at(-1)).toBe('3000 commit 6');
    const other = await healStep(stepOf({ mode: 'seed', table: 'countedFavourites' }), contextOf(60_000));
    expect(other).toMatchObject({ done: true, totals: { checked: 0 } });
    expect(store.committed).toHaveLength(1);
  });

  it('rejects AggregatedFavourites, which only the audit scans', async () => {
    const { contextOf } = benchOf();
    await expect(healStep(stepOf({ table: 'aggregatedFavourites' }), contextOf(60_000))).rejects.toThrow(
      'heal cannot scan AggregatedFavourites, which only the audit scans; correct the plan step',
    );
  });

  it('treats missing totals of a first step like the zero totals of earlier versions', async () => {
    const { run, work } = stepOf({ mode: 'verify' });
    const first = await healStep({ run, work }, benchOf().contextOf(60_000));
    expect(first).toEqual(await healStep(stepOf({ mode: 'verify' }), benchOf().contextOf(60_000)));
  });
});

describe('the first pass of heal', () => {
  it('writes nothing in mode repair, and counts rows, differences and un-counts', async () => {
    const registers = { 'osteria#ada': AUGUST, 'osteria#eve': AUGUST };
    const { contextOf, store } = benchOf({ rows: IDS.slice(0, 4), registers });
    const rows = await healStep(stepOf({ pass: 'verify' }), contextOf(60_000));
    expect(rows).toMatchObject({
      pass: 'verify',
      done: true,
      rejections: [],
      totals: { checked: 4, countable: 4, registers: 0, found: 3, corrected: 0, uncounts: 0, writeUnits: 0 },
    });
    const otherSide = stepOf({ pass: 'verify', table: 'countedFavourites' });
    expect((await healStep(otherSide, contextOf(60_000))).totals).toMatchObject({
      checked: 1,
      registers: 2,
      found: 1,
      uncounts: 1,
      writeUnits: 0,
    });
    expect(store.sent).toBe(0);
  });

  it('keeps the commonest reasons of rejections, over its steps', async () => {
    const { contextOf } = benchOf({ createdAt: 'yesterday' });
    const first = await healStep(stepOf({ pass: 'verify', graceMs: 0 }), contextOf(2_500));
    expect(first).toMatchObject({ done: false, rejections: [{ count: 4 }] });
    const second = await healStep(first, contextOf(60_000));
    expect(second).toMatchObject({ done: true, totals: { countable: 0, uncountable: 6 } });
    expect(second.rejections).toEqual([
      {
        reason: 'unreadable-created-at',
        count: 6,
        detail: 'expected a date as rfc3339 in created_at, found S aaaaaaaaa',
      },
    ]);
  });

  it('finds again the differences that it had no time to settle, and counts them once', async () => {
    const { contextOf } = benchOf({ rows: [], registers: allCounted });
    const look = stepOf({ pass: 'verify', table: 'countedFavourites', graceMs: 0 });
    // The time ends with the last page, before the second read.
    const first = await healStep(look, contextOf(3_000));
    expect(first).toMatchObject({ done: false, totals: { found: 0, uncounts: 0 } });
    const second = await healStep(first, contextOf(60_000));
    expect(second).toMatchObject({ done: true, totals: { registers: 6, found: 6, uncounts: 6 } });
  });

  it('only reads the rows before a seed: it reads no register, and waits for no grace period', async () => {
    const { contextOf, log } = benchOf();
    const survey = await healStep(stepOf({ mode: 'seed', pass: 'verify' }), contextOf(60_000));
    expect(survey).toMatchObject({ done: true, totals: { checked: 6, countable: 6, found: 0 } });
    expect(log).toEqual(['0 scan', '1000 scan', '2000 scan']);
  });
});

describe('the second pass of heal', () => {
  const tooMany = (fault?: () => InjectedFault) =>
    benchOf({ rows: [], registers: allCounted, ...(fault && { fault }) });
  const mend = (uncountsMax: number) =>
    stepOf({ pass: 'mend', table: 'countedFavourites', graceMs: 0, uncountsMax });

  it('un-counts as many as its budget allows', async () => {
    const { contextOf, store } = tooMany();
    const answer = await healStep(mend(6), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 6, uncounts: 6, stopped: 0 } });
    expect(answer).not.toHaveProperty('rejections');
    expect(store.counts()).toEqual({});
  });

  it('writes no correction of a batch that would exceed its budget, and ends the segment', async () => {
    const { contextOf, store, notices } = tooMany();
    const answer = await healStep(mend(5), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { corrected: 0, uncounts: 0, stopped: 1 } });
    expect(store.sent).toBe(0);
    expect(notices).toEqual([{ kind: 'stopped', uncounts: 6, uncountsMax: 5 }]);
  });

  it('has one budget for all steps of its segment', async () => {
    const { contextOf, store } = tooMany();
    // A step has time for two pages of two registers.
    const first = await healStep(mend(5), contextOf(2_500));
    expect(first).toMatchObject({ done: false, totals: { corrected: 4, uncounts: 4, stopped: 0 } });
    const second = await healStep(first, contextOf(60_000));
    expect(second).toMatchObject({ done: true, totals: { corrected: 4, uncounts: 4, stopped: 1 } });
    expect(store.counts()).toMatchObject({ 'osteria/ALL_TIME': 2 });
  });

  it('keeps its budget over a wait in the state machine', async () => {
    const { contextOf, store, pass } = tooMany();
    const waiting = { ...mend(5), run: { ...mend(5).run, graceMs: 20_000 } };
    const first = await healStep(waiting, contextOf(14_000));
    expect(first.suspects).toBeDefined();
    pass(20_000);
    expect(await healStep(first, contextOf(14_000))).toMatchObject({ done: true, totals: { stopped: 1 } });
    expect(store.sent).toBe(0);
  });

  it('does not charge changes of dates, or marks, to its budget', async () => {
    const registers = Object.fromEntries(IDS.slice(0, 3).map((id) => [id, '2022-09-01T12:00:00Z']));
    const { contextOf } = benchOf({ registers });
    const step = stepOf({ pass: 'mend', graceMs: 0, uncountsMax: 0 });
    expect(await healStep(step, contextOf(60_000))).toMatchObject({
      done: true,
      totals: { found: 6, corrected: 6, uncounts: 0, stopped: 0 },
    });
  });

  it('charges a commit whose response was lost to its budget', async () => {
    const bench = tooMany(() => (bench.store.sent === 1 ? 'lost-answer' : 'none'));
    const { totals } = await healStep(mend(6), bench.contextOf(60_000));
    expect(totals).toMatchObject({ found: 6, corrected: 6, uncounts: 6, stopped: 0 });
    expect(bench.store.committed).toHaveLength(1);
  });

  it('un-counts at most ten in an execution that began before there were budgets', async () => {
    const { contextOf } = tooMany();
    const old = stepOf({ table: 'countedFavourites', graceMs: 0 });
    expect(await healStep(old, contextOf(60_000))).toMatchObject({ totals: { corrected: 6, stopped: 0 } });
    const spent = { ...old, totals: { ...noTotals, uncounts: 5 } };
    const other = tooMany();
    expect(await healStep(spent, other.contextOf(60_000))).toMatchObject({ totals: { stopped: 1 } });
  });
});

describe('a step of heal whose grace period is longer than its time', () => {
  const BUDGET_MS = 14_000;
  const GRACE_MS = 20_000;
  const waiting = stepOf({ graceMs: GRACE_MS });

  it('returns the suspects and how long to wait, and a later step corrects them', async () => {
    const { contextOf, log, store, pass } = benchOf();
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    expect(first).toMatchObject({
      waitSeconds: 20,
      done: false,
      suspects: { seenAtMs: 3_000 },
      totals: { checked: 6, found: 0, corrected: 0 },
    });
    expect(first).not.toHaveProperty('cursor');
    expect(store.sent).toBe(0);
    pass(20_000);
    log.length = 0;
    const second = await healStep(first, contextOf(BUDGET_MS));
    expect(second).toMatchObject({ done: true, totals: { checked: 6, found: 6, corrected: 6 } });
    expect(second).not.toHaveProperty('suspects');
    expect(second).not.toHaveProperty('waitSeconds');
    expect(log).toEqual([
      '23000 scan',
      '24000 scan',
      '25000 scan',
      '26000 registers again',
      '26000 favourites again',
      '26000 commit 6',
    ]);
  });

  it('waits once for each part of the scan, and counts every difference exactly once', async () => {
    const { contextOf, store, pass } = benchOf();
    let step: SegmentStep = waiting;
    let waits = 0;
    // Of 2.5 s, 1.9 s are for scanning, which is two pages.
    for (let calls = 0; !step.done; calls += 1) {
      expect(calls).toBeLessThan(20);
      step = JSON.parse(JSON.stringify(await healStep(step, contextOf(2_500)))) as SegmentStep;
      if (step.waitSeconds === undefined) continue;
      waits += 1;
      pass(step.waitSeconds * 1_000);
    }
    expect(waits).toBe(2);
    expect(step.totals).toMatchObject({ checked: 6, found: 6, corrected: 6 });
    expect(store.counts()['osteria/ALL_TIME']).toBe(6);
  });

  it('neither reports nor changes a favourite whose row or register changed meanwhile', async () => {
    const { contextOf, tables, store, pass } = benchOf({ rows: IDS.slice(0, 3) });
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    tables.write('osteria#ada', { sequence: 1 });
    store.registers.set('osteria#bob', registerOf({ position: positionOf(1), createdAt: AUGUST }));
    store.acceptDamage(0);
    pass(20_000);
    const second = await healStep(first, contextOf(BUDGET_MS));
    expect(second).toMatchObject({ done: true, totals: { found: 1, corrected: 1 } });
    expect(store.registers.get('osteria#bob')?.position).toBe(positionOf(1));
  });

  it('leaves differences that appeared after the first read to the next run', async () => {
    const { contextOf, tables, store, pass } = benchOf({ rows: ['osteria#ada'] });
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    tables.write('osteria#bob', { createdAt: AUGUST, sequence: 1 });
    pass(20_000);
    const second = await healStep(first, contextOf(BUDGET_MS));
    expect(second).toMatchObject({ done: true, totals: { found: 1, corrected: 1 } });
    expect([...store.registers.keys()]).toEqual(['osteria#ada']);
  });

  it('waits longer when it is called too early, instead of returning at once', async () => {
    const { contextOf, store, log, pass } = benchOf();
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    const early = await healStep(first, contextOf(BUDGET_MS));
    // Of the 20 s, 10.5 s passed inside this step.
    expect(early).toEqual({
      ...first,
      waitSeconds: 10,
      totals: { ...first.totals, durationMs: first.totals.durationMs + 10_500 },
    });
    expect(store.sent).toBe(0);
    pass(1_000);
    log.length = 0;
    await healStep(early, contextOf(BUDGET_MS));
    // The rest passed inside the next step.
    expect(log[0]).toBe('23000 scan');
  });

  it('finds its suspects again, even on another page after rows were added', async () => {
    const { contextOf, tables, pass } = benchOf({ rows: IDS.slice(4) });
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    for (const id of IDS.slice(0, 4)) tables.write(id, { createdAt: AUGUST, sequence: 1 });
    pass(20_000);
    const second = await healStep(first, contextOf(BUDGET_MS));
    expect(second).toMatchObject({ done: true, totals: { found: 2, corrected: 2 } });
  });

  it('continues where the last step ended, with the suspects that are not found yet', async () => {
    const { contextOf, pass } = benchOf();
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    pass(20_000);
    const second = await healStep(first, contextOf(2_500));
    expect(second).toMatchObject({ done: false, cursor: '4', totals: { found: 4, corrected: 4 } });
    expect(second.suspects?.digests).toHaveLength((first.suspects?.digests.length ?? 0) / 3);
    const third = await healStep(second, contextOf(2_500));
    expect(third).toMatchObject({ done: true, totals: { checked: 6, found: 6, corrected: 6 } });
  });

  it('changes nothing when a step is called again with the same input after its commits', async () => {
    const { contextOf, store, pass } = benchOf();
    const first = await healStep(waiting, contextOf(BUDGET_MS));
    pass(20_000);
    await healStep(first, contextOf(BUDGET_MS));
    const again = await healStep(first, contextOf(BUDGET_MS));
    expect(again).toMatchObject({ done: true, totals: { found: 0, corrected: 0 } });
    expect(store.counts()['osteria/ALL_TIME']).toBe(6);
  });

  it('counts differences but changes nothing in mode verify', async () => {
    const { contextOf, store, pass } = benchOf();
    const first = await healStep(stepOf({ mode: 'verify', graceMs: GRACE_MS }), contextOf(BUDGET_MS));
    pass(20_000);
    const second = await healStep(first, contextOf(BUDGET_MS));
    expect(second).toMatchObject({ done: true, totals: { found: 6, corrected: 0 } });
    expect(store.sent).toBe(0);
  });

  it('never waits in mode seed', async () => {
    const { contextOf } = benchOf();
    const answer = await healStep(stepOf({ mode: 'seed', graceMs: GRACE_MS }), contextOf(BUDGET_MS));
    expect(answer).toMatchObject({ done: true, totals: { corrected: 6 } });
  });
});

describe('the suspects of a step', () => {
  const RUN_ID = 'run-1';
  const seen = Array.from({ length: 6_000 }, (_, user): Observation => {
    const key = favouriteKey('osteria', `user-4711-${user}`);
    return { key, favourite: undefined, register: { position: 'zzz', createdAt: AUGUST, expires: false } };
  });

  it('take a third of a Step Functions payload at their maximum number, and parse back unchanged', () => {
    const suspects = suspectsOf(seen, RUN_ID);
    const text = writeSuspects(suspects);
    expect(suspects.size).toBe(6_000);
    expect(text).toHaveLength(84_000);
    expect(parseSuspects(text)).toEqual(suspects);
  });

  it('contain no user id, and differ from run to run', () => {
    const text = writeSuspects(suspectsOf(seen.slice(0, 3), RUN_ID));
    expect(text).toMatch(/^[\w-]{42}$/);
    expect(text).not.toContain('4711');
    expect(writeSuspects(suspectsOf(seen.slice(0, 3), 'run-2'))).not.toBe(text);
  });

  it('match an observation only while its key, favourite and register are the same', () => {
    const [one, other] = seen as [Observation, Observation];
    const suspects = suspectsOf([one], RUN_ID);
    expect(stillStands(one, suspects, RUN_ID)).toBe(true);
    expect(stillStands(other, suspects, RUN_ID)).toBe(false);
    const moved = { position: 'zzy', createdAt: AUGUST, expires: false };
    expect(stillStands({ ...one, register: moved }, suspects, RUN_ID)).toBe(false);
    expect(stillStands({ ...one, register: undefined }, suspects, RUN_ID)).toBe(false);
  });
});
