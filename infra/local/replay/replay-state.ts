/** How far a replay has come, as the page shows it. */
export interface ReplayState {
  /** A file name, or that it is the sample. */
  readonly source: string;
  readonly written: number;
  /** Absent for the sample, which has no end. */
  readonly events?: number | undefined;
  readonly state: 'replaying' | 'counting' | 'done' | 'idle' | 'failed';
  readonly message?: string | undefined;
}
