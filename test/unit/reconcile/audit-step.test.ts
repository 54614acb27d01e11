/**
 * A step of the audit when time runs out, a response is lost or access is denied. test/simulation has the
 * other tests of the audit.
 */
import { describe, expect, it } from '@jest/globals';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { parseAuditCursor, writeAuditCursor } from '../../../src/reconcile/audit/cursor.ts';
import type { AuditNotice } from '../../../src/reconcile/audit/context.ts';
import type { Schedule } from '../../support/all-schedules.ts';
import { AUGUST, bound, sceneOf } from '../../support/audit-scenes.ts';
import { TableReadError } from '../../../src/tables/dynamodb/errors.ts';
import { audit, SECOND_READING_MS } from '../../support/run-audit.ts';
import { bothWindows } from '../../support/run-batches.ts';
import type { AuditStore, AuditWriteAnswer } from '../../../src/reconcile/audit/store.ts';
import type { RestaurantCorrection } from '../../../src/tables/aggregated-favourites-audit.ts';

const still: Schedule = { pause: () => Promise.resolve(), choose: () => 0 };

/** Restaurants r0, r1, … with one favourite each; the first `damaged` ones have a wrong ALL_TIME. */
function scene({ restaurants = 1, damaged = 1 } = {}) {
  const { tables, clock } = sceneOf(still, { timeWindows: bothWindows });
  for (let index = 0; index < restaurants; index += 1) {
    tables.seed(`r${index}`, 'ada', AUGUST);
    if (index < damaged) tables.damage(`r${index}`, 'ALL_TIME', { count: 5 });
  }
  return { tables, clock, bench: { store: tables, clock, timeWindows: bothWindows } };
}

function throttled(): TableReadError {
  const thrown = Object.assign(new Error(), { name: 'ThrottlingException' });
  return new TableReadError('Scan', { tableName: 'counted', thrown });
}

function correctingWith(
  store: AuditStore,
  answer: (
    correction: RestaurantCorrection,
    commit: () => Promise<AuditWriteAnswer>,
  ) => Promise<AuditWriteAnswer>,
): AuditStore {
  return {
    ...bound(store),
    correct: (correction, options) => answer(correction, () => store.correct(correction, options)),
  };
}

/** Records the reads of a restaurant, in order, until its correction. */
function reading(store: AuditStore): { readonly store: AuditStore; readonly reads: string[] } {
  const reads: string[] = [];
  const nameOf = (name: string, { consistent }: { readonly consistent: boolean }) =>
    reads.push(consistent ? name : `perhaps stale ${name}`);
  return {
    reads,
    store: {
      ...bound(store),
      queryCountRows: (id, options) => (nameOf('rows', options), store.queryCountRows(id, options)),
      queryRegisters: (id, options) => (nameOf('registers', options), store.queryRegisters(id, options)),
      readGuard: (id) => (reads.push('guard'), store.readGuard(id)),
      correct: (correction, options) => (reads.push('correct'), store.correct(correction, options)),
    },
  };
}

