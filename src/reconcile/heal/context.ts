/** Dependencies of heal; simulations replace all of them. */
import type { CommitContext } from '../../commit/changes.ts';
import type { DigestStore } from '../../tables/digest-sums.ts';
import type { UncountableRow } from '../rows-seen.ts';
import type { HealReads } from './reads.ts';

export interface HealContext extends CommitContext {
  readonly reads: HealReads;
  /** Where the cells that differ are. */
  readonly sums: Pick<DigestStore, 'get'>;
  /** Write units a second that `seed` may take in this step. */
  readonly seedUnitsPerSecond: number;
  readonly notice: (notice: HealNotice) => void;
}

/** A finding that is logged for the operator. */
export type HealNotice =
  | { readonly kind: 'uncountable'; readonly row: UncountableRow }
  /** Drift that could not be committed. */
  | { readonly kind: 'not-corrected'; readonly error: Error }
  /** The next corrections would have exceeded the segment's budget of un-counts. */
  | { readonly kind: 'stopped'; readonly uncounts: number; readonly uncountsMax: number };
