/** Time as the pipe sees it: tests run it on a clock of their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, unless it is cancelled before. */
  timer(delayMs: number, callback: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  timer: (delayMs, callback) => {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Wakes all that wait. A notification without waiters is not kept: look at the state first, then wait. */
export class Signal {
  readonly #clock: Clock;
  #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  notify(): void {
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const wake of woken) wake();
  }

  /** Resolves at the next notification, or when the time is over. */
  wait(timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer?.cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = Number.isFinite(timeoutMs) ? this.#clock.timer(timeoutMs, wake) : undefined;
      this.#waiting.add(wake);
    });
  }
}

const PAUSE_FIRST_MS = 20;

/**
 * Doubles with each time: 20 ms at 0 and below. AWS does not publish its own; short, so that runs with faults
 * are fast.
 */
export function growingPauseMs(times: number, maxMs: number): number {
  return Math.min(maxMs, PAUSE_FIRST_MS * 2 ** Math.max(0, times));
}
