/** Validates the execution's input, which a person or a schedule wrote: the error names every issue. */
import { type ReconcileInput, reconcileModes } from '../run.ts';

/** A day, which is also the maximum of reconcile.graceSeconds. */
const GRACE_MAX_MS = 86_400_000;

export class InvalidReconcileInputError extends Error {
  override readonly name = 'InvalidReconcileInput';
  readonly code = 'invalid-reconcile-input';

  constructor(issues: readonly string[]) {
    super(
      `The input of the reconcile is invalid: ${issues.join('; ')}. ` +
        'Start it again with { "mode": "repair" }.',
    );
  }
}

/** @throws {InvalidReconcileInputError} naming all issues, not only the first. */
export function parseReconcileInput(input: unknown): ReconcileInput {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidReconcileInputError([`it is ${JSON.stringify(input)}, expected an object`]);
  }
  const { mode: given, graceMs, ...others } = input as Readonly<Record<string, unknown>>;
  const { acceptDrift, acceptSource, ...unknown } = others;
  const mode = reconcileModes.find((name) => name === given);
  const isGrace = Number.isInteger(graceMs) && Number(graceMs) >= 0 && Number(graceMs) <= GRACE_MAX_MS;
  const issues: string[] = [];
  if (mode === undefined) {
    issues.push(`mode is ${JSON.stringify(given)}, expected one of ${reconcileModes.join(', ')}`);
  }
  if (graceMs !== undefined && !isGrace) {
    issues.push(
      `graceMs is ${JSON.stringify(graceMs)}, expected whole milliseconds from 0 to ${GRACE_MAX_MS}`,
    );
  }
  for (const [name, value] of Object.entries({ acceptDrift, acceptSource })) {
    if (value !== undefined && typeof value !== 'boolean') {
      issues.push(`${name} is ${JSON.stringify(value)}, expected true or false`);
    }
  }
  if (acceptDrift === true && mode !== undefined && mode !== 'repair') {
    issues.push(`acceptDrift belongs to mode repair, not to ${mode}`);
  }
  if (acceptSource === true && mode === 'verify') {
    issues.push('acceptSource belongs to a mode that writes, not to verify');
  }
  // Without this a misspelt name would silently mean the default.
  for (const name of Object.keys(unknown)) {
    issues.push(`${name} is not known, expected mode, graceMs, acceptDrift and acceptSource`);
  }
  if (mode === undefined || issues.length > 0) throw new InvalidReconcileInputError(issues);
  return {
    mode,
    ...(isGrace && { graceMs: Number(graceMs) }),
    ...(acceptDrift === true && { acceptDrift }),
    ...(acceptSource === true && { acceptSource }),
  };
}
