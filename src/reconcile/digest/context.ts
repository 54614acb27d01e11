/** Dependencies of the digests; simulations replace all of them. */
import type { DigestStore } from '../../tables/digest-sums.ts';
import type { HealReads } from '../heal/reads.ts';
import type { UncountableRow } from '../rows-seen.ts';

export interface DigestContext {
  readonly reads: Pick<HealReads, 'scanFavourites' | 'scanRegisters'>;
  readonly store: DigestStore;
  /** A random name that no other call returns. */
  readonly newName: () => string;
  readonly clock: { nowMs(): number };
  /** The step ends by this time. */
  readonly deadlineMs: number;
  readonly notice: (row: UncountableRow) => void;
}
