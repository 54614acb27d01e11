import type { Clock } from '../../infra/local/emulator/pipe/clock.ts';

/** A clock that stands still until a test advances it. */
export interface VirtualClock extends Clock {
  /** Runs all pending promise callbacks without advancing the clock. */
  settle(): Promise<void>;
  /** Advances from timer to timer until the condition is true. @throws when it never becomes true */
  until(condition: () => boolean): Promise<void>;
  /** Advances the clock like `until`, until the promise settles. */
  result<T>(promise: Promise<T>): Promise<T>;
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** More timers than any test needs. A test that needs more waits for something that never happens. */
const STEPS_MAX = 20_000;

export function createVirtualClock(startMs = Date.UTC(2022, 7, 1)): VirtualClock {
  let nowMs = startMs;
  let timers: Timer[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const next = (): Timer | undefined => timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];

  function fire(timer: Timer): void {
    timers = timers.filter((other) => other !== timer);
    nowMs = Math.max(nowMs, timer.dueMs);
    timer.callback();
  }

  async function until(condition: () => boolean): Promise<void> {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      await settle();
      if (condition()) return;
      const timer = next();
      if (timer === undefined) throw new Error('The condition is false, and no timer is left');
      fire(timer);
    }
    throw new Error(`The condition is still false after ${STEPS_MAX} timers`);
  }

  return {
    now: () => nowMs,
    timer: (delayMs, callback) => {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.push(timer);
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    settle,
    until,
    result: async (promise) => {
      let isSettled = false;
      const settled = promise.finally(() => {
        isSettled = true;
      });
      settled.catch(() => {});
      await until(() => isSettled);
      return settled;
    },
    advance: async (ms) => {
      const endMs = nowMs + ms;
      await settle();
      for (let timer = next(); timer !== undefined && timer.dueMs <= endMs; timer = next()) {
        fire(timer);
        await settle();
      }
      nowMs = endMs;
    },
  };
}
