/** Time as the pipe sees it: a port, so that tests run on a clock of their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, unless cancelled before. */
  timer(delayMs: number, callback: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  timer: (delayMs, callback) => {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
