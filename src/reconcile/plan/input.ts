/** The execution's input, read: what a person or a schedule gave, so every fault is named. */
import { type ReconcileInput, reconcileModes } from '../run.ts';

/** A day: the longest for which a difference may have to stand. */
const GRACE_MAX_MS = 86_400_000;
const EXAMPLE = '{ "mode": "repair" }';

export class InvalidReconcileInputError extends Error {
  readonly code = 'invalid-reconcile-input';
  readonly retryable = false;
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      `The input of this reconcile is unusable: ${faults.join('; ')}. Start it again with one such as ${EXAMPLE}.`,
    );
    this.name = 'InvalidReconcileInput';
    this.faults = faults;
  }
}

/** @throws {InvalidReconcileInputError} naming all that is wrong, not only the first. */
export function parseReconcileInput(input: unknown): ReconcileInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidReconcileInputError([`it is ${JSON.stringify(input)}, expected an object`]);
  }
  const { mode, graceMs, ...others } = input as Readonly<Record<string, unknown>>;
  const known = reconcileModes.find((name) => name === mode);
  const isGrace =
    typeof graceMs === 'number' && Number.isInteger(graceMs) && graceMs >= 0 && graceMs <= GRACE_MAX_MS;
  const faults: string[] = [];
  if (known === undefined) {
    faults.push(`mode is ${JSON.stringify(mode)}, expected one of ${reconcileModes.join(', ')}`);
  }
  if (graceMs !== undefined && !isGrace) {
    faults.push(
      `graceMs is ${JSON.stringify(graceMs)}, expected whole milliseconds from 0 to ${GRACE_MAX_MS}`,
    );
  }
  // A misspelt name would otherwise mean the default, in silence.
  for (const name of Object.keys(others))
    faults.push(`${name} is not known, expected mode and graceMs alone`);
  if (known === undefined || faults.length > 0) throw new InvalidReconcileInputError(faults);
  return { mode: known, ...(isGrace ? { graceMs } : {}) };
}
