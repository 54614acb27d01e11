/**
 * One step of heal: pages of one scan segment, compared with the other table, until the segment or the time ends.
 * It may be cut off anywhere and called again with its last cursor (I4): what is right by then is left alone.
 */
import type { CommitContext } from '../aggregator/commit-changes.ts';
import type { HealReads } from '../tables/heal-reads.ts';
import type { SegmentStep } from './run.ts';

export interface HealContext extends CommitContext {
  readonly reads: HealReads;
  /** Write units a second that `seed` may take in this step. */
  readonly seedUnitsPerSecond: number;
}

export async function healStep(_step: SegmentStep, _context: HealContext): Promise<SegmentStep> {
  throw new Error('not written yet');
}
