/**
 * Whether newer records make a rejected record unimportant. Its dead letter is then deleted, instead of
 * staying until the queue drops it.
 *
 * That the row can be counted now is no proof: an older record of it may still be in flight, and without this
 * dead letter nothing would make redrive read the row again. A register at the record's position is a proof,
 * because older records are stale to it.
 */
import { isDamaged, type StoredRegister } from '../../counting/counted-favourite.ts';
import type { RecordNames } from '../../counting/record-names.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { isStreamPosition, type StreamPosition } from '../../counting/stream-position.ts';
import type { Consistency, ItemsRead } from '../look/reads.ts';
import type { LookContext } from './context.ts';
import { signalOf } from './look.ts';

/**
 * True if the register that the record names has the record's position or a later one. If the record names
 * none: true if its row is gone or another kind of item, or if the register that the row names has such a
 * position.
 */
export async function isOvertaken(names: RecordNames, context: LookContext): Promise<boolean> {
  // Without the old image, the register that the row belonged to before is unknown.
  if (!names.isBeforeKnown) return false;
  let key: RegisterKey | undefined = names.after;
  if (key === undefined) {
    const row = await oneOf(context.reads.readFavourites([names.row], consistently(context)), context);
    if (row === undefined || row.kind === 'not-ours') return true;
    key = row.key;
  }
  if (key === undefined) return false;
  const reading = context.reads.readRegisters([key], consistently(context));
  return isSoundSince(await oneOf(reading, context), names.position);
}

function isSoundSince(register: StoredRegister | undefined, position: StreamPosition): boolean {
  if (register === undefined || isDamaged(register)) return false;
  return isStreamPosition(register.position) && register.position >= position;
}

async function oneOf<T>(reading: Promise<ItemsRead<T>>, { counters }: LookContext): Promise<T | undefined> {
  const { items, readUnits } = await reading;
  counters.readUnits += readUnits;
  return items[0];
}

function consistently(context: LookContext): Consistency {
  return { consistent: true, signal: signalOf(context) };
}
