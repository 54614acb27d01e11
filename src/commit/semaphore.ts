/** A counting semaphore; whoever waits longest is served first. */
export interface Semaphore {
  acquire(): Promise<Disposable>;
}

export function createSemaphore(slots: number): Semaphore {
  let free = slots;
  const waiting: (() => void)[] = [];
  const slot: Disposable = {
    [Symbol.dispose]: () => {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    },
  };
  return {
    async acquire() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return slot;
    },
  };
}
