/** One step of heal on plain tables in memory, with time that passes as the test says. */
import { describe, expect, it } from '@jest/globals';
import { newCommitCounters } from '../../../src/commit/counters.ts';
import type { HealContext, HealNotice } from '../../../src/reconcile/heal/context.ts';
import { healStep } from '../../../src/reconcile/heal/step.ts';
import {
  noTotals,
  type ReconcileMode,
  type ScannedTable,
  type SegmentStep,
} from '../../../src/reconcile/run.ts';
import { type CommitAnswer } from '../../../src/commit/store.ts';
import { HostileTables } from '../../support/hostile-tables.ts';
import { type InjectedFault, MemoryStore } from '../../support/memory-store.ts';
import { bothWindows, stillClock } from '../../support/run-batches.ts';
import { TransactionError } from '../../../src/tables/dynamodb/errors.ts';

const AUGUST = '2022-08-01T12:00:00Z';
/** Two on a page. */
const IDS = ['ada', 'bob', 'cat', 'dan', 'eve', 'fay'].map((user) => `osteria#${user}`);
/** What a page of the scan and each commit takes. */
const PAGE_MS = 1_000;
const COMMIT_MS = 100;

interface BenchOptions {
  readonly rows?: readonly string[];
  readonly createdAt?: string;
  readonly fault?: () => InjectedFault;
  readonly refuse?: boolean;
}

/** Rows of Favourites and no register at all, unless a test says otherwise. */
function benchOf(o: BenchOptions = {}) {
  const store = new MemoryStore({ timeWindows: bothWindows, ...(o.fault && { fault: o.fault }) });
  const tables = new HostileTables({
    ids: IDS,
    rows: new Map((o.rows ?? IDS).map((id) => [id, o.createdAt ?? AUGUST])),
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
          o.refuse === true
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
    concurrency: 1,
    deadlineMs: nowMs + budgetMs,
    seedUnitsPerSecond: 1_000_000,
    notice: (notice) => {
      notices.push(notice);
    },
  });
  return { store, tables, log, notices, contextOf };
}

const stepOf = (o: { mode?: ReconcileMode; graceMs?: number; table?: ScannedTable } = {}): SegmentStep => ({
  run: { runId: 'run-1', mode: o.mode ?? 'repair', graceMs: o.graceMs ?? 10_000, startedAtMs: 0 },
  work: { table: o.table ?? 'favourites', segment: 0, totalSegments: 1 },
  totals: noTotals,
  done: false,
});

describe('a step of heal', () => {
  it('looks again only when the grace period is over since the last page, register first, then favourite', async () => {
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

  it('neither waits nor looks again where nothing differs', async () => {
    const { contextOf, log, store } = benchOf();
    await healStep(stepOf({ mode: 'seed' }), contextOf(60_000));
    log.length = 0;
    const answer = await healStep(stepOf(), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { checked: 6, found: 0, writeUnits: 0 } });
    expect(log.filter((line) => /again|commit/.test(line))).toEqual([]);
    expect(store.committed).toHaveLength(1);
  });

  it('stops scanning while what it saw can still stand for the grace period and be settled', async () => {
    const { contextOf } = benchOf();
    // 14 s: 3.5 s to settle, 9 s of grace, and so 1.5 s to scan, which is two pages.
    const first = await healStep(stepOf({ graceMs: 9_000 }), contextOf(14_000));
    expect(first).toMatchObject({ done: false, cursor: '4', totals: { checked: 4, found: 4, corrected: 4 } });
    const second = await healStep(first, contextOf(14_000));
    expect(second).toMatchObject({ done: true, totals: { checked: 6, found: 6, corrected: 6 } });
  });

  it('leaves its cursor where it was when the time ends amid the commits, and nothing counts twice', async () => {
    const { contextOf, store } = benchOf({ fault: () => (store.sent === 1 ? 'throttle' : 'none') });
    // The first commit is throttled, and the deadline is over when it is to be sent again.
    const first = await healStep(stepOf({ graceMs: 0 }), contextOf(3_050));
    expect(first).toMatchObject({ done: false, totals: { checked: 0, found: 0, corrected: 0 } });
    expect(first).not.toHaveProperty('cursor');
    const second = await healStep(first, contextOf(60_000));
    expect(second).toMatchObject({ done: true, totals: { checked: 6, found: 6, corrected: 6 } });
    expect(store.counts()['osteria/ALL_TIME']).toBe(6);
  });

  it('is content with a commit whose answer was lost', async () => {
    const { contextOf, store } = benchOf({ fault: () => (store.sent === 1 ? 'lost-answer' : 'none') });
    const answer = await healStep(stepOf({ graceMs: 0 }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 6 } });
    expect(store.committed).toHaveLength(1);
  });

  it('tells of drift that it could not correct', async () => {
    const { contextOf, notices } = benchOf({ refuse: true, rows: IDS.slice(0, 1) });
    const answer = await healStep(stepOf({ graceMs: 0 }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 1, corrected: 0 } });
    expect(notices).toMatchObject([{ kind: 'not-corrected' }]);
  });

  it('reports a row that can never be counted, as no drift', async () => {
    const { contextOf, notices, store } = benchOf({ createdAt: 'yesterday', rows: IDS.slice(0, 1) });
    const answer = await healStep(stepOf(), contextOf(60_000));
    expect(answer.totals).toMatchObject({ checked: 1, uncountable: 1, found: 0, writeUnits: 0 });
    expect(notices).toMatchObject([{ kind: 'uncountable', row: { key: { userId: 'ada' } } }]);
    expect(store.sent).toBe(0);
  });

  it('writes nothing in verify', async () => {
    const { contextOf, store } = benchOf();
    const answer = await healStep(stepOf({ mode: 'verify' }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 0, writeUnits: 0 } });
    expect(store.sent).toBe(0);
  });

  it('seeds whole transactions without a grace period, and leaves registers that have no favourite to repair', async () => {
    const { contextOf, log, store } = benchOf();
    const answer = await healStep(stepOf({ mode: 'seed' }), contextOf(60_000));
    expect(answer).toMatchObject({ done: true, totals: { found: 6, corrected: 6, checked: 6 } });
    expect(log.at(-1)).toBe('3000 commit 6');
    const other = await healStep(stepOf({ mode: 'seed', table: 'countedFavourites' }), contextOf(60_000));
    expect(other).toMatchObject({ done: true, totals: { checked: 0 } });
    expect(store.committed).toHaveLength(1);
  });

  it('refuses what it cannot do, in words', async () => {
    const { contextOf } = benchOf();
    await expect(healStep(stepOf({ graceMs: 50_000 }), contextOf(60_000))).rejects.toThrow(
      'The grace period of 50000 ms does not fit into the 60000 ms of one step of heal. ' +
        'Run with a shorter one, or give the heal function a longer timeout.',
    );
    await expect(healStep(stepOf({ table: 'aggregatedFavourites' }), contextOf(60_000))).rejects.toThrow(
      /for the audit/,
    );
  });
});
