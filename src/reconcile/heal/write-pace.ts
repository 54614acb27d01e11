/** Limits transactions to a number of write units a second, by the units that DynamoDB reports for each. */
import type { Clock } from '../../lambda/clock.ts';
import { actionsOf } from '../../commit/plan.ts';
import type { CommitStore } from '../../commit/store.ts';

/** The fewest units that an action of a transaction takes (DynamoDB pricing, transactional writes). */
const UNITS_PER_ACTION = 2;

/** The same store, but each transaction waits until the limit allows it, at most until the deadline. */
export function pacedStore(
  store: CommitStore,
  {
    seedUnitsPerSecond,
    clock,
    deadlineMs,
  }: {
    readonly seedUnitsPerSecond: number;
    readonly clock: Clock;
    readonly deadlineMs: number;
  },
): CommitStore {
  const msPerUnit = 1_000 / seedUnitsPerSecond;
  let paidUntilMs = clock.nowMs();
  return {
    ...store,
    async commit(plan, options) {
      const beginMs = Math.max(paidUntilMs, clock.nowMs());
      const estimate = actionsOf(plan) * UNITS_PER_ACTION;
      paidUntilMs = beginMs + estimate * msPerUnit;
      const waitMs = Math.min(beginMs, deadlineMs) - clock.nowMs();
      if (waitMs > 0) await clock.sleep(waitMs);
      const answer = await store.commit(plan, { ...options, nowMs: clock.nowMs() });
      if (answer.kind === 'committed') paidUntilMs += (answer.writeUnits - estimate) * msPerUnit;
      return answer;
    },
  };
}
