import { describe, expect, it } from '@jest/globals';
import type { TransactionPlan } from '../../../src/commit/plan.ts';
import { pacedStore } from '../../../src/reconcile/heal/write-pace.ts';
import { changeFrom } from '../../support/favourite-changes.ts';
import { stillClock } from '../../support/run-batches.ts';

const plan: TransactionPlan = { changes: Array.from({ length: 10 }, () => changeFrom({})), counts: [] };

/** Sends transactions in sequence at 100 units a second; each uses `writeUnits`. */
async function sendAll(
  transactions: number,
  options: { readonly writeUnits: number; readonly deadlineMs?: number },
) {
  let nowMs = 0;
  const sentAtMs: number[] = [];
  const store = pacedStore(
    {
      commit: (_, { nowMs: atMs }) => {
        sentAtMs.push(atMs);
        return Promise.resolve({ kind: 'committed', writeUnits: options.writeUnits });
      },
    },
    {
      seedUnitsPerSecond: 100,
      deadlineMs: options.deadlineMs ?? Number.POSITIVE_INFINITY,
      clock: {
        ...stillClock,
        nowMs: () => nowMs,
        sleep: (ms) => {
          nowMs += ms;
          return Promise.resolve();
        },
      },
    },
  );
  for (let sent = 0; sent < transactions; sent += 1) await store.commit(plan, { nowMs });
  return sentAtMs;
}

describe('the pace of a seed', () => {
  it('delays each transaction by the write units of the previous ones', async () => {
    expect(await sendAll(4, { writeUnits: 50 })).toEqual([0, 500, 1_000, 1_500]);
  });

  it('uses the write units that DynamoDB reports, not its own estimate', async () => {
    expect(await sendAll(3, { writeUnits: 5 })).toEqual([0, 50, 100]);
  });

  it('never sleeps past the deadline', async () => {
    expect(await sendAll(3, { writeUnits: 500, deadlineMs: 600 })).toEqual([0, 600, 600]);
  });
});
