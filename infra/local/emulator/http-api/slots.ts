/** At most so many at once; the rest wait, first come, first served. */

export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSlots(max: number): Slots {
  const waiting: (() => void)[] = [];
  let free = max;

  return {
    async run(work) {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        // Handed on, not given back: who comes now cannot overtake.
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
