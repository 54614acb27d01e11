/**
 * One step of the audit (I4): a segment of CountedFavourites and the same segment of AggregatedFavourites,
 * from the cursor until the time or the segment ends. `work.table` is 'countedFavourites'.
 *
 *     both scans, paired by restaurant ── differs ──> Query of both ── differs ──> suspects, examined
 *
 * Scan and first Query are eventually consistent, which is cheaper: they only find restaurants to examine.
 */
import type { RestaurantId } from '../../counting/register-key.ts';
import { type SegmentInput, type SegmentStep } from '../run.ts';
import { addTotals, type StageTotals } from '../totals.ts';
import type { AuditContext } from './context.ts';
import { parseAuditCursor, writeAuditCursor } from './cursor.ts';
import { findSuspects } from './find-suspects.ts';
import { examineSuspects, longestWaitMs } from './suspects.ts';

/** Time reserved after the scans for the requests that examine suspects; the waits come on top. */
const EXAMINATION_RESERVE_MS = 30_000;

/** @throws {TableReadError} when the tables cannot be read; the same step may be called again. */
export async function auditStep(step: SegmentInput, context: AuditContext): Promise<SegmentStep> {
  const { clock, deadlineMs } = context;
  const { run, work } = step;
  const startedAtMs = clock.nowMs();
  let totals = addTotals(step.totals);
  const add = (some: Partial<StageTotals>) => {
    totals = addTotals(totals, some);
  };
  const leave = (restaurantIds: readonly RestaurantId[]) => {
    add({ notAudited: restaurantIds.length });
    for (const restaurantId of restaurantIds)
      context.notice({ restaurantId, reason: 'the time ran out, or a read failed' });
  };
  const examining = { ...context, mayWrite: run.mode !== 'verify', add };
  const { unexamined: before, ...progress } = parseAuditCursor(step.cursor);
  const isScanned = () => progress.registers.ended && progress.rows.ended;
  // At most half of the time, because otherwise the step would never scan.
  const reserveMs = Math.min(longestWaitMs(context) + EXAMINATION_RESERVE_MS, (deadlineMs - startedAtMs) / 2);
  const scan = { work, progress, untilMs: deadlineMs - reserveMs };

  // Suspects left over from the previous step may use all of this step. One that needs longer is not audited.
  leave(await examineSuspects(new Map(before.map((restaurantId) => [restaurantId, undefined])), examining));
  let unexamined: readonly RestaurantId[] = [];
  while (!isScanned()) {
    const { suspects, hasFailed } = await findSuspects(scan, examining);
    unexamined = await examineSuspects(suspects, examining);
    if (hasFailed || unexamined.length > 0 || clock.nowMs() >= scan.untilMs) break;
  }
  const done = isScanned() && unexamined.length === 0;
  const { text, dropped } = writeAuditCursor({ ...progress, unexamined });
  leave(dropped);
  add({ durationMs: clock.nowMs() - startedAtMs });
  return { run, work, ...(!done && { cursor: text }), totals, done };
}
