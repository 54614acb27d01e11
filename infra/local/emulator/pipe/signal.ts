import type { Clock } from './clock.ts';

/** Wakes whoever waits. A notification with nobody waiting is not kept: look at the state first, then wait. */
export interface Signal {
  notify(): void;
  /** Resolves at the next notification, or when the time is over. */
  wait(timeoutMs?: number): Promise<void>;
}

export function createSignal(clock: Clock): Signal {
  let waiting: (() => void)[] = [];
  return {
    notify: () => {
      if (waiting.length === 0) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    wait: (timeoutMs) =>
      new Promise((resolve) => {
        const timer =
          timeoutMs === undefined
            ? undefined
            : clock.timer(timeoutMs, () => {
                waiting = waiting.filter((other) => other !== wake);
                resolve();
              });
        const wake = (): void => {
          timer?.cancel();
          resolve();
        };
        waiting.push(wake);
      }),
  };
}
