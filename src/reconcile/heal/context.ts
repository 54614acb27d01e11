/** What the outside gives to heal: swapped as a whole by the simulator. */
import type { CommitContext } from '../../commit/changes.ts';
import type { UncountableRow } from './first-look.ts';
import type { HealReads } from './reads.ts';

export interface HealContext extends CommitContext {
  readonly reads: HealReads;
  /** Write units a second that `seed` may take in this step. */
  readonly seedUnitsPerSecond: number;
  readonly notice: (notice: HealNotice) => void;
}

/** What someone should see who looks after the tables. */
export type HealNotice =
  | { readonly kind: 'uncountable'; readonly row: UncountableRow }
  /** Drift that stands: its commit was refused. */
  | { readonly kind: 'not-corrected'; readonly error: Error };
