/** Dependencies of the audit; simulations replace all of them. */
import type { CountSettings } from '../../counting/drift.ts';
import type { RestaurantId } from '../../counting/register-key.ts';
import type { StageTotals } from '../totals.ts';
import type { AuditStore } from './store.ts';

export interface AuditContext extends CountSettings {
  readonly store: AuditStore;
  readonly clock: { nowMs(): number; sleep(ms: number): Promise<void> };
  /**
   * Milliseconds for which a restaurant's revision must stay the same before a difference counts as drift.
   */
  readonly secondReadingMs: number;
  /** Milliseconds for which a restaurant that keeps changing is held, at most 10,000. */
  readonly holdMs: number;
  /** How many restaurants are read at once. */
  readonly concurrency: number;
  /** The step ends by this time. */
  readonly deadlineMs: number;
  readonly notice: (notice: AuditNotice) => void;
}

/** A restaurant that this run leaves as it is, and why. */
export interface AuditNotice {
  readonly restaurantId: RestaurantId;
  readonly reason: 'it kept changing' | 'the time ran out, or a read failed' | 'the correction was refused';
}

/** The context of one step. */
export interface StepContext extends AuditContext {
  /** If false, differences are only counted: nothing is written and no restaurant is held. */
  readonly mayWrite: boolean;
  /** Adds to the step's totals. */
  readonly add: (some: Partial<StageTotals>) => void;
}
