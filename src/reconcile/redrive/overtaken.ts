/**
 * Whether newer records have decided what a rejected record would. Its dead letter then goes, instead of
 * staying until the queue drops it.
 *
 * The position is the proof. A row that can be counted now is not enough: an older record of it may still be
 * in flight, and this dead letter alone would make redrive look at the row again.
 */
import { isDamaged, type StoredRegister } from '../../counting/counted-favourite.ts';
import type { RecordNames } from '../../counting/record-names.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import { isStreamPosition, type StreamPosition } from '../../counting/stream-position.ts';
import type { LookContext } from './context.ts';
import { signalOf } from './look.ts';

/**
 * If the record names a register, that register is at its position or later. If it names none, its row is
 * gone or another kind of item, or the register that the row names is that far.
 */
export async function isOvertaken(names: RecordNames, context: LookContext): Promise<boolean> {
  // Without its old image, nobody knows which register the record takes its row from.
  if (!names.isBeforeKnown) return false;
  let key: RegisterKey | undefined = names.after;
  if (key === undefined) {
    const row = await readRow(names.row, context);
    if (row === undefined || row.kind === 'not-ours') return true;
    key = row.key;
  }
  return key !== undefined && isSoundSince(await readRegister(key, context), names.position);
}

function isSoundSince(register: StoredRegister | undefined, position: StreamPosition): boolean {
  if (register === undefined || isDamaged(register)) return false;
  return isStreamPosition(register.position) && register.position >= position;
}

async function readRow(key: RegisterKey, context: LookContext) {
  const how = { consistent: true, signal: signalOf(context) };
  const { items, readUnits } = await context.reads.readFavourites([key], how);
  context.counters.readUnits += readUnits;
  return items[0];
}

async function readRegister(key: RegisterKey, context: LookContext) {
  const how = { consistent: true, signal: signalOf(context) };
  const { items, readUnits } = await context.reads.readRegisters([key], how);
  context.counters.readUnits += readUnits;
  return items[0];
}
