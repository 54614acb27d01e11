/**
 * Audit, one step (I4): a segment of CountedFavourites and the same segment of AggregatedFavourites, from the
 * cursor until the time is up. One Map item covers both tables: `work.table` is 'countedFavourites'.
 */
import type { Clock } from '../aggregator/commit-changes.ts';
import type { CountSettings } from '../counting/drift-audit.ts';
import type { AuditStore } from '../tables/audit-store.ts';
import type { SegmentStep } from './run.ts';

export interface AuditContext extends CountSettings {
  readonly store: AuditStore;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  /** Milliseconds for which a restaurant's revision must stand before a difference counts. */
  readonly secondReadingMs: number;
  /** Milliseconds that a restaurant is asked to hold, at most 10,000. */
  readonly holdMs: number;
  /** Restaurants under examination at once. */
  readonly concurrency: number;
  /** By the clock above: the step ends by then. */
  readonly deadlineMs: number;
}

export async function auditSegment(step: SegmentStep, context: AuditContext): Promise<SegmentStep> {
  throw new Error(`not yet: ${step.work.segment} by ${context.deadlineMs}`);
}
