/** Clock and deadline of the use-cases: a handler passes the system's, a simulation its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** Aborts `ms` from now. */
  timeout(ms: number): AbortSignal;
}

export const systemClock: Clock = {
  nowMs: Date.now,
  sleep,
  // It takes whole milliseconds, and the time that is left can be a fraction, or already over.
  timeout: (ms) => AbortSignal.timeout(Math.max(0, Math.ceil(ms))),
};

/** What a use-case takes from its invocation: it must stop in time to leave `reserveMs` for the answer. */
export function runtimeOf(context: Context, reserveMs: number) {
  const deadlineMs = systemClock.nowMs() + context.getRemainingTimeInMillis() - reserveMs;
  return { clock: systemClock, random: Math.random, deadlineMs };
}
