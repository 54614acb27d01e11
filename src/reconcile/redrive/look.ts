/**
 * Makes registers agree with their rows, once the records of a dead letter are applied (I3). A dead letter
 * can be older than a heal, an expired tombstone or a change of settings. Its record is then applied although
 * it is old, so the register is corrected from the row.
 *
 *     apply ──> register ──> row ──> commit, if the register is unchanged
 *
 * The register of a rejected row is not corrected. It keeps what was last counted, until the dead letter of
 * that row is applied or a repair takes it out of the counts.
 */
import { type ChangeOutcome, commitChanges } from '../../commit/changes.ts';
import { OutOfTimeError } from '../../commit/errors.ts';
import {
  countsWrong,
  differs,
  healOf,
  isNamedBy,
  isOpened,
  mayHideEvents,
  type Observation,
} from '../../counting/drift.ts';
import { type RegisterKey, registerIdOf } from '../../counting/register-key.ts';
import { lookAt } from '../look/look-at.ts';
import type { LookContext } from './context.ts';

/** One request for each table, and few enough that the corrections follow within a second. */
const REGISTERS_AT_ONCE = 100;
/** Attempts at a register that changes each time before its correction is committed. */
const LOOKS_MAX = 8;

/**
 * @throws the first failure, after all registers were tried; a second call is safe.
 * @throws {OutOfTimeError} at once.
 */
export async function correctByRows(keys: readonly RegisterKey[], context: LookContext): Promise<void> {
  const failures: unknown[] = [];
  for (let from = 0; from < keys.length; from += REGISTERS_AT_ONCE) {
    const signal = signalOf(context);
    await correctSome(keys.slice(from, from + REGISTERS_AT_ONCE), signal, context).catch((thrown: unknown) =>
      failures.push(thrown),
    );
  }
  if (failures.length > 0) throw failures[0];
}

async function correctSome(keys: readonly RegisterKey[], signal: AbortSignal, context: LookContext) {
  let some = keys;
  for (let looks = 0; some.length > 0; looks += 1) {
    if (looks === LOOKS_MAX)
      throw new Error(`a register of ${some[0]?.restaurantId} kept changing; the next redrive tries again`);
    const { observations, readUnits } = await lookAt(some, context.reads, signal);
    context.counters.readUnits += readUnits;
    const wrong = observations.filter((seen) => isWrong(seen) && !isOfRejectedRow(seen));
    some = await correct(wrong, context);
  }
}

/** An opened register that counts right is settled by the next repair, which waits for the grace period. */
function isWrong(seen: Observation): boolean {
  return isOpened(seen) ? countsWrong(seen) : differs(seen);
}

function isOfRejectedRow({ key, favourite }: Observation): boolean {
  return favourite?.kind === 'uncountable' && isNamedBy(favourite, key);
}

/** @returns the registers to read again: they changed meanwhile, or may have hidden newer events. */
async function correct(wrong: readonly Observation[], context: LookContext): Promise<readonly RegisterKey[]> {
  const again = wrong.filter(mayHideEvents).map(({ key }) => key);
  const hiding = new Set(again.map(registerIdOf));
  let failure: Error | undefined;
  await commitChanges(wrong.map(healOf), context, ({ key }, outcome: ChangeOutcome) => {
    if (outcome.kind === 'failed') failure ??= outcome.error;
    else if (outcome.kind === 'stale' && !hiding.has(registerIdOf(key))) again.push(key);
  });
  if (failure !== undefined) throw failure;
  return again;
}

/** @throws {OutOfTimeError} */
export function signalOf({ clock, deadlineMs }: LookContext): AbortSignal {
  const leftMs = deadlineMs - clock.nowMs();
  if (leftMs <= 0) throw new OutOfTimeError();
  return clock.timeout(leftMs);
}
