/**
 * I4 and I6: the audit can count a restaurant whose events never stop only during a hold. No other restaurant
 * waits for the hold, and the held restaurant's events resume as soon as its counts are corrected.
 */
import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/lambda/clock.ts';
import type { AuditNotice } from '../../src/reconcile/audit/context.ts';
import type { ReconcileMode } from '../../src/reconcile/run.ts';
import type { Schedule } from '../support/all-schedules.ts';
import { AUGUST, mark, START_MS, unmark } from '../support/audit-scenes.ts';
import { audit } from '../support/run-audit.ts';
import { deliver, deliverUntilHandled, stillClock } from '../support/run-batches.ts';
import { markRecord, unmarkRecord } from '../support/stream-records.ts';
import { TornCounts } from '../support/torn-counts.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

describe('a restaurant under constant traffic with a damaged count', () => {
  /** Runs an audit in which each transaction and page takes 1 ms, while the osteria's events never stop. */
  async function busy(options: { readonly mode?: ReconcileMode; readonly leaveOut?: 'hold-check' } = {}) {
    const virtual = createVirtualClock(START_MS);
    const sleep = (ms: number) => new Promise<void>((resolve) => virtual.timer(ms, resolve));
    const clock: Clock = { nowMs: virtual.now, sleep, timeout: stillClock.timeout };
    const schedule: Schedule = { pause: () => sleep(1), choose: () => 0 };
    const tables = new TornCounts({
      timeWindows: {},
      schedule,
      clock,
      ...(options.leaveOut === undefined ? {} : { leaveOut: options.leaveOut }),
    });
    const bench = { store: tables, clock, timeWindows: {} };
    tables.seed('osteria', 'ada', AUGUST);
    tables.seed('bistro', 'ada', AUGUST);
    tables.damage('osteria', 'ALL_TIME', { count: 40 });

    const over = { now: false };
    let delivered = 0;
    /** The duration of each batch of the other restaurant, in milliseconds. */
    const others: number[] = [];
    const traffic = (async () => {
      for (let sequence = 1; !over.now; sequence += 2) {
        await deliverUntilHandled([mark('bob', sequence)], bench);
        await deliverUntilHandled([unmark('bob', sequence + 1)], bench);
        delivered += 2;
        await sleep(20);
      }
    })();
    const elsewhere = (async () => {
      for (let sequence = 1; !over.now; sequence += 1) {
        const begunAtMs = clock.nowMs();
        const record = { restaurantId: 'bistro', userId: 'bob', sequenceNumber: sequence, createdAt: AUGUST };
        // Both restaurants are in one batch, and the held one must leave the transaction.
        const [, ...failed] = await deliver(
          [mark(`carl${sequence}`, 1), sequence % 2 === 1 ? markRecord(record) : unmarkRecord(record)],
          { ...bench, deadlineMs: begunAtMs + 400 },
        );
        expect(failed).toEqual([]);
        others.push(tables.committedAtMs('bistro') - begunAtMs);
        await sleep(20);
      }
    })();
    const notices: AuditNotice[] = [];
    const totals = await virtual.result(
      audit(bench, { notices, ...(options.mode === undefined ? {} : { mode: options.mode }) }),
    );
    const before = delivered;
    await virtual.until(() => delivered >= before + 4);
    over.now = true;
    await virtual.result(Promise.all([traffic, elsewhere]));
    return { tables, totals, notices, others };
  }

  it('is repaired during a hold within one run, and its events resume', async () => {
    const { tables, totals, notices } = await busy();
    expect(totals).toMatchObject({ found: 1, corrected: 1, notAudited: 0, holds: 1 });
    expect(notices).toEqual([]);
    expect(tables.errors()).toEqual(new Map());
    expect(tables.heldBack).toBeGreaterThan(0);
    expect(tables.row('osteria', 'ALL_TIME')).not.toHaveProperty('heldUntilMs');
  });

  it('delays no other restaurant during the hold (I6)', async () => {
    const { others } = await busy();
    expect(others.length).toBeGreaterThan(50);
    expect(Math.max(...others)).toBeLessThan(50);
  });

  it('is reported in mode verify, without a hold and without a write', async () => {
    const { tables, totals, notices } = await busy({ mode: 'verify' });
    expect(totals).toMatchObject({ found: 0, corrected: 0, notAudited: 1, holds: 0, writeUnits: 0 });
    expect(notices).toEqual([{ restaurantId: 'osteria', reason: 'it kept changing' }]);
    expect(tables.auditWrites).toBe(0);
    expect(tables.heldBack).toBe(0);
  });

  it('stays damaged when the aggregator ignores the hold', async () => {
    const { tables, totals } = await busy({ leaveOut: 'hold-check' });
    expect(totals).toMatchObject({ found: 0, corrected: 0, notAudited: 1, holds: 1 });
    expect(tables.errors()).toEqual(new Map([['osteria/ALL_TIME', 39]]));
  });
});
