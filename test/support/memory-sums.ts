/** The sums of a run in memory, with a log of their names. */
import { DigestMissingError, type DigestStore } from '../../src/tables/digest-sums.ts';

export interface MemorySums extends DigestStore {
  readonly kept: Map<string, Uint8Array>;
  /** Names that no other call returns. */
  readonly newName: () => string;
}

export function memorySums(): MemorySums {
  const kept = new Map<string, Uint8Array>();
  let names = 0;
  return {
    kept,
    newName: () => {
      names += 1;
      return `sums-${names}`;
    },
    put: (name, bytes) => {
      // A copy, as a table keeps one.
      kept.set(name, Uint8Array.from(bytes));
      return Promise.resolve({ writeUnits: 1 });
    },
    get: (name) => {
      const bytes = kept.get(name);
      return bytes === undefined
        ? Promise.reject(new DigestMissingError(name))
        : Promise.resolve({ bytes: Uint8Array.from(bytes), readUnits: 1 });
    },
  };
}
