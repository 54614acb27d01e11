/** Errors that stop a run because of what its tables hold. Only new input or other settings help. */

/**
 * The run would take more favourites out of the counts than its brakes allow: decide found too many, or the
 * second pass of heal found more than decide knew.
 */
export class TooMuchDriftError extends Error {
  override readonly name = 'TooMuchDrift';
  readonly code = 'too-much-drift';
}

/** The rows of Favourites do not look like favourites, so the seed did not begin. */
export class SeedStoppedError extends Error {
  override readonly name = 'SeedStopped';
  readonly code = 'seed-stopped';
}
