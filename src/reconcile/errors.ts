/**
 * Errors that stop a run because of what it found. Until the tables, the input or the settings change, or the
 * pipe catches up, a new run fails too.
 */

/**
 * The run would take too many favourites out of the counts: more than decide allows, or in the second pass of
 * heal more than the budget of a segment.
 */
export class TooMuchDriftError extends Error {
  override readonly name = 'TooMuchDrift';
  readonly code = 'too-much-drift';
}

/** No row of Favourites counts, or most are rejected, so the seed did not begin. */
export class SeedStoppedError extends Error {
  override readonly name = 'SeedStopped';
  readonly code = 'seed-stopped';
}

/** The pipe fell behind while the run compared the tables: its backlog would look like drift. */
export class PipeBehindError extends Error {
  override readonly name = 'PipeBehind';
  readonly code = 'pipe-behind';
}
