/** The progress of a replay, for the page. */
export interface ReplayState {
  /** The name of the file, or a name for the sample. */
  readonly source: string;
  readonly written: number;
  /** Absent for the sample, which has no end. */
  readonly events?: number | undefined;
  readonly state: 'replaying' | 'counting' | 'done' | 'idle' | 'failed';
  readonly message?: string | undefined;
}
