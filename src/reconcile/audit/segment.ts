/**
 * Audit, one step (I4): a segment of CountedFavourites and the same segment of AggregatedFavourites, from the
 * cursor until the time is up. One Map item covers both tables: `work.table` is 'countedFavourites'.
 *
 *     both scans, paired by restaurant ── differs ──> Query of both ── differs ──> examineSuspects
 *
 * The first two read eventually consistently: they find what to look at, cheaply, and never decide.
 */
import type { RestaurantId } from '../../counting/favourite-event.ts';
import { parseAuditCursor, type ScanProgress, writeAuditCursor } from './cursor.ts';
import { readRestaurant } from './reading.ts';
import {
  type AuditNotice,
  examineSuspects,
  longestWaitMs,
  type Sighting,
  type SuspectContext,
} from './suspects.ts';
import { atMost } from '../../tables/dynamodb/at-most.ts';
import { addTotals, type SegmentInput, type SegmentStep, type StageTotals } from '../run.ts';
import { pairScans, type RestaurantGroup, type ScannedSide } from './scan-pairing.ts';
import { compareCounts, type CountSettings } from '../../counting/drift.ts';
import type { AuditStore } from './store.ts';

export interface AuditContext extends CountSettings {
  readonly store: AuditStore;
  readonly clock: { nowMs(): number; sleep(ms: number): Promise<void> };
  /** Milliseconds for which a restaurant's revision must stand before a difference counts. */
  readonly secondReadingMs: number;
  /** Milliseconds that a restaurant is asked to hold, at most 10,000. */
  readonly holdMs: number;
  /** Restaurants under examination at once. */
  readonly concurrency: number;
  /** By the clock above: the step ends by then. */
  readonly deadlineMs: number;
  readonly notice: (notice: AuditNotice) => void;
}

/** Suspects that are examined together: they share one wait for the second reading. */
const SUSPECTS_MAX = 1_000;
/** Kept after the scans for the requests of the suspects that they found, beside the waits. */
const EXAMINATION_RESERVE_MS = 30_000;

/** @throws {TableReadError} when the tables cannot be read; the same step may be called again. */
export async function auditSegment(step: SegmentInput, context: AuditContext): Promise<SegmentStep> {
  const { clock, deadlineMs, store } = context;
  const startedAtMs = clock.nowMs();
  let totals = addTotals(step.totals);
  const add = (some: Partial<StageTotals>) => {
    totals = addTotals(totals, some);
  };
  const suspecting: SuspectContext = {
    ...context,
    mayWrite: step.run.mode !== 'verify',
    add,
    addReadUnits: (readUnits) => add({ readUnits }),
  };
  const cursor = parseAuditCursor(step.cursor);
  const progress = { registers: cursor.registers, rows: cursor.rows };
  // Never more than half of the time: a step that only waits would get nowhere.
  const reserveMs = longestWaitMs(context) + EXAMINATION_RESERVE_MS;
  const scanUntilMs = deadlineMs - Math.min(reserveMs, (deadlineMs - startedAtMs) / 2);

  // What the step before had no time for has all the time of this one; what does not end then never will.
  const again = await examineSuspects(new Map(cursor.late.map((id) => [id, undefined])), suspecting);
  leave(again);
  const late: RestaurantId[] = [];
  while (!isScanned()) {
    late.push(...(await examineSuspects(await firstPass(), suspecting)));
    if (late.length > 0 || clock.nowMs() >= scanUntilMs) break;
  }

  const done = isScanned() && late.length === 0;
  add({ durationMs: clock.nowMs() - startedAtMs });
  const { cursor: _, ...others } = step;
  if (done) return { ...others, totals, done };
  const { text, dropped } = writeAuditCursor({ ...progress, late });
  leave(dropped);
  return { ...others, cursor: text, totals, done };

  function leave(restaurantIds: readonly RestaurantId[]): void {
    add({ notAudited: restaurantIds.length });
    for (const restaurantId of restaurantIds) {
      context.notice({ restaurantId, reason: 'the time did not last' });
    }
  }

  function isScanned(): boolean {
    return progress.registers.ended && progress.rows.ended;
  }

  /** Both scans from where they stand, until there is enough to look at, or the time or the segment ends. */
  async function firstPass(): Promise<ReadonlyMap<RestaurantId, Sighting | undefined>> {
    const suspects = new Map<RestaurantId, Sighting | undefined>();
    const pairing = pairScans({ timeWindows: context.timeWindows, nowMs: clock.nowMs() });
    for (const side of ['registers', 'rows'] as const) if (progress[side].ended) pairing.end(side);
    do {
      const side = pairing.behind();
      progress[side] = await scan(side);
      if (progress[side].ended) pairing.end(side);
      await look(pairing.take());
    } while (!isScanned() && suspects.size < SUSPECTS_MAX && clock.nowMs() < scanUntilMs);
    // Open groups are taken as they are: whoever is cut in two differs, and is read again whole.
    await look(pairing.takeAll());
    return suspects;

    async function scan(side: ScannedSide): Promise<ScanProgress> {
      const { segment, totalSegments } = step.work;
      const { after } = progress[side];
      const position = { segment, totalSegments, ...(after === undefined ? {} : { after }) };
      let page: { readonly next: string | undefined; readonly readUnits: number };
      if (side === 'registers') {
        const registers = await store.scanRegisters(position);
        pairing.addRegisters(registers.items);
        page = registers;
      } else {
        const rows = await store.scanCountRows(position);
        pairing.addRows(rows.items);
        page = rows;
      }
      add({ readUnits: page.readUnits });
      return page.next === undefined ? { ended: true } : { after: page.next, ended: false };
    }

    async function look(groups: readonly RestaurantGroup[]): Promise<void> {
      add({ checked: groups.length });
      const settings = { ...context, nowMs: clock.nowMs() };
      const differing = groups.filter(
        (group) => compareCounts(group.restaurantId, group, settings).length > 0,
      );
      const inTurn = atMost(context.concurrency);
      await Promise.all(differing.map(({ restaurantId }) => inTurn(() => lookAt(restaurantId))));
    }

    async function lookAt(restaurantId: RestaurantId): Promise<void> {
      const reading = await readRestaurant(restaurantId, { consistent: false }, suspecting);
      if (reading !== undefined && reading.corrections.length === 0) return;
      suspects.set(restaurantId, reading && { guard: reading.guard, atMs: reading.endedAtMs });
    }
  }
}
