/**
 * Reads registers and then their rows, both consistently (I4). In this order an event that the reads miss
 * commits either before a correction, whose condition then fails, or after it, and wins by its position.
 */
import type { Observation } from '../../counting/drift.ts';
import type { RegisterKey } from '../../counting/register-key.ts';
import type { LookReads } from './reads.ts';

export interface Look {
  readonly observations: readonly Observation[];
  readonly readUnits: number;
}

export async function lookAt(
  keys: readonly RegisterKey[],
  reads: LookReads,
  signal?: AbortSignal,
): Promise<Look> {
  const registers = await reads.readRegisters(keys, { consistent: true, signal });
  const favourites = await reads.readFavourites(keys, { consistent: true, signal });
  const observations = keys.map((key, index): Observation => {
    return { key, favourite: favourites.items[index], register: registers.items[index] };
  });
  return { observations, readUnits: registers.readUnits + favourites.readUnits };
}
