/** The cells that differ, as one bit each, and the favourites in them. */
import type { RegisterKey } from '../../counting/register-key.ts';
import type { DigestStore } from '../../tables/digest-sums.ts';
import type { Digest } from '../run.ts';
import { type Hashing, placeOf } from './cells.ts';

export function bitsOf(cells: BigUint64Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(cells.length / 8));
  cells.forEach((sum, cell) => {
    if (sum !== 0n) bits[cell >> 3] = (bits[cell >> 3] ?? 0) | (1 << (cell & 7));
  });
  return bits;
}

/** Whether a favourite was in a cell that differs in every round. */
export type IsSuspect = (key: RegisterKey) => boolean;

/**
 * Reads the cells that differ in each round that is over; before the end of the first one, every favourite is
 * suspect. @throws {DigestMissingError | TableReadError}
 */
export async function readSuspects(
  { key, rounds }: Digest,
  store: Pick<DigestStore, 'get'>,
): Promise<{ readonly isSuspect: IsSuspect; readonly readUnits: number }> {
  let readUnits = 0;
  const differing: { readonly hashing: Hashing; readonly bits: Uint8Array }[] = [];
  for (const [index, round] of rounds.entries()) {
    if (round.differing === undefined) continue;
    const read = await store.get(round.differing);
    readUnits += read.readUnits;
    differing.push({ hashing: { key, round: index + 1, cells: round.cells }, bits: read.bytes });
  }
  const isSuspect: IsSuspect = (favourite) =>
    differing.every(({ hashing, bits }) => {
      const { cell } = placeOf(favourite, hashing);
      return ((bits[cell >> 3] ?? 0) & (1 << (cell & 7))) !== 0;
    });
  return { isSuspect, readUnits };
}
