/** What heal depends on, replaced as a whole by the simulations. */
import type { CommitContext } from '../../commit/changes.ts';
import type { FavouriteRow } from '../../counting/favourite-event.ts';
import type { HealReads } from './reads.ts';

export interface HealContext extends CommitContext {
  readonly reads: HealReads;
  /** Write units a second that `seed` may take in this step. */
  readonly seedUnitsPerSecond: number;
  readonly notice: (notice: HealNotice) => void;
}

/** What the log should show to the operator. */
export type HealNotice =
  | { readonly kind: 'uncountable'; readonly row: Extract<FavouriteRow, { readonly kind: 'uncountable' }> }
  /** Drift whose commit was refused. */
  | { readonly kind: 'not-corrected'; readonly error: Error };