describe('a correction', () => {
  it('comes from a second, consistent reading of the rows, then the registers, then the guard', async () => {
    const { tables, bench } = scene();
    const { store, reads } = reading(tables);
    await audit({ ...bench, store });
    expect(
      reads.filter((name, index) => !name.startsWith('perhaps stale') && name !== reads[index - 1]),
    ).toEqual(['rows', 'registers', 'guard', 'correct']);
    expect(reads[0]).toBe('perhaps stale rows');
  });

  it('of several rows of a restaurant uses one transaction', async () => {
    const { tables, bench } = scene();
    tables.damage('r0', 'AUG_2022', undefined);
    tables.damage('r0', '20220801', { count: 0 });
    expect(await audit(bench)).toMatchObject({ found: 3, corrected: 3, writeUnits: 1 });
    expect(tables.auditWrites).toBe(1);
  });

  it('whose response was lost is recognized as committed, and counted once', async () => {
    const { tables, bench } = scene();
    let sent = 0;
    const store = correctingWith(tables, async (_, commit) => {
      sent += 1;
      await commit();
      return { kind: 'unknown' };
    });
    expect(await audit({ ...bench, store })).toMatchObject({ found: 1, corrected: 1, notAudited: 0 });
    expect(sent).toBe(1);
  });

  it('whose request was lost is sent again', async () => {
    const { tables, bench } = scene();
    let sent = 0;
    const store = correctingWith(tables, async (_, commit) => {
      sent += 1;
      return sent === 1 ? { kind: 'unknown' } : commit();
    });
    expect(await audit({ ...bench, store })).toMatchObject({ found: 1, corrected: 1, notAudited: 0 });
    expect(tables.errors()).toEqual(new Map());
  });

  it('that is rejected is reported as remaining drift', async () => {
    const { tables, bench } = scene();
    const notices: AuditNotice[] = [];
    const store = correctingWith(tables, () => Promise.resolve({ kind: 'refused' }));
    expect(await audit({ ...bench, store }, { notices })).toMatchObject({ found: 1, corrected: 0 });
    expect(notices).toEqual([{ restaurantId: 'r0', reason: 'the correction was refused' }]);
  });

  it('that is always overtaken reports that the restaurant kept changing, and ends its hold', async () => {
    const { tables, bench } = scene();
    const notices: AuditNotice[] = [];
    const store = correctingWith(tables, () => Promise.resolve({ kind: 'overtaken' }));
    const totals = await audit({ ...bench, store }, { notices });
    expect(totals).toMatchObject({ found: 0, corrected: 0, notAudited: 1, holds: 1 });
    expect(notices).toEqual([{ restaurantId: 'r0', reason: 'it kept changing' }]);
    expect(tables.row('r0', 'ALL_TIME')).not.toHaveProperty('heldUntilMs');
  });
});

