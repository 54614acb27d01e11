/** What the page shows, as the server sends it. The page's script reads exactly these names. */
import type { ReplayState } from '../replay/replay-state.ts';

export interface Snapshot {
  readonly window: string;
  readonly top: readonly { readonly restaurantId: string; readonly count: number }[];
  readonly figures: Figures;
  readonly replay: ReplayState;
  readonly drift: DriftState;
  /** Times by fault; only those that the run has. */
  readonly faults: Readonly<Record<string, number>>;
  readonly run: { readonly engine: string; readonly seed: number; readonly batchSize: number };
}

export interface Figures {
  readonly applied: number;
  /** Events applied a second, over the last seconds. */
  readonly rate: number;
  readonly lagP50Ms: number;
  readonly lagP99Ms: number;
  readonly stale: number;
  readonly retries: number;
  readonly poison: number;
  readonly deadLetters: number;
  readonly writeUnitsPerEvent: number;
  readonly requestsPerEvent: number;
}

export interface DriftState {
  readonly state: 'unknown' | 'counting' | 'known';
  /** (Restaurant, window) pairs that differ from a recount. */
  readonly drift?: number | undefined;
  readonly favourites?: number | undefined;
  readonly atMs?: number | undefined;
}
