/** The clock of the use-cases: a handler passes the system's, a simulator its own. */
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

/** By the system's clock: when an invocation must stop working, so that `reserveMs` remain for its answer. */
export function deadlineOf(context: Context, reserveMs: number): number {
  return systemClock.nowMs() + context.getRemainingTimeInMillis() - reserveMs;
}