describe('a step of the audit', () => {
  it('waits only once before the second reading of all differing restaurants', async () => {
    const { clock, bench } = scene({ restaurants: 30, damaged: 30 });
    const begunAtMs = clock.nowMs();
    expect(await audit(bench)).toMatchObject({ found: 30, corrected: 30 });
    expect(clock.nowMs() - begunAtMs).toBe(SECOND_READING_MS);
  });

  it('makes progress even when its time is very short', async () => {
    const { tables, bench } = scene({ restaurants: 12, damaged: 0 });
    const { steps, ...totals } = await audit(bench, { budgetMs: 0 });
    expect(steps).toBeGreaterThan(5);
    expect(totals).toMatchObject({ found: 0, writeUnits: 0 });
    expect(tables.auditWrites).toBe(0);
  });

  it('passes restaurants that it has no time for to the next step, which starts with them', async () => {
    const { tables, clock, bench } = scene({ restaurants: 3, damaged: 3 });
    let reads = 0;
    const store: AuditStore = {
      ...bound(tables),
      queryCountRows: async (restaurantId, options) => {
        // The first consistent reading uses up the time of its step.
        if (options.consistent && ++reads === 1) await clock.sleep(10 * SECOND_READING_MS);
        return tables.queryCountRows(restaurantId, options);
      },
    };
    const totals = await audit({ ...bench, store, concurrency: 1 }, { budgetMs: 9 * SECOND_READING_MS });
    expect(totals).toMatchObject({ found: 3, corrected: 3, notAudited: 0, steps: 2 });
    expect(tables.errors()).toEqual(new Map());
  });

  it('gives up a restaurant when a whole step is too short for it, and reports that', async () => {
    const { tables, clock, bench } = scene({ restaurants: 2, damaged: 1 });
    const notices: AuditNotice[] = [];
    const store: AuditStore = {
      ...bound(tables),
      queryCountRows: async (restaurantId, options) => {
        if (options.consistent) await clock.sleep(10 * SECOND_READING_MS);
        return tables.queryCountRows(restaurantId, options);
      },
    };
    const totals = await audit({ ...bench, store }, { budgetMs: 9 * SECOND_READING_MS, notices });
    expect(totals).toMatchObject({ found: 0, notAudited: 1, steps: 2 });
    expect(notices).toEqual([{ restaurantId: 'r0', reason: 'the time ran out, or a read failed' }]);
  });

  it('keeps its work when the reads of one restaurant are throttled, and reports that one', async () => {
    const { tables, bench } = scene({ restaurants: 5, damaged: 5 });
    const notices: AuditNotice[] = [];
    const store: AuditStore = {
      ...bound(tables),
      queryRegisters: (restaurantId, options) =>
        restaurantId === 'r3' ? Promise.reject(throttled()) : tables.queryRegisters(restaurantId, options),
    };
    const totals = await audit({ ...bench, store }, { notices });
    expect(totals).toMatchObject({ found: 4, corrected: 4, notAudited: 1, steps: 2 });
    expect(notices).toEqual([{ restaurantId: 'r3', reason: 'the time ran out, or a read failed' }]);
  });

  it('audits a restaurant whose reads were throttled for one step only', async () => {
    const { tables, bench } = scene({ restaurants: 2, damaged: 2 });
    let refused = 0;
    const store: AuditStore = {
      ...bound(tables),
      queryCountRows: (restaurantId, options) => {
        if (restaurantId !== 'r0' || !options.consistent || refused > 0) {
          return tables.queryCountRows(restaurantId, options);
        }
        refused += 1;
        return Promise.reject(throttled());
      },
    };
    expect(await audit({ ...bench, store })).toMatchObject({ found: 2, corrected: 2, notAudited: 0 });
    expect(tables.errors()).toEqual(new Map());
  });

  it('ends at the last page that it could read, and the next step goes on from there', async () => {
    const { tables, bench } = scene({ restaurants: 5, damaged: 5 });
    let scans = 0;
    const store: AuditStore = {
      ...bound(tables),
      scanRegisters: (position) => {
        scans += 1;
        return scans === 2 ? Promise.reject(throttled()) : tables.scanRegisters(position);
      },
    };
    const totals = await audit({ ...bench, store });
    expect(totals).toMatchObject({ found: 5, corrected: 5, notAudited: 0, steps: 2 });
  });

  it('fails when the first page cannot be read, so that the workflow waits and tries again', async () => {
    const { tables, bench } = scene();
    const store: AuditStore = { ...bound(tables), scanRegisters: () => Promise.reject(throttled()) };
    await expect(audit({ ...bench, store })).rejects.toThrow(/Scan in table counted failed: Throttling/);
  });

  it('fails when a read fails, starts no other work, and returns no cursor', async () => {
    const { tables, bench } = scene({ restaurants: 5, damaged: 5 });
    const store: AuditStore = {
      ...bound(tables),
      queryRegisters: () => Promise.reject(new Error('throttled')),
    };
    await expect(audit({ ...bench, store })).rejects.toThrow('throttled');
    expect(tables.auditWrites).toBe(0);
  });

  it('rejects a cursor that no step wrote', async () => {
    const { bench } = scene();
    await expect(audit(bench, { cursor: 'scan me' })).rejects.toThrow('start the segment again');
  });
});

describe('the cursor of the audit', () => {
  it('is still accepted when a step of the previous version wrote it', () => {
    const scans = { registers: { ended: true }, rows: { after: 'key', ended: false } };
    expect(parseAuditCursor(JSON.stringify({ ...scans, late: ['osteria'] }))).toEqual({
      ...scans,
      unexamined: ['osteria'],
    });
  });

  it('has room for a limited number of unexamined restaurants; the others are reported', () => {
    const unexamined = Array.from(
      { length: 100 },
      (_, index) => String(index).padStart(97, 'r') as RestaurantId,
    );
    const { text, dropped } = writeAuditCursor({
      registers: { ended: true },
      rows: { after: 'key', ended: false },
      unexamined,
    });
    expect(dropped).toEqual(unexamined.slice(30));
    expect(text.length).toBeLessThan(4_000);
    expect(JSON.parse(text)).toEqual({
      registers: { ended: true },
      rows: { after: 'key', ended: false },
      unexamined: unexamined.slice(0, 30),
    });
  });
});
