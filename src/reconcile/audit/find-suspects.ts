/**
 * The first pass of the audit: scans both tables side by side and pairs them by restaurant. Restaurants whose
 * counts seem to differ from their registers are read again, still eventually consistently.
 */
import { compareCounts } from '../../counting/drift.ts';
import type { RestaurantId } from '../../counting/register-key.ts';
import { orStopHere } from '../../tables/dynamodb/errors.ts';
import { atMost } from '../../tables/dynamodb/at-most.ts';
import type { SegmentWork } from '../run.ts';
import type { StepContext } from './context.ts';
import type { AuditCursor } from './cursor.ts';
import { readRestaurant } from './reading.ts';
import { pairScans, type RestaurantGroup, type ScannedSide, scannedSides } from './scan-pairing.ts';
import type { Sighting } from './suspects.ts';

/** Suspects that are examined together: they share one wait for the second reading. */
const SUSPECTS_MAX = 1_000;

export interface AuditScan {
  readonly work: SegmentWork;
  /** The progress of both scans, which this function updates. */
  readonly progress: Pick<AuditCursor, ScannedSide>;
  readonly untilMs: number;
}

export interface FoundSuspects {
  readonly suspects: ReadonlyMap<RestaurantId, Sighting | undefined>;
  /** A page could not be read, although the first one could. */
  readonly hasFailed: boolean;
}

/** Stops when there are enough suspects, when the time or the segment ends, or when a scan fails. */
export async function findSuspects(
  { work: { segment, totalSegments }, progress, untilMs }: AuditScan,
  context: StepContext,
): Promise<FoundSuspects> {
  const { clock, store, add } = context;
  const suspects = new Map<RestaurantId, Sighting | undefined>();
  const pairing = pairScans({ ...context, nowMs: clock.nowMs() });
  const endIfOver = (side: ScannedSide) => {
    if (progress[side].ended) pairing.end(side);
  };
  scannedSides.forEach(endIfOver);
  let [pages, hasFailed] = [0, false];
  do {
    const side = pairing.behind();
    const page = await orStopHere(scan(side), pages > 0);
    if (page === undefined) {
      hasFailed = true;
      break;
    }
    pages += 1;
    add({ readUnits: page.readUnits });
    progress[side] = page.next === undefined ? { ended: true } : { after: page.next, ended: false };
    endIfOver(side);
    await look(pairing.take());
  } while (
    !scannedSides.every((side) => progress[side].ended) &&
    suspects.size < SUSPECTS_MAX &&
    clock.nowMs() < untilMs
  );
  // If a scan stops in the middle of a restaurant, its counts seem to differ, and it is then read again as a
  // whole.
  await look(pairing.takeAll());
  return { suspects, hasFailed };

  async function scan(side: ScannedSide) {
    const { after } = progress[side];
    const position = { segment, totalSegments, ...(after !== undefined && { after }) };
    if (side === 'registers') {
      const { items, ...page } = await store.scanRegisters(position);
      pairing.addRegisters(items);
      return page;
    }
    const { items, ...page } = await store.scanCountRows(position);
    pairing.addRows(items);
    return page;
  }

  async function look(groups: readonly RestaurantGroup[]): Promise<void> {
    add({ checked: groups.length });
    const settings = { ...context, nowMs: clock.nowMs() };
    const inTurn = atMost(context.concurrency);
    const differing = groups.filter((group) => compareCounts(group.restaurantId, group, settings).length > 0);
    await Promise.all(differing.map(({ restaurantId }) => inTurn(() => lookAt(restaurantId))));
  }

  async function lookAt(restaurantId: RestaurantId): Promise<void> {
    const reading = await readRestaurant(restaurantId, { consistent: false }, context);
    if (reading !== undefined && reading.corrections.length === 0) return;
    suspects.set(restaurantId, reading && { guard: reading.guard, atMs: reading.endedAtMs });
  }
}
