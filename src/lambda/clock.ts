/** The clock and the deadline of a use-case: a handler passes the system's clock, a simulation its own. */
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
  // AbortSignal takes whole milliseconds; the time left may be a fraction or negative.
  timeout: (ms) => AbortSignal.timeout(Math.max(0, Math.ceil(ms))),
};

/**
 * The clock and the deadline of an invocation. The use-case must stop by `deadlineMs`, which leaves
 * `reserveMs` for the response.
 */
export function runtimeOf(context: Context, reserveMs: number) {
  const deadlineMs = systemClock.nowMs() + context.getRemainingTimeInMillis() - reserveMs;
  return { clock: systemClock, random: Math.random, deadlineMs };
}
