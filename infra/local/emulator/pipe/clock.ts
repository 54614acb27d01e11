/** The pipe's clock. Tests replace it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `callback` once, unless the timer is cancelled first. */
  timer(delayMs: number, callback: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  timer: (delayMs, callback) => {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Wakes all waiters. A notification is lost when nobody waits, so check the state first, then wait. */
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

  /** Resolves at the next notification, or after the timeout. */
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
 * Exponential backoff, from 20 ms. Each further time doubles the pause, up to `maxMs`. AWS does not publish
 * its pauses. These are short, so that runs with faults are fast.
 */
export function growingPauseMs(times: number, maxMs: number): number {
  return Math.min(maxMs, PAUSE_FIRST_MS * 2 ** Math.max(0, times));
}
